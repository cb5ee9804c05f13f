"""What an operator wrote is in a backup, and a restored installation works under it."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from sre_agent.backup.restored_configuration import OF_THE_STATE, VALUES, write_profile
from sre_agent.errors import BadInputError
from sre_agent.settings import ConfigurationCopy, Settings, load
from sre_agent.settings.configuration import COPIED_FILES, NOT_COPIED
from sre_agent.settings.root import AREAS
from tests.backup.installations import empty, fill, store_of
from tests.backup.test_commands import sre_agent
from tests.settings.test_areas import GIVEN

EXCLUSIONS = "exclusions: []\n"
POLICY = 'permit (principal, action == Action::"kubectl_rollout_undo", resource);\n'


def test_every_setting_that_names_a_file_is_copied_or_is_known_to_be_a_secret() -> None:
    paths = {
        name for area in AREAS.values() for name, field in area.model_fields.items() if "Path" in str(field.annotation)
    }
    assert paths - {*COPIED_FILES, *NOT_COPIED} == set()


def test_the_restored_profile_says_what_the_settings_said_and_keeps_its_state_where_it_was_restored(
    tmp_path: Path,
) -> None:
    copy = ConfigurationCopy.of(Settings(**GIVEN))
    (tmp_path / VALUES).write_text(json.dumps({"settings": copy.values, "withheld": copy.withheld, "files": {}}))
    state = empty("sqlite", tmp_path / "state")
    write_profile(tmp_path, state)
    profile = tmp_path / "profile.toml"
    flat = load(str(profile), environment={}).flat()
    of_others = set(GIVEN) - OF_THE_STATE - {"profile", *copy.withheld}
    assert {name: flat[name] for name in of_others} == {name: GIVEN[name] for name in of_others}
    assert (flat["state_dir"], flat["store_table"]) == (str(state.state_dir), Settings().flat()["store_table"])
    assert copy.withheld and all(f"\n# {name}: " in profile.read_text() for name in copy.withheld)


@pytest.fixture
def operator(tmp_path: Path) -> Path:
    """The profile of an operator with policies, limits, failure classes and exclusions of their own, and a backup."""
    own = tmp_path / "etc"
    for name, text in {
        "policies/own.cedar": POLICY,
        "limits.yaml": "writes_per_hour: 7\n",
        "failures/own.yaml": "classes: []\n",
        "exclusions.yaml": EXCLUSIONS,
    }.items():
        (own / name).parent.mkdir(parents=True, exist_ok=True)
        (own / name).write_text(text)
    settings: dict[str, Any] = {
        "state_dir": str(tmp_path / "state"),
        "policies": str(own / "policies"),
        "limits": str(own / "limits.yaml"),
        "failure_folders": [str(own / "failures")],
        "sweep_exclusions": str(own / "exclusions.yaml"),
        "git_token": "made-up-4711",
        "backup_to": str(tmp_path / "place"),
        "backup_passphrase_file": str(tmp_path / "passphrase"),
    }
    profile = own / "profile.toml"
    profile.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items()))
    (tmp_path / "passphrase").write_text("a passphrase for this test\n")
    asyncio.run(fill_state(tmp_path / "state"))
    sre_agent("backup", "--profile", profile)
    return profile


async def fill_state(state: Path) -> None:
    async with store_of(empty("sqlite", state)) as store:
        await fill(store, 1)


def test_where_everything_is_lost_the_restored_profile_leads_to_the_policies_limits_classes_and_exclusions(
    operator: Path, tmp_path: Path
) -> None:
    before = load(str(operator))
    shutil.rmtree(operator.parent)
    words = ("--passphrase-file", tmp_path / "passphrase", "--state-dir", tmp_path / "other", "--json")
    done = json.loads(sre_agent("restore", tmp_path / "place", *words))
    assert not operator.parent.exists() and done["files"] == []
    after = load(done["profile"])
    assert (Path(after.policy.policies) / "own.cedar").read_text() == POLICY
    assert after.policy.limits is not None and "writes_per_hour: 7" in after.policy.limits.read_text()
    assert after.sweeps.sweep_exclusions is not None and after.sweeps.sweep_exclusions.read_text() == EXCLUSIONS
    (classes,) = after.knowledge.failure_folders
    assert (classes / "own.yaml").is_file()
    assert after.backup == before.backup, "backups go on as they were"
    assert "made-up-4711" not in Path(done["profile"]).read_text(encoding="utf-8")
    assert "inc-00000" in sre_agent("incidents", "list", "--profile", done["profile"])


def test_files_go_back_to_where_they_stood_if_that_is_asked_for_and_no_other_file_is_overwritten(
    operator: Path, tmp_path: Path
) -> None:
    own = operator.parent
    shutil.rmtree(own / "policies")
    (own / "limits.yaml").write_text("writes_per_hour: 3\n")
    words = ("--passphrase-file", tmp_path / "passphrase", "--state-dir", tmp_path / "other", "--files-in-place")
    done = json.loads(sre_agent("restore", tmp_path / "place", *words, "--json"))
    assert {one["path"] for one in done["files"] if one["is_new"]} == {str(own / "policies/own.cedar")}
    assert (own / "policies/own.cedar").read_text() == POLICY
    assert (own / "limits.yaml").read_text() == "writes_per_hour: 3\n"
    with pytest.raises(BadInputError, match="nothing vouches"):
        sre_agent("restore", tmp_path / "place", *words, "--without-keys")
