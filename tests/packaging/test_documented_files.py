"""Every file that the documentation shows is one that the product reads: profiles, sources of alarms, operators' rules.

A file is known by the names it has at the top. One that is read by nobody here fails, so that a new kind gets its row.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from sre_agent.alarms.trigger_policy import TriggerPolicyFile
from sre_agent.http.alarm_sources import load_alarm_sources
from sre_agent.notify.escalation import load_escalation
from sre_agent.policy.limits import LimitsFile
from sre_agent.settings.loading import load
from sre_agent.settings.root import AREAS, NAMES
from sre_agent.sweep.exclusions import load_exclusions
from tests.packaging.test_readme import Block, blocks

FORMATS: dict[str, Callable[[str], dict[str, Any]]] = {"yaml": yaml.safe_load, "toml": tomllib.loads}
FILES = [block for block in blocks() if block.language in FORMATS]


def read(path: Path, names: dict[str, Any]) -> None:
    """As the product reads it at its start. Raises SettingsError."""
    if path.suffix == ".toml":
        of_a_profile = names.keys() <= NAMES | set(AREAS)
        load(str(path), environment={}) if of_a_profile else load_alarm_sources(path)
    elif "exclusions" in names:
        assert load_exclusions(path)
    elif "rules" in names:
        assert TriggerPolicyFile(path).policy.rules
    elif "ended" in names:
        assert load_escalation(path).levels
    elif "brake" in names:
        assert LimitsFile.of(path).present.levels
    else:
        raise AssertionError(f"which file of the product has {sorted(names)}?")


@pytest.mark.parametrize("block", FILES, ids=lambda block: block.page)
def test_a_file_of_the_documentation_is_read_by_the_product(block: Block, tmp_path: Path) -> None:
    path = tmp_path / f"file.{block.language}"
    path.write_text(block.text, encoding="utf-8")
    path.chmod(0o600)
    read(path, FORMATS[block.language](block.text))


def test_the_documentation_shows_files() -> None:
    assert {block.language for block in FILES} == set(FORMATS)
    assert {block.page for block in FILES} >= {"docs/acting.md", "docs/alarms.md", "docs/servers.md", "docs/sweeps.md"}
