"""`python -m infra.checks.canary FIGURES`: does the new version serve well enough to go on?

Figures are a JSON object with `requests`, `errors` (answers of 500 and above) and `p95_seconds` (null: nothing was
measured), over the time that the canary has had its share of the traffic. Exit status 1 where it has to be rolled back.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CANARY_SHARE: Final = 0.1  # of the traffic; ECS has the same from Terraform
CANARY_SECONDS: Final = 300.0
MOST_ERRORS: Final = 0.05  # share of the requests; from here on it is rolled back
MOST_SECONDS: Final = 60.0  # at the 95th percentile; from here on it is rolled back


class RolloutError(Exception):
    """The new version does not serve everybody; the text says why."""


@dataclass(frozen=True)
class Figures:
    """What the canary did: counts, and seconds at the 95th percentile."""

    requests: float
    errors: float
    p95_seconds: float | None

    def __post_init__(self) -> None:
        if self.requests < 0 or not 0 <= self.errors <= self.requests or (self.p95_seconds or 0) < 0:
            raise ValueError(f"{self} cannot have been measured")


def objection(figures: Figures) -> str:
    """Why it has to be rolled back; empty where it may go on. No request at all is no reason: of a quiet hour nothing
    can be said, and the health checks have their own word."""
    if figures.requests and (share := figures.errors / figures.requests) >= MOST_ERRORS:
        return f"{share:.1%} of {figures.requests:.0f} requests failed; {MOST_ERRORS:.0%} is the limit"
    if figures.p95_seconds is not None and figures.p95_seconds >= MOST_SECONDS:
        return f"p95 is {figures.p95_seconds:.1f} s; {MOST_SECONDS:.0f} s is the limit"
    return ""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.checks.canary", description=__doc__)
    parser.add_argument("figures", type=Path)
    try:
        figures = Figures(**json.loads(parser.parse_args(arguments).figures.read_text("utf-8")))
    except (OSError, TypeError, ValueError) as problem:
        print(f"These are no figures of a canary: {problem}")
        return 2
    against = objection(figures)
    print(f"roll back: {against}" if against else "go on")
    return int(bool(against))


if __name__ == "__main__":
    sys.exit(main())
