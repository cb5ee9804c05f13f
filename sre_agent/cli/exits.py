"""What the exit status of each verb means."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Collection, Coroutine
from typing import Any

import typer

from sre_agent.domain.incident import Incident

OK = 0  # remediated, or answered
FAILED = 1  # could not run: the message says why
USAGE = 2  # the words of the call are off
ESCALATED = 3  # a human has to act
WAITING = 4  # an approval question is open
INTERRUPTED = 130

GOES_ON = " What is open goes on with: sre-agent incidents list, then resume"
MEANING = "Exit status: 0 remediated or answered, 3 escalated, 4 waiting for approval, 1 could not run, 2 wrong usage."


def of(incident: Incident) -> int:
    if incident.open:
        return WAITING
    return ESCALATED if incident.status == "escalated" else OK


def run(work: Coroutine[Any, Any, int], under_way: Collection[str] | None = None) -> typer.Exit:
    """The work's exit status, to be raised. Ctrl-C says what becomes of what was under way.

    `under_way` is filled by the work with the incidents that it has open; without it there may be some.
    """
    try:
        return typer.Exit(asyncio.run(work))
    except KeyboardInterrupt:
        print(f"Interrupted.{GOES_ON if under_way is None or under_way else ''}", file=sys.stderr)
        return typer.Exit(INTERRUPTED)
