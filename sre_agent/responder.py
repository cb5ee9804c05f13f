"""THE path of an incident: a signal comes in, a decision comes in, somebody follows what happens.

Whatever the entrance, it ends here; whatever moves an incident leaves here as a message.
"""

from __future__ import annotations

import os
import random
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from sre_agent import incident_settings
from sre_agent.clock import Clock
from sre_agent.cluster_choice import ClusterChoice, choose
from sre_agent.domain.action import ApprovalDecision, Choice
from sre_agent.domain.base import IncidentId, Severity
from sre_agent.domain.incident import Incident
from sre_agent.domain.incident_grade import GradeRequest, IncidentGrade
from sre_agent.domain.message import A_PERSON_WAITS, AHEAD_SECONDS, Message
from sre_agent.domain.question import ApprovalAnswer
from sre_agent.domain.report import Report
from sre_agent.domain.signal import Signal, fingerprint
from sre_agent.errors import AbsentError, BadInputError, NotNowError
from sre_agent.graph.state import GRAPH_VERSION
from sre_agent.outbox import Outbox
from sre_agent.progress import Progress
from sre_agent.settings import Settings
from sre_agent.store import Store

LOG = structlog.get_logger("sre_agent.responder")
OTHERWISE: Final = (
    "Incident {incident} is already open for this, and keeps the settings that it was started with. To start"
    " over with these, cancel it first: sre-agent incidents cancel {incident}"
)
CHANGED: Final = (
    "Incident {incident} asks about another action now than the one that was shown. Look at it again before you answer:"
    " sre-agent incidents show {incident}"
)
NAMING: Final = random.Random(secrets.randbits(256))  # noqa: S311 - names are no secrets; asking the system costs more
os.register_at_fork(after_in_child=NAMING.seed)  # or a copied process would give out the ids of its original
PAGE: Final = 1000  # messages that are read at once
UNTOLD: Final[Severity] = "SEV3"  # where no message tells one: until the report derives it from the impact


class Responder:
    """`settings` gives those that the incident of a signal keeps. It may raise SettingsError."""

    def __init__(
        self, *, store: Store, outbox: Outbox, clock: Clock, progress: Progress, settings: Callable[[Signal], Settings]
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._clock = clock
        self._progress = progress
        self._settings = settings
        self._as_json: dict[int, tuple[Settings, str]] = {}  # by the settings' own id: there are few, and they stay

    async def submit(self, signal: Signal) -> tuple[Incident, bool]:
        """The incident the signal belongs to, and whether the signal opened it. A second one of the same fingerprint
        and the same place attaches to the open incident and starts nothing."""
        now = self._clock.now()
        new, own = self.prepared(signal, now)
        incident, created = await self._store.attach_or_create(signal, new, own)
        kind = "incident.opened" if created else "incident.attached"
        LOG.info("signal", incident_id=incident.id, action=kind, status=incident.status, source=signal.source)
        self._progress.say(kind, incident.id, signal.title, signal=signal.model_dump(mode="json"))  # type: ignore[arg-type]
        if not created and not incident_settings.same(await self._store.settings(incident.id), own):
            self._progress.say("warning", incident.id, text=OTHERWISE.format(incident=incident.id))
        ahead = A_PERSON_WAITS if signal.intent == "answer" else None
        await self.begin(incident.id, signal.id, incident.severity, now, ahead=ahead)
        return incident, created

    def prepared(self, signal: Signal, now: datetime) -> tuple[Incident, str]:
        """The incident that a signal opens where it belongs to none, and the settings that it keeps."""
        settings = self._settings(signal)
        if id(settings) not in self._as_json:
            self._as_json[id(settings)] = settings, incident_settings.to_json(settings)
        where = self.where(signal)
        new = _open(signal, self.topic(signal), now)
        new = new.model_copy(update={"cluster": where.name, "account": where.account})
        return new, self._as_json[id(settings)][1]

    def where(self, signal: Signal) -> ClusterChoice:
        """The cluster and account that a signal is about; all empty in a responder that serves one."""
        return choose(self._settings(signal), signal)

    async def begin(
        self, incident: IncidentId, signal: str, severity: Severity, at: datetime, *, ahead: float | None = None
    ) -> None:
        """Have a worker look at an incident, not before then; the same signal asks for it once. It is as urgent as its
        severity, or ahead by these seconds."""
        await self._outbox.send(
            Message(
                kind="signal",
                incident=incident,
                dedup=f"signal:{incident}:{signal}",
                not_before=at,
                ahead_seconds=AHEAD_SECONDS[severity] if ahead is None else ahead,
            )
        )

    async def begin_what_was_left(self) -> int:
        """Give open incidents that no message moves one again: a process died between the two; how many."""
        now, left, with_messages = self._clock.now(), 0, await self._incidents_with_messages()
        for incident in await self._store.incidents(only_open=True, limit=10_000):
            if incident.id not in with_messages and not await self._store.has_next_step(incident.id):
                await self.begin(incident.id, f"again {now.isoformat()}", incident.severity, now)
                left += 1
        return left

    async def _incidents_with_messages(self) -> set[IncidentId]:
        """By pages: a start with thousands of open incidents does not ask for each of them."""
        with_messages, after = set[IncidentId](), ""
        while page := await self._store.messages(limit=PAGE, after=after):
            with_messages.update(one.message.incident for one in page if one.message.kind != "notice")
            after = page[-1].cursor
        return with_messages

    def topic(self, signal: Signal) -> str:
        """The fingerprint of the incident that a signal belongs to: the same alarm of two places is two incidents."""
        return fingerprint(signal.fingerprint, incident_settings.place(self._settings(signal)))

    async def redrive(self, dedup: str) -> bool:
        """Deliver a dead letter again; its signals anew where its incident has ended. False where there is none."""
        letter = await self._store.message(dedup)
        if letter is None or letter.state != "dead":
            return False
        incident = await self._store.incident(letter.message.incident)
        if incident is None or incident.open:
            return await self._outbox.redrive(dedup)
        for signal in await self.again(incident.id):
            await self.submit(signal)
        return await self._store.drop_message(dedup)

    async def again(self, incident_id: str) -> list[Signal]:
        """The signals of an incident that ended, to be submitted once more. Raises BadInputError."""
        incident = await self.incident(incident_id)
        if incident.open:
            raise BadInputError(f"Incident {incident.id} is still open: sre-agent incidents show {incident.id}")
        now = self._clock.now()
        first = incident.signals[0]
        return [first.model_copy(update={"id": fingerprint(first.id, now.isoformat()), "received_at": now})]

    async def decide(
        self, incident_id: str, answer: ApprovalAnswer | Choice, *, by: str, identity: str = ""
    ) -> ApprovalDecision:
        """A human's answer to the incident's open question. The first one counts. Raises BadInputError.

        `identity` proves who `by` is; who approved the action before is no second person for it."""
        answer = answer if isinstance(answer, ApprovalAnswer) else ApprovalAnswer(choice=answer)
        incident = await self.incident(incident_id)
        if not incident.question:
            state = f"ended {incident.status}" if not incident.open else "is still at work"
            raise NotNowError(f"Incident {incident.id} has no open question: it {state}.")
        decision = ApprovalDecision(
            incident=incident.id,
            question=incident.question,
            action_digest=incident.question_digest,
            choice=answer.choice,
            by=by,
            identity=identity,
            at=self._clock.now(),
            comment=answer.comment,
            arguments=answer.arguments,
        )
        if answer.action_digest not in ("", incident.question_digest):
            raise NotNowError(CHANGED.format(incident=incident.id))
        if bool(answer.arguments) != (answer.choice == "edit"):
            raise BadInputError("An edit names the arguments to change, and no other answer does.")
        if answer.choice == "approve" and decision.decider in incident.sign_offs:
            raise NotNowError(f"{by} has approved this action already. It takes another person's approval as well.")
        return await self.answer(decision)

    async def answer(self, decision: ApprovalDecision) -> ApprovalDecision:
        """Record a decision; BadInputError when the question was answered before (it says how and by whom)."""
        if not await self._store.decide(decision):
            first = await self._store.decision(decision.question)
            if first is not None:
                await self._send(first)  # whoever gave it may have died before it was on its way
            how = f"{first.choice} by {first.by}" if first else "answered"
            raise NotNowError(f"This question has already been answered: {how}. The first one counts.")
        await self._send(decision)
        return decision

    async def _send(self, decision: ApprovalDecision) -> None:
        """On its way once, however often this is called."""
        await self._outbox.send(
            Message(
                kind="decision",
                incident=IncidentId(decision.incident),
                dedup=f"decision:{decision.question}",
                not_before=self._clock.now(),
                ahead_seconds=A_PERSON_WAITS,
                payload=decision.model_dump(mode="json"),
            )
        )

    async def cancel(self, incident_id: str) -> None:
        incident = await self.incident(incident_id)
        await self._outbox.send(
            Message(
                kind="cancel",
                incident=incident.id,
                dedup=f"cancel:{incident.id}",
                not_before=self._clock.now(),
                ahead_seconds=A_PERSON_WAITS,
            )
        )

    async def resume(self, incident_id: str) -> Incident:
        """Make a run whose worker died go on at once instead of when its time is up."""
        incident = await self.incident(incident_id)
        if not incident.open:
            raise NotNowError(
                f"Incident {incident.id} has ended {incident.status}/{incident.reason}; nothing to resume."
            )
        now = self._clock.now()
        decision = await self._store.decision(incident.question) if incident.question else None
        if decision is not None:
            await self._send(decision)
        await self._outbox.revive(incident.id)
        token = secrets.token_hex(4)
        await self._outbox.send(
            Message(
                kind="signal",
                incident=incident.id,
                dedup=f"resume:{incident.id}:{token}",
                not_before=now,
                ahead_seconds=A_PERSON_WAITS,
            )
        )
        return incident

    async def reopen(self, incident: Incident, signal: Signal) -> Incident:
        """A new incident for one that was remediated and did not stay well, with its settings; or the one that is open
        already for the same. The same signal opens it once."""
        now = self._clock.now()
        new = _open(signal, incident.fingerprint, now).model_copy(
            update={
                "reopens": incident.id,
                "severity": incident.severity,
                "cluster": incident.cluster,
                "account": incident.account,
            }
        )
        again, created = await self._store.attach_or_create(signal, new, await self._store.settings(incident.id) or "")
        self._progress.say("incident.reopened", incident.id, again.id)
        kind = "incident.opened" if created else "incident.attached"
        self._progress.say(kind, again.id, signal.title, signal=signal.model_dump(mode="json"))  # type: ignore[arg-type]
        await self.begin(again.id, signal.id, again.severity, now)
        return again

    async def incident(self, incident_id: str) -> Incident:
        """By id, or by a beginning of it that only one has. Raises AbsentError naming what there is."""
        exact = await self._store.incident(IncidentId(incident_id))
        if exact is not None:
            return exact
        incidents = await self._store.incidents(limit=200)
        near = [i for i in incidents if i.id.startswith(incident_id)]
        if len(near) == 1:
            return near[0]
        there = ", ".join(i.id for i in (near or incidents)[:5]) or "none yet"
        raise AbsentError(f"There is no one incident {incident_id!r}. There are: {there}.")

    async def grade(self, incident_id: str, request: GradeRequest, *, by: str, identity: str = "") -> IncidentGrade:
        """What a person says of an incident's verdict; the last one counts. Raises NotNowError before there is one."""
        incident = await self.incident(incident_id)
        report = await self._store.report(incident.id)
        if incident.open or report is None:
            raise NotNowError(f"Incident {incident.id} has no verdict to grade yet: {incident.lacks_report}.")
        grade = IncidentGrade.of(report, request, by=by, identity=identity, at=self._clock.now())
        await self._store.keep_grade(grade)
        self._progress.say("incident.graded", incident.id, grade.correctness, by=by, note=grade.note)
        return grade

    async def report(self, incident_id: str) -> Report | None:
        incident = await self.incident(incident_id)
        return await self._store.report(incident.id)


def _open(signal: Signal, topic: str, now: datetime) -> Incident:
    trace_id = f"1-{int(now.timestamp()):08x}-{NAMING.getrandbits(96):024x}"
    return Incident(
        id=IncidentId(f"inc-{now:%m%d}-{NAMING.getrandbits(32):08x}"),
        fingerprint=topic,
        title=signal.title,
        severity=signal.severity or UNTOLD,
        opened_at=now,
        signals=[signal],
        graph_version=GRAPH_VERSION,
        trace_id=trace_id,
    )
