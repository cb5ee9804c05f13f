"""`python -m tests.rehearsal.live [--each N] [--only NAME] [--aside]`: what came of each trial that is worked on.

Of those that are kept aside only the figures are told.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time

from tests.rehearsal.live.family import live_trials
from tests.rehearsal.live.figures import LiveFigures
from tests.rehearsal.live.trial import LiveResult, outcome_of
from tests.worlds.running import ground


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.rehearsal.live", description=__doc__)
    parser.add_argument("--each", type=int, default=3, help="trials of each family and intent")
    parser.add_argument("--only", default="", help="trials whose name contains this")
    parser.add_argument("--aside", action="store_true", help="those that are kept aside, in place of the others")
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # of connections that are cut when a world ends
    results: list[LiveResult] = []
    started = time.monotonic()
    with ground() as place:
        for trial in live_trials(each=options.each):
            if options.only in trial.name and trial.kept_aside == options.aside:
                results.append(result := outcome_of(trial, place))
                if not options.aside:
                    print(_line(result))
                    sys.stdout.flush()
    print(LiveFigures.of(results))
    print(f"{len(results)} trials in {time.monotonic() - started:.0f} s")
    return 0


def _line(result: LiveResult) -> str:
    mark = {None: " ", True: "+", False: "WRONG"}[result.came_true]
    same = "" if result.twin is None or result.twin.is_same else f" TWIN {result.twin}"
    text = result.rehearsal.text if result.rehearsal is not None else "-"
    losses = "; ".join(result.losses)
    outcome = f"healed={result.healed} {losses}"
    call = f"{result.call[0]} {result.call[1]}"
    return f"{mark:5} {result.trial.name}: {result.cause or 'no cause'}{same}\n      {call}\n      {text} | {outcome}"


if __name__ == "__main__":
    sys.exit(main())
