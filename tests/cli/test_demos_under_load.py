"""Slow is not broken: with four busy processes beside it every demo ends as `sre-agent demo --list` promises."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sre_agent.cli.demo import expected_outcome
from sre_lab import scenario

BUSY = 4
LONGEST = 900  # seconds of one demo
SLOWEST = (  # of each way to end one, and those that wait the longest for their healing
    *("payday-evening", "evening-traffic", "flash-sale", "tide-tables", "campus-radio", "short-outage"),
    *("weather-station", "night-mail", "box-office"),
)
COMMAND = "from sre_agent.cli.entry import run; run()"


@contextmanager
def busy(count: int) -> Iterator[None]:
    """So many processes that do nothing but take time; they end by themselves, should nobody end them."""
    spin = f"import time; end = time.monotonic() + {LONGEST}\nwhile time.monotonic() < end: pass"
    spinning = [subprocess.Popen([sys.executable, "-c", spin]) for _ in range(count)]
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()


@pytest.mark.long
@pytest.mark.timeout(LONGEST + 60)
@pytest.mark.parametrize("name", SLOWEST)
def test_a_demo_ends_as_promised_beside_four_busy_processes(name: str, tmp_path: Path, true_start: None) -> None:
    command = [sys.executable, "-c", COMMAND, "demo", name, "--yes", "--json", "--folder", str(tmp_path / "demo")]
    began = time.monotonic()
    with busy(BUSY):
        ran = subprocess.run(
            command, capture_output=True, text=True, cwd=tmp_path, env=dict(os.environ), timeout=LONGEST, check=False
        )
    print(f"{name}: {time.monotonic() - began:.0f} s beside {BUSY} busy processes")
    report = json.loads(ran.stdout)
    assert f"{report['status']}/{report['reason']}" == expected_outcome(scenario.load(name)), ran.stderr


def test_a_demo_for_which_no_remedy_is_known_is_not_promised_to_be_mended() -> None:
    assert expected_outcome(scenario.load("payday-evening")) == "remediated/fixed"
    assert expected_outcome(scenario.load("campus-radio")) == "escalated/no_safe_action"
    assert expected_outcome(scenario.load("short-outage")) == "remediated/recovered"
