"""How long somebody waits: for a lab to come up, and for the demo to end."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sre_agent.lab import scenario
from sre_agent.lab.process import start_lab
from tests.bench.figures import Figure


def figures() -> Iterator[Figure]:
    yield from lab_starts()
    yield from demo()


def lab_starts() -> Iterator[Figure]:
    """From the command to the endpoints, 30 simulated minutes included; the slowest of all scenarios."""
    taken = []
    for name in scenario.names():
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            with start_lab(name, follow_wall=False, folder=Path(folder)):
                taken.append(time.perf_counter() - started)
    yield Figure("lab: start with 30 minutes of history, slowest scenario", max(taken), "s", 2.0)


def demo() -> Iterator[Figure]:
    """The whole command, as `make demo` runs it after set-up."""
    command = [sys.executable, "-c", "from sre_agent.cli.entry import run; run()", "demo", "--json"]
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
        yield Figure("demo: alarm to remediated/fixed, wall time", time.perf_counter() - started, "s", 60.0)
