"""All that was seen, as one picture: observations with the evidence that shows them, relations, and the gaps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property

from mcp_servers.contract.calls import canonical
from mcp_servers.contract.facts import Coverage, Observation, Relation, Subject, SubjectKey
from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis import recency
from sre_agent.domain.base import EvidenceId
from sre_agent.domain.finding import Evidence

WINDOW = ("start", "end")  # arguments that say when and not what
STARTED = frozenset(code for code, entry in OBSERVATIONS.items() if entry.proves_start)
OVER_ONCE_STARTED = frozenset(code for code, entry in OBSERVATIONS.items() if entry.over_once == "started")
OVER_ONCE_READY = frozenset(code for code, entry in OBSERVATIONS.items() if entry.over_once)


@dataclass(frozen=True)
class ObservedFact:
    """An observation, the evidence that shows it, and the source's time when it was read. `period` is the length of the
    metric's periods, where the answer is about metrics."""

    observation: Observation
    evidence: EvidenceId
    as_of: datetime
    period: timedelta | None = field(default=None, compare=False)

    @property
    def code(self) -> str:
        return self.observation.code

    @property
    def subject(self) -> Subject:
        return self.observation.subject


class EvidenceSet:
    """The newest answer of each call counts; an error counts as a gap as long as the call was never answered."""

    def __init__(self, evidence: Sequence[Evidence]) -> None:
        latest: dict[bytes, Evidence] = {}
        for item in sorted(evidence, key=lambda e: e.asked_at):
            key = question(item.tool, item.arguments)
            if item.answer is not None or key not in latest or latest[key].answer is None:
                latest[key] = item
        self.evidence = list(latest.values())
        self.calls = {question(item.tool, item.arguments) for item in evidence}

    @cached_property
    def now(self) -> datetime:
        """The newest time of any source's clock; without any answer the time of the last call."""
        answered = [e.answer.as_of for e in self.evidence if e.answer is not None]
        asked = [e.asked_at for e in self.evidence]
        return max(answered or asked, default=datetime.fromtimestamp(0, UTC))

    @cached_property
    def facts(self) -> list[ObservedFact]:
        """Every observation once, without those that a later fact on the same pod has overtaken."""
        found: dict[str, ObservedFact] = {}
        for item in self.evidence:
            if item.answer is None:
                continue
            for observation in item.answer.observations:
                key = observation.model_dump_json(exclude={"at"})
                known = found.get(key)
                if known is None or known.as_of < item.answer.as_of:
                    found[key] = ObservedFact(observation, item.id, item.answer.as_of, item.period)
        return _not_overtaken(list(found.values()))

    @cached_property
    def relations(self) -> list[Relation]:
        found = {str(r.model_dump()): r for e in self.evidence if e.answer for r in e.answer.relations}
        return list(found.values())

    @cached_property
    def subjects(self) -> dict[SubjectKey, Subject]:
        """Every subject that anything was said about."""
        found = {s.subject.key: s.subject for s in self.facts}
        for relation in self.relations:
            found |= {relation.source.key: relation.source, relation.target.key: relation.target}
        return found

    def with_code(self, *codes: str) -> list[ObservedFact]:
        return [s for code in codes for s in self._by_code.get(code, [])]

    @cached_property
    def _by_code(self) -> dict[str, list[ObservedFact]]:
        found: dict[str, list[ObservedFact]] = {}
        for seen in self.facts:
            found.setdefault(seen.code, []).append(seen)
        return found

    def gaps(self) -> list[tuple[Evidence, Coverage]]:
        """What an answered call did not cover."""
        return [
            (e, c)
            for e in self.evidence
            if e.answer
            for c in e.answer.coverage
            if c.state not in ("complete", "truncated")
        ]

    def failed_calls(self) -> list[Evidence]:
        return [e for e in self.evidence if e.answer is None and not e.mistaken]

    def last_read(self, seen: ObservedFact) -> datetime:
        """When the source was last asked about its subject: what nobody looked at since has not fallen silent."""
        return max(seen.as_of, self._looks.get((self._tools.get(seen.evidence, ""), seen.subject.key), seen.as_of))

    @cached_property
    def _tools(self) -> dict[EvidenceId, str]:
        return {item.id: item.tool for item in self.evidence}

    @cached_property
    def _looks(self) -> dict[tuple[str, SubjectKey], datetime]:
        """The newest answer of each tool that says anything about a subject."""
        found: dict[tuple[str, SubjectKey], datetime] = {}
        for item in self.evidence:
            if item.answer is None:
                continue
            for observation in item.answer.observations:
                key = (item.tool, observation.subject.key)
                found[key] = max(item.answer.as_of, found.get(key, item.answer.as_of))
        return found

    def current(self, seen: ObservedFact) -> bool:
        """Whether it says that something is wrong now, as far as it and what is known of its pod can tell."""
        now = self.last_read(seen)
        if seen.code in recency.ABNORMAL or seen.code in recency.STATES:
            return True
        if seen.code in recency.REPORTS:
            if self._of_present_trouble(seen):
                return True
            return recency.recent(seen.observation, now) and not recency.fell_silent(seen.observation, now)
        if seen.code not in recency.PAST or seen.observation.attributes.get(OBSERVATIONS[seen.code].over_since):
            return False
        if seen.subject.key in self._troubled:
            return True
        restarts = recency.number(seen.observation.attributes.get("restarts"))
        if not OBSERVATIONS[seen.code].runs_again and seen.subject.key not in self._ready:
            return recency.recent(seen.observation, now)
        return restarts >= recency.FLAPPING and bool(seen.observation.at) and recency.recent(seen.observation, now)

    def _of_present_trouble(self, seen: ObservedFact) -> bool:
        """Whether an event belongs to a state of its pod that still stands: the kubelet's spam filter holds back later
        events, so their age says nothing while the pod is as it was."""
        since, last = self._troubled_since.get(seen.subject.key), recency.last_seen(seen.observation)
        if seen.code in recency.FROM_LOGS or since is None or last is None:
            return False
        return last >= since - recency.STATE_TURNS

    @cached_property
    def _troubled_since(self) -> dict[SubjectKey, datetime]:
        """Since when each pod is in the state in which it is, as far as its facts say."""
        found: dict[SubjectKey, datetime] = {}
        for seen in self.facts:
            if seen.subject.kind == "Pod" and seen.code in recency.ABNORMAL and seen.observation.at is not None:
                found[seen.subject.key] = min(seen.observation.at, found.get(seen.subject.key, seen.observation.at))
        return found

    @cached_property
    def _ready(self) -> set[SubjectKey]:
        return {s.subject.key for s in self.with_code(*recency.READY)}

    @cached_property
    def _troubled(self) -> set[SubjectKey]:
        """Pods of which something is wrong at this moment."""
        return {s.subject.key for s in self.facts if s.subject.kind == "Pod" and s.code in recency.ABNORMAL}


def question(tool: str, arguments: dict[str, object]) -> bytes:
    """What a call asks, whatever window it looks at."""
    return canonical(tool, {name: value for name, value in arguments.items() if name not in WINDOW})


def _not_overtaken(seen: Iterable[ObservedFact]) -> list[ObservedFact]:
    """A pod that serves has mounted its volumes and pulled its images, whatever an old event says."""
    every = list(seen)
    ready = {s.subject.key: s.as_of for s in every if s.code in recency.READY}
    started = {s.subject.key for s in every if s.code in STARTED}
    return [
        s
        for s in every
        if not (
            s.code in OVER_ONCE_READY and s.subject.key in ready and not _ended_while_ready(s, ready[s.subject.key])
        )
        and not (s.code in OVER_ONCE_STARTED and s.subject.key in started)
    ]


def _ended_while_ready(seen: ObservedFact, as_of: datetime) -> bool:
    """Whether a probe ends the container over and over: between two ends it is ready all the same."""
    probe = seen.observation.attributes.get("probe")
    return seen.code == "container.probe_failing" and probe in ("liveness", "startup") and seen.as_of >= as_of
