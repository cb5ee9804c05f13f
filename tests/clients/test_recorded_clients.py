"""Clients get from the lab what they got from a real cluster. Skipped where the recordings are not."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.clients import calls, raw, replay
from tests.clients.lab import Lab, lab
from tests.clients.recorded import FOLDER


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    if not FOLDER.is_dir() or shutil.which("kubectl") is None:
        pytest.skip("the recordings or kubectl are not here")
    with lab(tmp_path_factory.mktemp("clients")) as started:
        yield started


@pytest.mark.long  # a process for each command
@pytest.mark.parametrize("name", ["kubectl-1", "kubectl-2"])
def test_kubectl_prints_and_ends_as_recorded(running: Lab, name: str) -> None:
    rows = replay.replay(running, name)
    assert len(rows) > 20
    assert [row.command for row in rows if not row.agrees and not row.excuse] == []


def test_raw_answers_are_as_recorded(running: Lab) -> None:
    rows = raw.replay(running)
    assert [row.name for row in rows if not row.agrees and row.name not in raw.NOT_EQUAL] == []


def test_the_python_client_returns_and_raises_as_recorded(running: Lab) -> None:
    rows = calls.replay(running)
    assert [row.name for row in rows if not row.agrees] == []
