"""`python -m tests.clients`: each recorded command, and whether the lab's answer agrees."""

from __future__ import annotations

import difflib
import json
import sys
import tempfile
from pathlib import Path

from tests.clients import calls, raw
from tests.clients.lab import lab
from tests.clients.masking import mask
from tests.clients.replay import Compared, replay


def main() -> int:
    rows: list[Compared] = []
    with tempfile.TemporaryDirectory() as folder, lab(Path(folder)) as running:
        for name in ("kubectl-1", "kubectl-2"):
            rows += replay(running, name)
        print_raw(raw.replay(running))
        results = calls.replay(running)
    for row in rows:
        print("same     " if row.agrees else "DIFFERENT", row.command[:110], f"({row.excuse})" if row.excuse else "")
        if not row.agrees:
            if row.code not in (None, row.recorded.code):
                print(f"          exit status {row.code}, recorded {row.recorded.code}")
            for line in difflib.ndiff(mask(row.recorded.output), mask(row.output[:600])):
                print("          " + line[:160])
    for call in results:
        print("same     " if call.agrees else "DIFFERENT", "python", call.name, "" if call.agrees else call.found)
    print(f"{sum(call.agrees for call in results)} of {len(results)} Python calls end as recorded")
    same = sum(row.agrees for row in rows)
    print(f"{same} of {len(rows)} commands answer as recorded")
    return 0 if all(row.agrees or row.excuse for row in rows) else 1


def print_raw(rows: list[raw.Answer]) -> None:
    for row in rows:
        print("same     " if row.agrees else "DIFFERENT", row.name, raw.NOT_EQUAL.get(row.name, ""))
        if not row.agrees:
            recording, lab_answers = (
                json.dumps(side, indent=1, sort_keys=True).splitlines() for side in (row.wanted, row.found)
            )
            for line in difflib.unified_diff(recording, lab_answers, "recorded", "lab", lineterm="", n=1):
                print("          " + line[:200])
    print(f"{sum(row.agrees for row in rows)} of {len(rows)} raw answers are as recorded")


if __name__ == "__main__":
    sys.exit(main())
