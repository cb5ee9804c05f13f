"""A copy is what a true start would have been, as far as anybody outside can tell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import copies
from tests.processes.orders import PROBE

ENDS = ["0", "7", "waits", "refuses", "fails", "interrupted", "killed"]


def probe(how: str, folder: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", PROBE, how, "two words", ""]
    environment = {"PATH": os.environ["PATH"], "TZ": "Asia/Tokyo", "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(
        command, input="given", capture_output=True, text=True, cwd=folder, env=environment, check=False, **options
    )


def truly() -> AbstractContextManager[None]:
    return copies.none()


@pytest.mark.parametrize("session", [True, False])
def test_a_copy_finds_itself_as_a_true_start_does(session: bool, tmp_path: Path) -> None:
    copy = probe("0", tmp_path, start_new_session=session, umask=0o037)
    with truly():
        started = probe("0", tmp_path, start_new_session=session, umask=0o037)
    assert json.loads(copy.stdout.splitlines()[0]) == json.loads(started.stdout.splitlines()[0])
    assert json.loads(copy.stdout.splitlines()[0])["parent"] == os.getpid()


@pytest.mark.parametrize("how", ENDS)
def test_a_copy_ends_as_a_true_start_does(how: str, tmp_path: Path) -> None:
    copy = probe(how, tmp_path)
    with truly():
        started = probe(how, tmp_path)
    assert (copy.returncode, copy.stdout.splitlines()[1:]) == (started.returncode, started.stdout.splitlines()[1:])
    assert copy.stderr.splitlines()[-1:] == started.stderr.splitlines()[-1:]
