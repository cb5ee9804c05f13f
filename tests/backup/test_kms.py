"""An installation on AWS whose backups are sealed with KMS, by the commands that its schedule and its operator run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from anyio import to_thread

from sre_agent.aws_services.clients import AwsServices
from sre_agent.backup.sealing import Sealing
from sre_agent.errors import BadInputError, SreAgentError
from sre_agent.settings import StateAccess
from tests.backup.installations import check_record, content, empty, fill, store_of
from tests.backup.test_commands import sre_agent

pytestmark = pytest.mark.anyio
ELSEWHERE = "eu-west-1"  # than the state: a region that is lost does not take the key with it


def profile_of(access: StateAccess, folder: Path) -> Path:
    values = access.model_dump(mode="json")
    folder.mkdir()
    path = folder / "profile.toml"
    path.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items()), encoding="utf-8")
    return path


async def test_a_backup_that_is_sealed_with_a_key_of_another_region_comes_back_with_that_key_and_no_other(
    tmp_path: Path,
) -> None:
    here, there = empty("dynamodb", tmp_path / "one"), empty("dynamodb", tmp_path / "two")
    of_here, of_there = profile_of(here, tmp_path / "here"), profile_of(there, tmp_path / "there")
    services = AwsServices(here)
    create_key = services.client("kms", ELSEWHERE).create_key
    key, other = (create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    place = f"s3://{there.state_bucket}/copies"
    async with store_of(here) as store:
        await fill(store, 2, open_each=2)
        before = await content(store)
        manifest = json.loads(await run("backup", "--profile", of_here, "--to", place, "--kms-key", key, "--json"))
        assert manifest["seal"] == "kms"
        record_key = services.ask("secretsmanager", "get_secret_value", SecretId=here.record_secret)["SecretString"]
        body = services.ask(
            "s3", "get_object", Bucket=there.state_bucket, Key=f"copies/{manifest['name']}/keys.sealed.json"
        )
        assert record_key.encode() not in body["Body"].read()
    assert "Its keys can be opened" in await run("restore", place, "--check", "--profile", of_there, "--kms-key", key)
    with pytest.raises(SreAgentError):  # whoever may write there could have sealed another backup with a key of theirs
        await run("restore", place, "--profile", of_there, "--kms-key", other)
    await run("restore", place, "--profile", of_there, "--kms-key", key)
    async with store_of(there) as store:
        assert await content(store) == before
        assert (await check_record(store)).faults == []
    services.close()


async def run(*words: str | Path) -> str:
    """A command has an event loop of its own."""
    return await to_thread.run_sync(sre_agent, *words)


def test_a_backup_does_not_choose_what_opens_it() -> None:
    """Else one that is sealed with a passphrase that everybody knows would pass where a key of KMS is asked for."""
    forgery = Sealing(passphrase="known to whoever forged it").seal(b"keys", b"parts")
    with pytest.raises(BadInputError, match="sealed by passphrase, and what was given is for kms"):
        Sealing(kms_key="alias/backups").unseal(forgery, b"parts")
