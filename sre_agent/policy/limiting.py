"""The limits around all incidents, decided in one place, before a permit is issued.

A limit only ever makes a verdict stricter: it asks a person, waits, or stops. What stops is told with the reason, and a
person's approval does not lift it. The undo of a write of ours is held back by the pause alone: it gives back what was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal, Protocol

from mcp_servers.contract.blast_radius import OtherActor
from sre_agent.domain.action import Action, LimitReached, PolicyDecision
from sre_agent.domain.incident_grade import IncidentGrade
from sre_agent.domain.interval import wilson
from sre_agent.domain.percent import whole_percent
from sre_agent.domain.permitted_write import BreakerCount
from sre_agent.domain.write_pause import WritePause
from sre_agent.policy.freeze import strictest_window
from sre_agent.policy.levels import Level, level_of
from sre_agent.policy.limits import LimitsFile, WriteLimits
from sre_agent.policy.pause import current_pause

GRADES: Final = 1000  # the newest, by which a class is judged
RECHECK: Final = timedelta(minutes=1)  # before it is looked again whether somebody else is still at work
AT_WORK: Final = {
    "rollout": "rollout {who} is under way",
    "field_manager": "{who} has changed it",
    "autoscaler": "autoscaler {who} is scaling it",
    "drain": "node {who} is being drained",
}


class WriteCounts(Protocol):
    """Of the store, what limits go by."""

    async def next_write_at(self, now: datetime, most_per_hour: int) -> datetime | None: ...

    async def breaker_counts(self) -> list[BreakerCount]: ...

    async def write_pause(self) -> WritePause | None: ...

    async def grades(self, *, limit: int = 200, before: str = "") -> list[IncidentGrade]: ...


@dataclass(frozen=True)
class WriteTiming:
    """When a write is judged: now, when its incident began, and since when it is held back, if it is. `undoes`: it is
    the undo of a write of ours."""

    now: datetime
    began_at: datetime | None = None
    since: datetime | None = None
    undoes: bool = False


class LimitCheck:
    """`level` is the level of the settings, which stands in for that of the file where no rule fits; empty: none.
    `folder` is the state folder, in which a pause of this machine stands; one of all machines stands in the store."""

    def __init__(
        self, limits: LimitsFile, counts: WriteCounts, folder: Path | None, level: Level | Literal[""] = ""
    ) -> None:
        self._file, self._counts, self._folder, self._level = limits, counts, folder, level

    @property
    def limits(self) -> WriteLimits:
        return self._file.present

    async def paused(self) -> bool:
        return bool(await self._pause())

    @property
    def hourly(self) -> int:
        return self.limits.writes_per_hour

    async def apply(self, decision: PolicyDecision, action: Action, timing: WriteTiming) -> PolicyDecision:
        """The decision with the limits that hold it back; what the policies deny stays denied."""
        if decision.verdict == "deny":
            return decision
        limits_reached = await self._pause()
        if not timing.undoes:
            limits_reached += [
                *self.level(action),
                *await self._open_breakers(action),
                *self._freeze(action, timing.now),
            ]
            limits_reached += [
                *await self._full(timing),
                *self._brake(action, is_unattended=decision.verdict == "allow"),
                *(await self._few_grades(action) if decision.verdict == "allow" else []),
                *self._others(action, timing),
            ]
        return stricter(decision, limits_reached)

    def level_of(self, action: Action) -> tuple[Level, int]:
        """The level of what an action is about, and the number of the rule that sets it."""
        default: Level = self._level or self.limits.level
        labels = action.namespace_health.labels if action.namespace else {}
        return level_of(self.limits.levels, default, action.namespace, labels)

    def level(self, action: Action) -> Iterator[LimitReached]:
        level, rule = self.level_of(action)
        of = f"namespace {action.namespace}" if action.namespace else "what has no namespace"
        where = f"rule {rule} of {self._file.name or 'the limits'}" if rule else ""
        reason = f"the level of {of} is {level}{f' ({where})' if where else ''}"
        if level in ("observe", "recommend"):
            yield LimitReached(
                kind="level",
                effect="stop",
                reason=f"{reason}, so nothing is written",
                lifted_by=where or "--level approve",
            )
        elif level == "approve":
            yield LimitReached(kind="level", effect="ask", reason=reason)

    async def _pause(self) -> list[LimitReached]:
        pause = current_pause(self._folder) if self._folder is not None else None
        if pause is None:
            pause = await self._counts.write_pause()
        return [] if pause is None else [LimitReached(kind="paused", effect="stop", reason=pause.sentence)]

    async def _open_breakers(self, action: Action) -> list[LimitReached]:
        counts = await self._counts.breaker_counts()
        failures = sum(
            one.failures
            for one in counts
            if (one.failure_class, one.workload) == (action.failure_class, action.workload)
        )
        if failures < self.limits.breaker.failures:
            return []
        what = f"{action.failure_class.replace('_', ' ')} on {action.subject}"
        reason = f"{failures} remedies in a row did not fix {what}, so it is only recommended"
        return [LimitReached(kind="breaker", effect="stop", reason=reason)]

    def _freeze(self, action: Action, now: datetime) -> Iterator[LimitReached]:
        frozen = strictest_window(self.limits.freeze, action.namespace, now)
        if frozen is not None:
            window, until = frozen
            reason = f"freeze window until {clock(until, now)} ({window.name})"
            yield LimitReached(kind="freeze", effect=window.then, reason=reason, until=until)

    async def _full(self, timing: WriteTiming) -> list[LimitReached]:
        free_at = await self._counts.next_write_at(timing.now, self.limits.writes_per_hour)
        return [] if free_at is None else [self.full(free_at, timing)]

    def full(self, free_at: datetime, timing: WriteTiming) -> LimitReached:
        """That the hour is full: waited for where that is soon, else it stops."""
        most = self.limits.writes_per_hour
        reason = f"{most} writes in an hour is the limit, and the next one is free at {clock(free_at, timing.now)}"
        soon = free_at - (timing.since or timing.now) <= timedelta(minutes=self.limits.other_actors.wait_minutes)
        return LimitReached(
            kind="writes_per_hour", effect="wait" if soon and most else "stop", reason=reason, until=free_at
        )

    def _brake(self, action: Action, *, is_unattended: bool) -> Iterator[LimitReached]:
        brake, health = self.limits.brake, action.namespace_health
        if not action.namespace:
            return
        if health.workloads is None or health.failing is None:
            if not is_unattended:
                return
            reason = f"how many workloads of namespace {action.namespace} fail is not known"
            yield LimitReached(kind="brake", effect="ask", reason=reason)
        elif health.failing >= brake.at_least and 100 * health.failing > brake.share * health.workloads:
            reason = (
                f"{health.failing} of {health.workloads} workloads of namespace {action.namespace} fail: nothing is"
                f" written unattended while more than {brake.share} % do"
            )
            yield LimitReached(kind="brake", effect="ask", reason=reason)

    async def _few_grades(self, action: Action) -> list[LimitReached]:
        """That people have not graded enough verdicts of the class right to let it act by itself."""
        limit = self.limits.grades
        if limit is None:
            return []
        own = [one for one in await self._counts.grades(limit=GRADES) if one.failure_class == action.failure_class]
        right = sum(one.correctness == "right" for one in own)
        least, _ = wilson(right, len(own))
        if 100 * least >= limit.share_right:
            return []
        what = action.failure_class.replace("_", " ")
        count = f"people graded {right} of {len(own)} verdicts of {what} right" if own else f"nobody has graded {what}"
        reason = f"{count}, which shows a share of {whole_percent(least)} % at least and not of {limit.share_right} %"
        return [LimitReached(kind="grades", effect="ask", reason=reason)]

    def _others(self, action: Action, timing: WriteTiming) -> Iterator[LimitReached]:
        limit = self.limits.other_actors
        span = timedelta(minutes=limit.minutes)
        actors = [one for one in action.other_actors if _acts(one, timing, span)]
        if not actors:
            return
        has_waited = timing.since is not None and timing.now - timing.since >= timedelta(minutes=limit.wait_minutes)
        over = max(
            (one.at + span if one.at and one.kind == "field_manager" else timing.now + RECHECK) for one in actors
        )
        words = [AT_WORK[one.kind].format(who=one.who[:80]) + _since(one, timing.now) for one in actors]
        reason = f"somebody else is at work: {'; '.join(dict.fromkeys(words))}"
        yield LimitReached(
            kind="other_actor",
            effect="ask" if has_waited else "wait",
            reason=reason,
            until=max(over, timing.now + RECHECK),
        )


def stricter(decision: PolicyDecision, limits_reached: list[LimitReached]) -> PolicyDecision:
    """The decision as the limits leave it. Where a person is asked, nobody waits for others: the person sees them."""
    if decision.verdict == "deny" or not limits_reached:
        return decision
    if decision.verdict == "approve" or any(limit.effect == "ask" for limit in limits_reached):
        limits_reached = [_asked_instead(one) for one in limits_reached]
    stops = [limit for limit in limits_reached if limit.effect == "stop"]
    asks = [limit for limit in limits_reached if limit.effect == "ask"]
    names = f" ({', '.join(decision.policies)})" if decision.policies else ""
    if stops:
        update = {"verdict": "deny", "reason": _sentence(stops)}
    elif decision.verdict == "allow" and asks:
        people = f"Approval of {decision.approvals} people" if decision.approvals > 1 else "Approval"
        update = {"verdict": "approve", "reason": f"{people} needed: {_reasons(asks)}{names}."}
    else:
        rest = [limit for limit in limits_reached if limit.kind != "level"]
        more = f" {_sentence(rest)}" if rest else ""
        update = {"reason": f"{decision.reason}{more}"}
    return decision.model_copy(update={**update, "limits": limits_reached, "by_policy": decision.verdict})


def _asked_instead(limit: LimitReached) -> LimitReached:
    waits = limit.kind == "other_actor" and limit.effect == "wait"
    return limit.model_copy(update={"effect": "ask"}) if waits else limit


def clock(when: datetime, now: datetime) -> str:
    """`08:00 UTC`, with the day where that is another one."""
    return f"{when:%H:%M} UTC" if when.date() == now.date() else f"{when:%Y-%m-%d %H:%M} UTC"


def _acts(actor: OtherActor, timing: WriteTiming, span: timedelta) -> bool:
    """What came before the incident is what its diagnosis weighed."""
    if actor.at is None:
        return True
    began = timing.began_at is not None and actor.at > timing.began_at
    return began and (actor.kind != "field_manager" or timing.now - actor.at < span)


def _since(actor: OtherActor, now: datetime) -> str:
    how = "at" if actor.kind == "field_manager" else "since"
    return f" {how} {clock(actor.at, now)}" if actor.at is not None else ""


def _reasons(limits: list[LimitReached]) -> str:
    return "; ".join(limit.reason for limit in limits)


def _sentence(limits: list[LimitReached]) -> str:
    text = _reasons(limits)
    return f"{text[:1].upper()}{text[1:]}."
