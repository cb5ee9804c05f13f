"""A technology that there is not is answered with those that there are: whatever is listed can be chosen."""

from __future__ import annotations

from importlib import import_module

import pytest

from sre_agent.errors import SettingsError
from sre_agent.settings import StateAccess
from sre_agent.slots import open_slot, technologies

SLOTS = {
    "store": "store",
    "queue": "queue",
    "checkpoint": "checkpoint",
    "permit_keys": "permits.keys",
    "past_incidents": "past_incidents",
}


@pytest.mark.parametrize("slot", SLOTS)
def test_whatever_is_offered_for_a_slot_can_be_opened(slot: str) -> None:
    package = f"sre_agent.{SLOTS[slot]}"
    settings = StateAccess().model_copy(update={slot: "abacus"})
    there = technologies(package)
    with pytest.raises(SettingsError, match=f"There is no {slot} 'abacus'. There are: {', '.join(there)}."):
        open_slot(slot, settings, folder=SLOTS[slot])
    assert there and all(hasattr(import_module(f"{package}.{name}"), "from_settings") for name in there)
