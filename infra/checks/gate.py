"""`python -m infra.checks.gate RESULTS [--base RESULTS]`: may these results of the worlds be merged?

Results are what `python -m tests.worlds --json FILE` writes, an object with a list `worlds`, or what
`sre-agent evaluate --json` prints, an object with a list `accounts`. Those of the base say what a change made worse; a
world that only one side has is compared with nothing. Exit status 1 where the gate is shut.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

LEAST_SCORE: Final = 0.85  # share of worlds that end rightly
MOST_DOLLARS: Final = 2.0  # of the dearest world
MOST_SECONDS: Final = 30.0  # of the slowest world


@dataclass(frozen=True)
class WorldResult:
    """How one world ended. `confident_wrong`: a false all-clear, or a wrong cause at 70 % or more. `seconds` are of the
    wall clock, `dollars` US dollars for chat models."""

    id: str
    ability: str
    right: bool
    confident_wrong: bool
    seconds: float
    dollars: float


def read(path: Path) -> list[WorldResult]:
    """The results in a file. Raises KeyError, TypeError or ValueError where it is something else."""
    content = json.loads(path.read_text("utf-8"))
    if "accounts" in content:
        each = float(content["together"]["dollars"]) / max(1, len(content["accounts"]))
        return [_account(one, each) for one in content["accounts"]]
    return [WorldResult(**world) for world in content["worlds"]]


def _account(account: Mapping[str, Any], dollars: float) -> WorldResult:
    """One summary of an incident: right where it was used and nearly all of its sentences hold up. Those that do not
    are shown to nobody, so that none is wrong and sure; how long it took is not in an evaluation."""
    in_use = not account["error"] and not account["fell_back"]
    return WorldResult(
        id=f"{account['incident']} {account['language']}",
        ability=f"words in {account['language']}",
        right=in_use and account["kept"] >= LEAST_SCORE * account["told"],
        confident_wrong=False,
        seconds=0.0,
        dollars=dollars,
    )


def objections(results: Sequence[WorldResult], base: Sequence[WorldResult]) -> Iterator[str]:
    """Why the gate is shut, a sentence each; none where it is open."""
    if not results:
        yield "no world was judged"
        return
    if (share := score(results)) < LEAST_SCORE:
        yield f"the score is {share:.3f}, less than {LEAST_SCORE}"
    dearest, slowest = max(results, key=lambda one: one.dollars), max(results, key=lambda one: one.seconds)
    if dearest.dollars > MOST_DOLLARS:
        yield f"{dearest.id} cost {dearest.dollars:.2f} $, more than {MOST_DOLLARS:.0f} $"
    if slowest.seconds > MOST_SECONDS:
        yield f"{slowest.id} took {slowest.seconds:.1f} s, more than {MOST_SECONDS:.0f} s"
    before = {one.id: one for one in base}
    yield from _worse(results, before)
    for one in results:
        if one.confident_wrong and not (one.id in before and before[one.id].confident_wrong):
            yield f"{one.id} is wrong and sure of it, which is new"


def score(results: Sequence[WorldResult]) -> float:
    """The share that ended rightly, 0 to 1."""
    return sum(one.right for one in results) / len(results)


def _worse(results: Sequence[WorldResult], before: Mapping[str, WorldResult]) -> Iterator[str]:
    """Abilities of which fewer worlds end rightly, over the worlds that both sides have."""
    pairs: dict[str, list[tuple[WorldResult, WorldResult]]] = defaultdict(list)
    for one in results:
        if one.id in before:
            pairs[one.ability].append((before[one.id], one))
    for ability, both in sorted(pairs.items()):
        was, is_now = score([old for old, _ in both]), score([new for _, new in both])
        if is_now < was:
            yield f"{ability} got worse: {was:.3f} before, {is_now:.3f} now, over {len(both)} worlds"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.checks.gate", description=__doc__)
    parser.add_argument("results", type=Path, help="what the change gives")
    parser.add_argument("--base", type=Path, help="what the branch gives that it is to be merged into")
    options = parser.parse_args(arguments)
    try:
        results, base = read(options.results), read(options.base) if options.base else []
    except (OSError, KeyError, TypeError, ValueError) as problem:
        print(f"These are no results of `python -m tests.worlds --json` or `sre-agent evaluate --json`: {problem!r}")
        return 2
    against = list(objections(results, base))
    if results:
        print(f"score {score(results):.3f} over {len(results)} worlds, {sum(one.dollars for one in results):.2f} $")
    print("\n".join(f"shut: {reason}" for reason in against) or "open")
    return int(bool(against))


if __name__ == "__main__":
    sys.exit(main())
