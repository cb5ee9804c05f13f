"""`python -m tests.worlds [--seeds N] [--ability A] [--only NAME] [--aside] [--show]`: every world judged, as a table.

Situations that are kept aside run only with `--aside`, and which of their worlds fail is not told: read the figure.
`--json` writes every world as `infra.checks.gate` reads it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import sys
import time
from collections import Counter, defaultdict
from dataclasses import asdict
from pathlib import Path

from infra.checks.gate import WorldResult
from tests.worlds.objects import Obj
from tests.worlds.running import ground
from tests.worlds.situation import Grade, Situation, grade_of, situations


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.worlds", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="variations of each situation")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--ability", default="", help="only this one")
    parser.add_argument("--only", default="", help="situations whose name contains this")
    parser.add_argument("--aside", action="store_true", help="also those that are kept aside")
    parser.add_argument("--show", action="store_true", help="the whole result of each world")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write how each world ended")
    options = parser.parse_args(arguments)
    selection = [
        one
        for one in situations()
        if options.ability in ("", one.ability) and options.only in one.name and (options.aside or not one.kept_aside)
    ]
    grades: dict[tuple[str, bool], list[Grade]] = defaultdict(list)
    results: list[WorldResult] = []
    started = time.monotonic()
    logging.disable(logging.WARNING)  # of connections that are cut when a world ends
    with ground() as place:
        for one in selection:
            for seed in range(options.first, options.first + options.seeds):
                complaint, start = one.told(seed), time.monotonic()
                result = place.run(complaint.world, complaint.trigger)
                grade = grade_of(complaint.expect, result)
                grades[one.ability, one.kept_aside].append(grade)
                results.append(_result_of(one, seed, grade, time.monotonic() - start, result))
                if options.show:
                    print(json.dumps(result, indent=1))
                if (grade.short and not one.kept_aside) or options.show:
                    print(f"{one.name} seed {seed}: {'; '.join(grade.short) or 'right'}\n    {result['statement']}")
                    sys.stdout.flush()
    _table(grades)
    if options.json:
        options.json.write_text(json.dumps({"worlds": [asdict(one) for one in results]}, indent=1), "utf-8")
    print(f"{sum(map(len, grades.values()))} worlds in {time.monotonic() - started:.0f} s")
    return 0


def _result_of(one: Situation, seed: int, grade: Grade, seconds: float, result: Obj) -> WorldResult:
    """A world that is kept aside goes by the hash of its name."""
    name = f"aside-{hashlib.sha256(one.name.encode()).hexdigest()[:12]}" if one.kept_aside else one.name
    return WorldResult(
        id=f"{name} seed {seed}",
        ability=one.ability,
        right=not grade.short,
        confident_wrong=grade.false_all_clear or grade.wrong_and_sure,
        seconds=round(seconds, 3),
        dollars=float(result.get("dollars", 0)),
    )


def _table(grades: dict[tuple[str, bool], list[Grade]]) -> None:
    print("ability                 worked on   kept aside   false all-clears   wrong and sure")
    for ability in sorted({ability for ability, _ in grades}):
        cells = [_ratio(grades.get((ability, aside), [])) for aside in (False, True)]
        counts: Counter[str] = Counter()
        for aside in (False, True):
            counts["clear"] += sum(g.false_all_clear for g in grades.get((ability, aside), []))
            counts["sure"] += sum(g.wrong_and_sure for g in grades.get((ability, aside), []))
        print(f"{ability:22} {cells[0]:>10} {cells[1]:>12} {counts['clear']:>18} {counts['sure']:>16}")


def _ratio(grades: list[Grade]) -> str:
    return f"{sum(not g.short for g in grades)}/{len(grades)}" if grades else "-"


if __name__ == "__main__":
    raise SystemExit(main())
