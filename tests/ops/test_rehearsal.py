"""A rehearsed restore: the last backup comes back in an empty place and is read by the engines that kept it."""

from __future__ import annotations

import base64
import random
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest
from langgraph.checkpoint.base import empty_checkpoint

from sre_agent.aws_services.table_copies import scan
from sre_agent.backup import sealing
from sre_agent.domain.base import EvidenceId, IncidentId
from sre_agent.domain.finding import Evidence
from sre_agent.domain.past_incident import PastIncident
from sre_agent.ops.scratch_account import tables
from sre_agent.settings import StateAccess
from sre_agent.slots import open_slot
from sre_agent.store.dynamodb.parts import of_incident
from tests.lab_aws.conftest import Aws
from tests.ops.own import OwnInstallation, own_installation
from tests.slots import moto

pytestmark = pytest.mark.anyio
LARGE: Final = base64.b64encode(random.Random(7).randbytes(225_000)).decode()  # which nothing compresses
REHEARSAL: Final = "restore rehearsal"


@pytest.fixture(autouse=True)
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "COST", 2**10)


@asynccontextmanager
async def installation(technology: str, folder: Path, **settings: Any) -> AsyncIterator[OwnInstallation]:
    passphrase = folder / "passphrase"
    passphrase.write_text("made up for this test", encoding="utf-8")
    fields: dict[str, Any] = {"backup_to": str(folder / "backups"), "backup_passphrase_file": passphrase}
    if technology == "dynamodb":
        engines: dict[str, Any] = dict.fromkeys(("store", "checkpoint", "used_permits"), "dynamodb")
        access = moto.state_of_its_own(folder / "state", permit_keys="secretsmanager", **engines)
        moto.make_slots(access, *engines, bucket=True)
        names = access.model_dump().items() - StateAccess().model_dump().items()
        fields |= dict(names) | {"backup_to": f"s3://{access.state_bucket}/backups"}
        fields.pop("state_dir")
    async with own_installation(folder, **{**fields, **settings}) as own:
        yield own


async def fill_state(own: OwnInstallation) -> list[IncidentId]:
    """With evidence of which one call's does not fit into an item, what is remembered, and checkpoints."""
    names = [await own.incident(), await own.incident()]
    async with open_slot("checkpoint", own.installation.settings.state_access) as checkpoints:
        for name in names:
            at = own.clock.now()
            for number, result in enumerate(("small", LARGE)):
                call: dict[str, Any] = {"round": 1, "agent": "logs", "server": "kubernetes", "tool": "kubectl_logs"}
                evidence = Evidence(
                    id=EvidenceId(f"e-{name}-{number}"), incident=name, arguments={"text": result}, asked_at=at, **call
                )
                digest = await own.store.keep_evidence(evidence)
                await own.event("call.ended", name, evidence=evidence.id, digest=digest)
            await own.store.keep_past_incident(
                PastIncident(
                    incident=name, place="eu", namespace="shop", alarm="slow", title="it is slow", opened_at=at,
                    ended_at=at, status="escalated", reason="inconclusive", verdict="inconclusive",
                )
            )  # fmt: skip
            epoch = await own.store.lease(name, "holder", at, 60)
            assert epoch is not None
            checkpoints.fence = own.store.writes
            config = {"configurable": {"thread_id": name, "checkpoint_ns": "", "epoch": epoch}}
            checkpoint = {**empty_checkpoint(), "channel_values": {"messages": [LARGE]}}
            await checkpoints.aput(config, checkpoint, {"step": 1}, {})
            await own.store.release(name, epoch)
    await own.store.sign_head()
    return names


@pytest.mark.parametrize("technology", ["sqlite", "dynamodb"])
async def test_the_last_backup_is_restored_and_its_incidents_memory_and_checkpoints_are_read(
    technology: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "PAGE", 3)  # nothing is on one page
    async with installation(technology, tmp_path) as own:
        await fill_state(own)
        own.back_up()
        result = await own.result(REHEARSAL)
    assert result.state == "ok", result
    counts = {name: result.figures[name] for name in ("incidents", "past_incidents", "checkpoints")}
    assert counts == {"incidents": 2, "past_incidents": 2, "checkpoints": 2}
    assert result.figures["entries"] == 8 and result.figures["restore_seconds"] < 60


async def test_nothing_of_the_account_is_touched_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    async with installation("dynamodb", tmp_path) as own:
        await fill_state(own)
        own.back_up()
        before = account(own)
        assert (await own.result(REHEARSAL)).state == "ok"
        assert account(own) == before
    assert list(temporary.iterdir()) == []


def account(own: OwnInstallation) -> dict[str, Any]:
    """Everything of this installation that a restore could write to."""
    services, access = own.installation.services, own.installation.settings.state_access
    tables = sorted(services.ask("dynamodb", "list_tables")["TableNames"])
    own_tables = (access.store_table, access.checkpoint_table, access.used_permits_table)
    items = {table: sorted(map(repr, scan(services, table))) for table in own_tables}
    objects = services.ask("s3", "list_object_versions", Bucket=access.state_bucket)["Versions"]
    versions = sorted((one["Key"], one["VersionId"]) for one in objects)
    secret_list = services.ask("secretsmanager", "list_secrets")["SecretList"]
    secrets = sorted((one["Name"], str(one.get("SecretVersionsToStages"))) for one in secret_list)
    return {"tables": tables, "items": items, "objects": versions, "secrets": secrets}


@pytest.mark.parametrize("technology", ["sqlite", "dynamodb"])
async def test_a_part_that_is_not_what_was_written_fails_the_rehearsal(technology: str, tmp_path: Path) -> None:
    async with installation(technology, tmp_path, backup_to=str(tmp_path / "backups")) as own:
        await fill_state(own)
        own.back_up()
        (part,) = (tmp_path / "backups").glob("*/incidents.sqlite.gz" if technology == "sqlite" else "*/table-store*")
        body = bytearray(part.read_bytes())
        body[len(body) // 2] ^= 1
        part.write_bytes(body)
        result = await own.result(REHEARSAL)
    assert result.state == "problem" and "is not what was written" in result.statement


async def test_a_whole_backup_of_something_that_cannot_be_read_is_found_by_reading_it(tmp_path: Path) -> None:
    """Its digests hold: it was damaged before it was copied."""
    async with installation("dynamodb", tmp_path) as own:
        first, second = await fill_state(own)
        services, access = own.installation.services, own.installation.settings.state_access
        for item in list(scan(services, access.checkpoint_table)):
            if "payload" in item and first in item["PK"]["S"]:
                garbage = {**item, "payload": {"B": b"no checkpoint"}}
                services.ask("dynamodb", "put_item", TableName=access.checkpoint_table, Item=garbage)
        for item in list(scan(services, access.store_table)):
            if item["pk"]["S"] == of_incident(second) and "digest" in item:
                key = {name: item[name] for name in ("pk", "sk")}
                services.ask("dynamodb", "delete_item", TableName=access.store_table, Key=key)
        own.back_up()
        assert (await own.result("backup integrity")).state == "ok"
        result = await own.result(REHEARSAL)
    lines = [result.statement, *result.details]
    assert result.state == "problem"
    assert any(f"The checkpoint of {first} cannot be read" in text for text in lines), lines
    assert any(f"of incident {second} is missing" in text for text in lines), lines


async def test_past_incidents_of_agentcore_memory_are_read_back_without_the_memory(tmp_path: Path) -> None:
    aws = Aws()
    try:
        create_memory = aws.client("bedrock-agentcore-control").create_memory
        memory = create_memory(name="past", eventExpiryDuration=90)["memory"]["id"]
        place = {"state_endpoint_url": aws.url, "state_region": "eu-west-1", "memory_id": memory}
        async with installation("sqlite", tmp_path, past_incidents="agentcore_memory", **place) as own:
            names = await fill_state(own)
            own.back_up()
            for name in names:
                await own.store.forget_past_incident(name)
            result = await own.result(REHEARSAL)
            assert await own.store.past_incidents() == [], "nothing was put back into the memory itself"
        assert (result.state, result.figures["past_incidents"]) == ("ok", 2), result
    finally:
        aws.close()


async def test_a_disk_that_is_too_small_for_a_rehearsal_is_not_filled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with installation("sqlite", tmp_path) as own:
        await fill_state(own)
        own.back_up()
        monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1 << 20))
        result = await own.result(REHEARSAL)
    assert result.state == "unseen" and "1 MiB free" in result.statement and "TMPDIR" in result.remedy
