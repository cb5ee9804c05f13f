"""What the exit status of each verb means."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine
from typing import Any

import typer

from sre_agent.cli.printing import say
from sre_agent.domain.incident import Incident
from sre_agent.errors import BadInputError, NotNowError, SreAgentError, WrongOptionError

OK = 0  # done: remediated, or answered, or a list, which may be empty
FAILED = 1  # could not run: the message says why
USAGE = 2  # the words of the call are off: a verb, an option, its value, a file or a name that is not there
ESCALATED = 3  # a human has to act
WAITING = 4  # an approval question is open
UNANSWERED = 5  # there is no answer, or not all of it
INTERRUPTED = 130  # by Ctrl-C; another signal has 128 and its number

GOES_ON = " Continue an open incident with: sre-agent incidents list, then resume"


def meaning(ok: str, *others: str, failed: str = "could not run") -> str:
    """What the help of a verb ends with. `others` say what the verb's statuses 3 to 5 are."""
    statuses = [f"0 {ok}", f"{FAILED} {failed}", f"{USAGE} wrong usage", *others, f"{INTERRUPTED} interrupted"]
    return f"Exit status: {', '.join(statuses)}."


MEANING = meaning("remediated or answered", "3 escalated", "4 waiting for approval")
LISTED = meaning("done, even if there is nothing to list")
ALL = meaning(
    "done",
    *("3 a person has to act", "4 waiting for an approval or a batch job", "5 no answer, or only part of one"),
)


def status(problem: SreAgentError) -> int:
    """The exit status of an error: whether the call has to be worded differently, or something else be mended."""
    wording = isinstance(problem, (BadInputError, WrongOptionError)) and not isinstance(problem, NotNowError)
    return USAGE if wording else FAILED


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
        say(f"Interrupted.{GOES_ON if under_way is None or under_way else ''}", err=True)
        return typer.Exit(INTERRUPTED)
