"""How an incident ends: its outcome is stored, then told to whoever follows it.

An incident that its graph cannot end any more (it was cancelled, or broke again and again) is reported with what was
seen until then.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import structlog

from sre_agent import degradation, reports
from sre_agent.clock import Clock
from sre_agent.domain.degradation import Degradation
from sre_agent.domain.incident import Incident, Reason, Status
from sre_agent.domain.permitted_write import RemedyResult
from sre_agent.domain.report import Report
from sre_agent.errors import SreAgentError
from sre_agent.graph.build import Graph
from sre_agent.graph.context import Context
from sre_agent.graph.stored_run import report_so_far
from sre_agent.handover import HandOver
from sre_agent.progress import Progress
from sre_agent.reports.expense import with_calls
from sre_agent.store import Store
from sre_agent.trace import root_changed

LOG = structlog.get_logger("sre_agent.worker")


def remedy_results(report: Report) -> Iterator[RemedyResult]:
    """What verifications came to in a run: of remedies that did not heal, then of the one that did."""
    remedies = [(one.action, one.permit, False) for one in report.failed_remedies]
    if report.reason == "fixed" and report.action is not None:
        remedies.append((report.action, "", True))
    for action, permit, has_helped in remedies:
        yield RemedyResult(
            key=f"{report.incident}:{permit}",
            failure_class=action.failure_class,
            workload=action.workload,
            helped=has_helped,
            at=report.ended_at,
        )


class IncidentEnd:
    """`report_unexplained` gives alarms that were grouped into an incident and that its end does not explain
    incidents of their own. `reports_folder` is where reports are written; `context_for` as Worker has it."""

    def __init__(
        self,
        graph: Graph,
        *,
        store: Store,
        clock: Clock,
        progress: Progress,
        hand_over: HandOver,
        reports_folder: Path,
        context_for: Callable[[Incident, int], Awaitable[Context]],
        report_unexplained: Callable[[Incident, Report | None], Awaitable[None]],
    ) -> None:
        self._graph, self._store, self._clock = graph, store, clock
        self._progress, self._hand_over = progress, hand_over
        self._reports_folder, self._context_for = reports_folder, context_for
        self._unexplained = report_unexplained

    async def end(self, incident: Incident, epoch: int, status: Status, reason: Reason) -> None:
        """With the report that is stored. Raises LeaseLostError."""
        report = await self._store.report(incident.id)
        if reason != "cancelled":
            await self._unexplained(incident, report)
        final_incident = await self._store.update(
            incident.id,
            epoch,
            status=status,
            reason=reason,
            severity=report.severity if report is not None else incident.severity,
            ended_at=self._clock.now(),
            question="",
            question_digest="",
        )
        root_changed(final_incident)
        await self._follow_up(final_incident, report)

    async def complete(self, incident: Incident) -> None:
        """What a worker that died after it stored the end may have left undone: who follows the incident waits for its
        last event."""
        if not await self._has_told(incident):
            await self._follow_up(incident, await self._store.report(incident.id))
            return
        await self._hand_over.ended(incident)

    async def _follow_up(self, incident: Incident, report: Report | None) -> None:
        await self._store.release_claims(incident.id)
        for result in remedy_results(report) if report is not None else ():
            await self._store.keep_remedy_result(result)
        self._progress.say(
            "incident.ended", incident.id, incident.status, reason=incident.reason, seconds=incident.seconds
        )
        await self._hand_over.ended(incident)
        await self._store.recorded()  # before the message is finished that would lead here again

    async def _has_told(self, incident: Incident) -> bool:
        last = 0
        while events := await self._store.events(incident.id, after=last):
            if any(one.event.kind == "incident.ended" for one in events):
                return True
            last = events[-1].seq
        return False

    async def close(self, incident: Incident, epoch: int, status: Status, reason: Reason, why: str) -> None:
        """End it with a report of what was seen until now, and `why` as a sentence. Raises LeaseLostError."""
        report = await report_so_far(
            self._graph,
            incident,
            status=status,
            reason=reason,
            ledger=await self._store.ledger(incident.id),
            now=self._clock.now(),
            why=why,
            attached=await self._store.attached(incident.id),
        )
        report = with_calls(report, await self._store.model_calls(incident=incident.id))
        report = report.model_copy(update={"degradation": await self._degradation(incident, epoch)})
        await self._store.keep_report(report, epoch)
        reports.write(report, self._reports_folder)
        LOG.warning("closed", incident_id=incident.id, action="close", status=reason, error=why)
        self._progress.say("warning", incident.id, text=why)
        await self.end(incident, epoch, status, reason)

    async def _degradation(self, incident: Incident, epoch: int) -> Degradation | None:
        """The present level; None where what the incident runs with cannot be had any more."""
        try:
            context = await self._context_for(incident, epoch)
        except SreAgentError:
            return None
        writes = context.settings.writing.writes
        return await degradation.current(context.models, context.toolbox, writes=writes, incident=incident.id)
