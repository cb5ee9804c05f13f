"""Recorded incidents with known answers, each replayed as a process of its own and graded without a model."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.suites import EXAM, document

REPLAY = f"{Path(sys.executable).with_name('sre-agent')} replay"
APART = "remediation"  # these are graded by what is done, the others by what is said


def figures() -> Iterator[Figure]:
    if not EXAM.is_dir():
        return
    kinds = {case["id"]: case["kind"] for case in document(EXAM / "INDEX.json")["cases"]}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "graded.json"
        command = [sys.executable, str(EXAM / "grade.py"), "--replay", REPLAY, "--json", str(out)]
        subprocess.run(command, check=False, capture_output=True, timeout=3600)
        rows = json.loads(out.read_text())
    open_cases = [row for row in rows if kinds[row["id"]] != APART]
    passes = sum(not row["short"] for row in open_cases)
    yield Figure(f"exam: passed of {len(open_cases)} open cases that are no remediation", passes, "", 58, "≥")
    yield Figure("the slowest of all, two at a time", max(row["seconds"] for row in rows), "s", 8)
