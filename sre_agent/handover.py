"""Tells people elsewhere of an incident: when it asks, when nobody answers, when somebody did, and when it has ended.

Each step for each channel is a message: it is told once, also after a restart, later levels are wake-ups,
and a channel that fails is tried again with pauses. What is told is how the incident stands then, so that a late
message never says what is no longer true. Nothing here can stop an incident.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from sre_agent.clock import Clock
from sre_agent.domain.action import ApprovalDecision
from sre_agent.domain.incident import Incident
from sre_agent.domain.message import Message
from sre_agent.domain.notice import ChannelPost, IncidentNotice
from sre_agent.domain.question import Question
from sre_agent.domain.report import Report
from sre_agent.errors import NotifyError, SettingsError
from sre_agent.notify import Channel
from sre_agent.notify.escalation import EscalationPolicy
from sre_agent.outbox import Outbox
from sre_agent.progress import Progress
from sre_agent.store import Store
from sre_agent.store.contract.messages import Delivery

LOG = structlog.get_logger("sre_agent.handover")
ATTEMPTS: Final = 6
PAUSE_SECONDS: Final = 15.0  # after the first failure; twice as long after each further one
LONGEST_PAUSE: Final = 600.0
AHEAD_SECONDS: Final = 3600.0


class HandOver:
    """`usual` are the channels of the setting `notify`; `open_channel` opens one by its name (SettingsError)."""

    def __init__(
        self,
        *,
        store: Store,
        outbox: Outbox,
        clock: Clock,
        progress: Progress,
        escalation: EscalationPolicy,
        usual: tuple[str, ...],
        open_channel: Callable[[str], Channel],
    ) -> None:
        self._store, self._outbox, self._clock, self._progress = store, outbox, clock, progress
        self._escalation, self._usual, self._open_channel = escalation, usual, open_channel
        self._channels: dict[str, Channel] = {}

    async def question_opened(self, incident: Incident, question: str) -> None:
        """Every level hears of it in its time, unless somebody has answered by then."""
        now = self._clock.now()
        for level, seconds in self._escalation.waits(incident.severity):
            for channel in self._escalation.channels(level, self._usual):
                await self._put(
                    incident, f"question:{question}:{level}", channel, level, now + timedelta(seconds=seconds)
                )

    async def decision_made(self, incident: Incident, decision: ApprovalDecision) -> None:
        """Where there is one message that changes, it says so; others hear of the end."""
        for post in await self._store.channel_posts(incident.id):
            if self._edits(post.channel):
                await self._put(incident, f"decided:{decision.question}", post.channel, 1, self._clock.now())

    async def ended(self, incident: Incident) -> None:
        """For the levels that the escalation policy names, and for everybody who heard of the incident before."""
        level = self._escalation.end_level(incident.severity, incident.reason)
        channels = [post.channel for post in await self._store.channel_posts(incident.id)]
        for one in range(1, level + 1):
            channels += self._escalation.channels(one, self._usual)
        for channel in dict.fromkeys(channels):
            await self._put(incident, f"ended:{incident.ended_at}", channel, max(level, 1), self._clock.now())

    async def deliver(
        self, message: Message, incident: Incident, question: Callable[[Incident], Awaitable[Question | None]]
    ) -> None:
        """Tell a channel what its message is for, if that still is so. Raises NotifyError or SettingsError."""
        step, name = str(message.payload["step"]), str(message.payload["channel"])
        post = await self._post(incident, name)
        if step in post.steps:
            return
        notice = await self._notice(step, int(message.payload["level"]), incident, question)
        if notice is None:
            return
        handle = await self._channel(name).tell(notice, post.handle)
        update = {"handle": handle, "steps": [*post.steps, step], "at": self._clock.now(), "attempts": 0, "error": ""}
        await self._store.keep_channel_post(post.model_copy(update=update))

    async def failed(self, delivery: Delivery, incident: Incident, problem: Exception, epoch: int) -> None:
        """Try again later, or give up; the report says so."""
        name = str(delivery.message.payload["channel"])
        is_ours = isinstance(problem, NotifyError | SettingsError)
        why = str(problem) if is_ours else f"an unexpected error ({type(problem).__name__})"
        post = await self._post(incident, name)
        failure = {"at": self._clock.now(), "attempts": delivery.times, "error": why}
        await self._store.keep_channel_post(post.model_copy(update=failure))
        LOG.warning("not told", incident_id=incident.id, action="notify", status="failed", channel=name, error=why)
        if delivery.times < ATTEMPTS and not isinstance(problem, SettingsError):
            pause = min(LONGEST_PAUSE, PAUSE_SECONDS * 2 ** (delivery.times - 1))
            wait = max(pause, getattr(problem, "retry_after", 0.0))
            await self._store.postpone_message(delivery, self._clock.now() + timedelta(seconds=wait))
            return
        await self._store.bury_message(delivery, why)
        self._progress.say("warning", incident.id, text=sentence(post.model_copy(update=failure)))
        report = await self._store.report(incident.id)
        if report is not None:
            final_report = report.model_copy(update={"notifications": await self.account(incident)})
            await self._store.keep_report(final_report, epoch)

    async def account(self, incident: Incident) -> list[str]:
        """Sentences for the report: who was told, and who could not be."""
        return [sentence(post) for post in await self._store.channel_posts(incident.id)]

    async def _put(self, incident: Incident, step: str, channel: str, level: int, at: datetime) -> None:
        await self._outbox.send(
            Message(
                kind="notice",
                incident=incident.id,
                dedup=f"notice:{incident.id}:{step}:{channel}",
                not_before=at,
                ahead_seconds=AHEAD_SECONDS,
                payload={"step": step, "channel": channel, "level": level},
            )
        )

    async def _post(self, incident: Incident, channel: str) -> ChannelPost:
        by_channel = {post.channel: post for post in await self._store.channel_posts(incident.id)}
        return by_channel.get(channel) or ChannelPost(incident=incident.id, channel=channel, at=self._clock.now())

    def _channel(self, name: str) -> Channel:
        if name not in self._channels:
            self._channels[name] = self._open_channel(name)
        return self._channels[name]

    def _edits(self, name: str) -> bool:
        try:
            return self._channel(name).edits
        except SettingsError:  # which its message says
            return False

    async def _notice(
        self,
        step: str,
        level: int,
        incident: Incident,
        question: Callable[[Incident], Awaitable[Question | None]],
    ) -> IncidentNotice | None:
        """How the incident stands; None where the step is over."""
        kind, _, about = step.partition(":")
        role = self._escalation.role(level)
        notice = IncidentNotice(
            incident=incident.id,
            title=incident.title,
            cluster=incident.cluster,
            account=incident.account,
            severity=incident.severity,
            state="decided",
            level=level,
            role=role,
        )
        if kind == "ended":
            report = await self._store.report(incident.id)
            return None if incident.open or report is None else _of_end(notice, incident, report)
        if kind == "decided":
            decision = await self._store.decision(about)
            if not incident.open or incident.question or decision is None:
                return None
            return notice.model_copy(update={"role": "", "reason": f"{decision.choice} by {decision.by}"})
        if not incident.open or incident.question != about.rpartition(":")[0]:
            return None
        if await self._store.decision(incident.question) is not None:
            return None
        open_question = await question(incident)
        return _of_question(notice, open_question) if open_question is not None else None


def _of_question(notice: IncidentNotice, question: Question) -> IncidentNotice:
    cause, rehearsal = question.cause, question.action.rehearsal
    return notice.model_copy(
        update={
            "state": "waiting",
            "statement": f"{cause.statement or cause.title} ({cause.confidence:.0%} sure)" if cause else "",
            "action": question.action.asks,
            "blast_radius": question.action.blast_radius,
            "rehearsal": rehearsal.text if rehearsal is not None else "",
            "until": question.until,
            "commands": [f"sre-agent incidents {verb} {notice.incident}" for verb in ("show", "approve", "reject")],
        }
    )


def _of_end(notice: IncidentNotice, incident: Incident, report: Report) -> IncidentNotice:
    return notice.model_copy(
        update={
            "state": incident.status,
            "reason": incident.reason,
            "statement": report.statement,
            "action": " ".join(claim.text for claim in report.actions_taken[:1]),
            "commands": [f"sre-agent incidents show {notice.incident}"],
        }
    )


def sentence(post: ChannelPost) -> str:
    """About one channel. Its destination is no secret, and its secret is nowhere in it."""
    if post.error:
        times = "once" if post.attempts == 1 else f"{post.attempts} times"
        return f"{post.channel} could not be told, tried {times}: {post.error}."
    return f"{post.channel} was told, last at {post.at:%Y-%m-%d %H:%M} UTC."
