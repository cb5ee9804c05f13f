"""Files of rules that an operator writes: what is wrong with one is told with its name and the field."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sre_agent.alarms.trigger_policy import TriggerPolicyFile
from sre_agent.entities.entity_map import EntityMap
from sre_agent.errors import SettingsError
from sre_agent.sweep.exclusions import load_exclusions

READERS: dict[str, Callable[[Path | None], object]] = {
    "list of exclusions": load_exclusions,
    "entity map": EntityMap.load,
    "trigger policy": TriggerPolicyFile,
}
CONTENTS = {
    "a list": (b"- one", "cannot be used: "),
    "a field that is none": (b"colour: blue", "cannot be used: colour: "),
    "half a list": (b"alarms: [", "is not YAML: "),
    "no text": (b"\xff\xfe\x00", "is not YAML: "),
}


@pytest.mark.parametrize("what", READERS)
@pytest.mark.parametrize("content", CONTENTS)
def test_a_file_that_does_not_fit_is_told_by_its_name_and_the_field(what: str, content: str, tmp_path: Path) -> None:
    body, why = CONTENTS[content]
    file = tmp_path / "mine.yaml"
    file.write_bytes(body)
    with pytest.raises(SettingsError) as refused:
        READERS[what](file)
    assert str(refused.value).startswith(f"The {what} {file} {why}")


@pytest.mark.parametrize("what", READERS)
def test_a_file_that_is_not_there_is_told_and_an_empty_one_or_none_has_the_defaults(what: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    with pytest.raises(SettingsError, match=f"The {what} .*mine.yaml cannot be read: No such file or directory"):
        READERS[what](file)
    file.touch()
    READERS[what](file)
    READERS[what](None)
