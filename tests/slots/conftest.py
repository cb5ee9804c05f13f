"""The stores that the conformance bodies run over: each in a place of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import structlog

from sre_agent import logs
from sre_agent.settings import StateAccess
from sre_agent.store import Store
from tests.slots import moto


@pytest.fixture(autouse=True)
def logging_anew() -> None:
    """The file that a runtime of an earlier test logged to is closed."""
    structlog.reset_defaults()


def place_of(technology: str, folder: Path) -> StateAccess:
    """Settings of a store in which nobody has kept anything."""
    if technology == "dynamodb":
        return moto.make_slots(moto.state_of_its_own(folder), "store", bucket=True)
    return StateAccess(state_dir=folder)


def open_slot(technology: str, place: StateAccess) -> Any:
    """One more store over the same place, as another process would open it."""
    return import_module(f"sre_agent.store.{technology}").from_settings(place)


@pytest.fixture(params=["sqlite", "dynamodb"])
async def store(request: Any, tmp_path: Path) -> AsyncIterator[Store]:
    one = open_slot(request.param, place_of(request.param, tmp_path))
    yield one
    await one.close()


@pytest.fixture(autouse=True)
def log(tmp_path: Path) -> Iterator[None]:
    """Where these tests log, whatever ran before them in this process."""
    with logs.write_to(tmp_path / "log.jsonl"):
        yield
