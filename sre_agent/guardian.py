"""Looks once more at what was remediated, and opens it again where it is not well any more.

What is opened again is a new incident that names the first one, and not the first one anew: a run that ended has its
report, its ledger and its budget, and whoever reads them later has to find what was known then. It keeps the settings
of the first. Where its alarm has opened an incident by itself meanwhile, that one is named.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Final, cast

import structlog

from sre_agent import reports
from sre_agent.clock import Clock
from sre_agent.domain.incident import Incident, Reason
from sre_agent.domain.message import Message
from sre_agent.domain.report import Report, TimelineEntry
from sre_agent.domain.signal import Signal, fingerprint
from sre_agent.domain.verification import Verification
from sre_agent.graph.build import Graph
from sre_agent.graph.context import Context
from sre_agent.graph.later_look import verification_later
from sre_agent.graph.state import RunState
from sre_agent.graph.stored_run import kept_state
from sre_agent.outbox import Outbox
from sre_agent.progress import Progress
from sre_agent.store import Store

LOG = structlog.get_logger("sre_agent.guardian")
GUARDED: Final[frozenset[Reason | None]] = frozenset({"fixed", "recovered"})  # with no fault none comes back
LOOK: Final = "guardian"  # the key of the payload of a message to it: which look it is
LOOKS: Final = 3  # where nobody can see
AGAIN: Final = timedelta(minutes=5)  # between them
LATE: Final = timedelta(hours=1)  # after which it would tell of something else


class Guardian:
    """`reopen` opens the incident of a signal again, with the settings of the first one; `seconds` after an end it
    looks, 0: never."""

    def __init__(
        self,
        graph: Graph,
        *,
        store: Store,
        outbox: Outbox,
        clock: Clock,
        progress: Progress,
        reports_folder: Path,
        context_for: Callable[[Incident, int], Awaitable[Context]],
        reopen: Callable[[Incident, Signal], Awaitable[Incident]],
        seconds: float,
    ) -> None:
        self._graph, self._store, self._outbox, self._clock = graph, store, outbox, clock
        self._progress, self._reports_folder = progress, reports_folder
        self._context_for, self._reopen, self._seconds = context_for, reopen, seconds

    async def watch(self, incident: Incident) -> None:
        """Look at it later. Called before the incident ends, so that a process that dies in between does both."""
        if self._seconds:
            await self._put(incident, 1, timedelta(seconds=self._seconds))

    async def look(self, message: Message, incident: Incident, epoch: int) -> None:
        """What the message asks for: a look at a remediated incident, kept in its report."""
        number, now = int(message.payload[LOOK]), self._clock.now()
        report = await self._store.report(incident.id)
        if incident.reason not in GUARDED or report is None or report.guardian is not None:
            return
        if now - message.not_before > LATE:
            LOG.info("too late", incident_id=incident.id, action="guardian", status="skipped")
            return
        verification = await self._verification(incident, epoch)
        if verification.verdict == "inconclusive" and number < LOOKS:
            await self._put(incident, number + 1, AGAIN)
            return
        self._progress.say("guardian", incident.id, verification.verdict, data=verification.model_dump(mode="json"))
        again = await self._opened_again(incident) if verification.verdict == "not_healed" else None
        if again is not None:
            await self._store.update(incident.id, epoch, reopened_as=again.id)
        done = _with_look(report, verification, again)
        await self._store.keep_report(done, epoch)
        reports.write(done, self._reports_folder)

    async def _put(self, incident: Incident, number: int, after: timedelta) -> None:
        await self._outbox.send(
            Message(
                kind="wake_up",
                incident=incident.id,
                dedup=f"guardian:{incident.id}:{number}",
                not_before=self._clock.now() + after,
                payload={LOOK: number},
            )
        )

    async def _verification(self, incident: Incident, epoch: int) -> Verification:
        snapshot = await kept_state(self._graph, incident.id)
        context = await self._context_for(incident, epoch)
        context.toolbox.start()
        return await verification_later(cast(RunState, snapshot.values), context)

    async def _opened_again(self, incident: Incident) -> Incident:
        first = incident.signals[0]
        signal = first.model_copy(
            update={"id": fingerprint(LOOK, incident.id), "received_at": self._clock.now(), "started_at": None}
        )
        return await self._reopen(incident, signal)


def is_for_guardian(message: Message) -> bool:
    return LOOK in message.payload


def what_changed(verification: Verification) -> str:
    """What is not well any more, as one text; empty where all is."""
    wrong = [f"{check.what}: {check.reading}" for check in verification.checks if check.ok is False]
    return "; ".join([*wrong, *(f"worse: {worse}" for worse in verification.worse)])


def _with_look(report: Report, verification: Verification, again: Incident | None) -> Report:
    text = {
        "proved": "Looked at again: still well",
        "not_healed": f"Looked at again: not well any more. {what_changed(verification)}",
        "inconclusive": "Looked at again: whether it is still well could not be seen",
    }[verification.verdict]
    reopening = f" Opened again as {again.id}." if again is not None else ""
    entry = TimelineEntry(at=verification.at, what=text + reopening)
    return report.model_copy(
        update={
            "guardian": verification,
            "reopened_as": again.id if again is not None else "",
            "timeline": [*report.timeline, entry],
        }
    )
