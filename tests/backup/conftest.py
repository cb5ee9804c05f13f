"""A passphrase is made into a key quickly here: guessing is nothing that these tests are about."""

from __future__ import annotations

import pytest

from sre_agent.backup import sealing


@pytest.fixture(autouse=True)
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "COST", 2**10)
