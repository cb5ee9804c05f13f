"""One question asked until it is answered as a whole, or it is no use to go on.

An answer may lack a part that was away for a while: that part is a transient failure like any other. The fullest answer
of all the tries is kept.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from mcp_servers.contract.facts import Answer
from mcp_servers.contract.refusals import Refusal
from sre_agent.domain.finding import Evidence
from sre_agent.errors import ToolsUnavailableError
from sre_agent.toolbox.results import previewed, with_count
from sre_agent.toolbox.retry_policy import PAUSES, RetryPolicy
from sre_agent.toolbox.session import Session

ReadCall = Callable[[], Awaitable[tuple[Answer | None, Refusal | None]]]


@dataclass
class RetryOutcome:
    """What came of it: an answer, whole or in part, or the refusal of the last try; `earlier_refusals` are those
    before, one for each try."""

    answer: Answer | None = None
    refusal: Refusal | None = None
    earlier_refusals: list[Refusal] = field(default_factory=list)


def missing(answer: Answer) -> list[Refusal]:
    """The parts that a later try may bring, each as the refusal that it is."""
    return [
        Refusal(kind="unavailable", code=part.code, asked=part.looked_at, wrong=part.detail)
        for part in answer.coverage
        if part.is_transient
    ]


def fuller(one: Answer | None, other: Answer | None) -> Answer | None:
    """Which of the two lacks less; `other` where they lack as much."""
    if one is None or other is None:
        return one or other
    return one if len(missing(one)) < len(missing(other)) else other


async def with_retries(
    read: ReadCall,
    server: str,
    patience: RetryPolicy,
    *,
    most: int,
    waits: bool,
    again: Callable[[Refusal, float], Awaitable[None]],
) -> RetryOutcome:
    """At most `most` calls. `again` is told of a failure and waits the seconds until the next try."""
    retry_outcome = RetryOutcome()
    while True:
        answer, refusal = await read()
        retry_outcome.answer = fuller(retry_outcome.answer, answer)
        lacking = missing(answer) if answer is not None else []
        patience.learn(server, refusal)
        trouble, pause = refusal, None
        if refusal is not None:
            pause = patience.pause(server, refusal, len(retry_outcome.earlier_refusals), waits=waits)
        elif lacking:
            trouble, pause = _of_parts(server, lacking, patience, len(retry_outcome.earlier_refusals), waits=waits)
        if trouble is None:
            return retry_outcome
        if pause is None or len(retry_outcome.earlier_refusals) + 1 >= max(1, most):
            _give_up(server, refusal, lacking, patience)
            retry_outcome.refusal = (
                with_count(trouble, len(retry_outcome.earlier_refusals) + 1) if retry_outcome.answer is None else None
            )
            return retry_outcome
        retry_outcome.earlier_refusals.append(trouble)
        await again(trouble, pause)


async def patiently_previewed(
    session: Session,
    tool: str,
    arguments: dict[str, Any],
    *,
    wait: Callable[[float], Awaitable[None]],
    incident: str = "",
) -> Answer:
    """A dry run as full as it is to be had: without its undo or its scope a policy would refuse what it allows.

    Raises ToolRefusedError and ToolsUnavailableError.
    """

    async def read() -> tuple[Answer | None, Refusal | None]:
        try:
            return await previewed(session, tool, arguments, incident), None
        except ToolsUnavailableError as problem:
            return None, Refusal(kind="unavailable", code=problem.code, wrong=str(problem))

    async def again(refusal: Refusal, pause: float) -> None:
        await wait(pause)

    most = len(PAUSES) + 1
    retry_outcome = await with_retries(read, session.address.name, RetryPolicy(), most=most, waits=True, again=again)
    if retry_outcome.answer is None:
        assert retry_outcome.refusal is not None
        raise ToolsUnavailableError(retry_outcome.refusal.wrong, code=retry_outcome.refusal.code)
    return retry_outcome.answer


def why_again(evidence: Evidence) -> Refusal:
    """What of a record that a transient failure left is asked again."""
    if evidence.answer is None:
        assert evidence.refusal is not None
        return evidence.refusal
    return missing(evidence.answer)[0]


def _of_parts(
    server: str, lacking: list[Refusal], patience: RetryPolicy, before: int, *, waits: bool
) -> tuple[Refusal, float | None]:
    """The part for which it is asked again, and after how long; None where none of them is worth it."""
    for part in lacking:
        pause = patience.pause(f"{server}: {part.asked}", part, before, waits=waits)
        if pause is not None:
            return part, pause
    return lacking[0], None


def _give_up(server: str, refusal: Refusal | None, lacking: list[Refusal], patience: RetryPolicy) -> None:
    if refusal is not None:
        patience.give_up(server, refusal)
    for part in lacking:
        patience.give_up(f"{server}: {part.asked}", part)
