"""Labs whose clock stands, for tests: all have one present, so that a scenario is the same world at every run."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from sre_lab.process import LabProcess, start_lab

MOMENT = 1_790_000_000.0  # the present of a lab when it starts, in epoch seconds


def standing_lab(source: str | Path, folder: Path) -> AbstractContextManager[LabProcess]:
    """A lab process whose time only the test moves, with its files in `folder`."""
    return start_lab(source, follow_wall=False, folder=folder, at=MOMENT)
