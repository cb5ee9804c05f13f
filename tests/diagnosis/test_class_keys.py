"""Keys of class files that were renamed: the message names the key of today, and nothing is read in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from sre_agent.domain.verification import Verification
from sre_agent.errors import SettingsError
from sre_agent.failures import load
from sre_agent.failures.model import RENAMED_KEYS

NOON = "2026-01-05T12:00:00Z"


@pytest.mark.parametrize(("old", "new"), RENAMED_KEYS.items())
def test_an_old_key_of_a_class_file_is_refused_with_the_name_of_the_new_one(tmp_path: Path, old: str, new: str) -> None:
    (tmp_path / "own.yaml").write_text(f"class: disk_full\n{old}: []\n", encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load([tmp_path])
    assert "own.yaml" in str(refused.value) and f"'{old}' is called '{new}' now" in str(refused.value)


def test_a_verification_of_an_older_report_is_read() -> None:
    old_verification = {"at": NOON, "healed": True, "checks": []}
    assert Verification.model_validate(old_verification).verdict == "proved"
