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
from sre_agent.language.quantities import quantity_of

OUTCOMES = ("errors", "latency", "availability")  # of requests
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
        answer_times = [e.answer.as_of for e in self.evidence if e.answer is not None]
        question_times = [e.asked_at for e in self.evidence]
        return max(answer_times or question_times, default=datetime.fromtimestamp(0, UTC))

    @cached_property
    def facts(self) -> list[ObservedFact]:
        """Every observation once, without those that a later fact on the same pod has overtaken."""
        by_key: dict[str, ObservedFact] = {}
        for item in self.evidence:
            if item.answer is None:
                continue
            for observation in item.answer.observations:
                key = observation.model_dump_json(exclude={"at"})
                observed_fact = by_key.get(key)
                if observed_fact is None or observed_fact.as_of < item.answer.as_of:
                    by_key[key] = ObservedFact(observation, item.id, item.answer.as_of, item.period)
        return _not_overtaken(list(by_key.values()))

    @cached_property
    def relations(self) -> list[Relation]:
        unique = {str(r.model_dump()): r for e in self.evidence if e.answer for r in e.answer.relations}
        return list(unique.values())

    @cached_property
    def subjects(self) -> dict[SubjectKey, Subject]:
        """Every subject that anything was said about."""
        subjects = {s.subject.key: s.subject for s in self.facts}
        for relation in self.relations:
            subjects |= {relation.source.key: relation.source, relation.target.key: relation.target}
        return subjects

    def with_code(self, *codes: str) -> list[ObservedFact]:
        return [s for code in codes for s in self._by_code.get(code, [])]

    @cached_property
    def _by_code(self) -> dict[str, list[ObservedFact]]:
        by_code: dict[str, list[ObservedFact]] = {}
        for fact in self.facts:
            by_code.setdefault(fact.code, []).append(fact)
        return by_code

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

    def last_read(self, observed_fact: ObservedFact) -> datetime:
        """When the source was last asked about its subject: what nobody looked at since has not fallen silent."""
        return max(
            observed_fact.as_of,
            self._looks.get(
                (self._tools.get(observed_fact.evidence, ""), observed_fact.subject.key), observed_fact.as_of
            ),
        )

    @cached_property
    def _tools(self) -> dict[EvidenceId, str]:
        return {item.id: item.tool for item in self.evidence}

    @cached_property
    def _looks(self) -> dict[tuple[str, SubjectKey], datetime]:
        """The newest answer of each tool that says anything about a subject."""
        newest: dict[tuple[str, SubjectKey], datetime] = {}
        for item in self.evidence:
            if item.answer is None:
                continue
            for observation in item.answer.observations:
                key = (item.tool, observation.subject.key)
                newest[key] = max(item.answer.as_of, newest.get(key, item.answer.as_of))
        return newest

    def current(self, observed_fact: ObservedFact) -> bool:
        """Whether it says that something is wrong now, as far as it and what is known of its pod can tell."""
        now = self.last_read(observed_fact)
        if observed_fact.code in recency.ABNORMAL or observed_fact.code in recency.STATES:
            return True
        if observed_fact.code in recency.REPORTS:
            if self._of_present_trouble(observed_fact):
                return True
            if observed_fact.code in recency.FROM_LOGS and self._ended_before_requests_recovered(observed_fact):
                return False
            return recency.recent(observed_fact.observation, now) and not recency.fell_silent(
                observed_fact.observation, now
            )
        if observed_fact.code not in recency.PAST or observed_fact.observation.attributes.get(
            OBSERVATIONS[observed_fact.code].over_since
        ):
            return False
        if observed_fact.subject.key in self._troubled_pods:
            return True
        restarts = recency.number(observed_fact.observation.attributes.get("restarts"))
        if not OBSERVATIONS[observed_fact.code].runs_again and observed_fact.subject.key not in self._ready:
            return recency.recent(observed_fact.observation, now)
        return (
            restarts >= recency.FLAPPING
            and bool(observed_fact.observation.at)
            and recency.recent(observed_fact.observation, now)
        )

    def _of_present_trouble(self, observed_fact: ObservedFact) -> bool:
        """Whether an event belongs to a state of its pod that still stands: the kubelet's spam filter holds back later
        events, so their age says nothing while the pod is as it was."""
        since, last = self._troubled_since.get(observed_fact.subject.key), recency.last_seen(observed_fact.observation)
        if observed_fact.code in recency.FROM_LOGS or since is None or last is None:
            return False
        return last >= since - recency.STATE_TURNS

    def _ended_before_requests_recovered(self, observed_fact: ObservedFact) -> bool:
        """Whether a log last said it before the requests whose failures or delays were measured went well again."""
        last = recency.last_seen(observed_fact.observation)
        return last is not None and self._recovered_at is not None and last <= self._recovered_at

    @cached_property
    def _recovered_at(self) -> datetime | None:
        of_requests = [fact for fact in self.facts if _is_measured_of_requests(fact)]
        if any(fact.code in recency.ABNORMAL for fact in of_requests):
            return None
        times = [recency.instant(fact.observation.attributes.get("recovered")) for fact in of_requests]
        return max((at for at in times if at is not None), default=None)

    @cached_property
    def _troubled_since(self) -> dict[SubjectKey, datetime]:
        """Since when each pod is in the state in which it is, as far as its facts say."""
        troubled_since: dict[SubjectKey, datetime] = {}
        for fact in self.facts:
            if fact.subject.kind == "Pod" and fact.code in recency.ABNORMAL and fact.observation.at is not None:
                troubled_since[fact.subject.key] = min(
                    fact.observation.at, troubled_since.get(fact.subject.key, fact.observation.at)
                )
        return troubled_since

    @cached_property
    def _ready(self) -> set[SubjectKey]:
        return {s.subject.key for s in self.with_code(*recency.READY)}

    @cached_property
    def _troubled_pods(self) -> set[SubjectKey]:
        """Pods of which something is wrong at this moment."""
        return {s.subject.key for s in self.facts if s.subject.kind == "Pod" and s.code in recency.ABNORMAL}


def question(tool: str, arguments: dict[str, object]) -> bytes:
    """What a call asks, whatever window it looks at."""
    return canonical(tool, {name: value for name, value in arguments.items() if name not in WINDOW})


def _not_overtaken(observed_facts: Iterable[ObservedFact]) -> list[ObservedFact]:
    """A pod that serves has mounted its volumes and pulled its images, whatever an old event says."""
    every = list(observed_facts)
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


def _ended_while_ready(observed_fact: ObservedFact, as_of: datetime) -> bool:
    """Whether a probe ends the container over and over: between two ends it is ready all the same."""
    probe = observed_fact.observation.attributes.get("probe")
    return (
        observed_fact.code == "container.probe_failing"
        and probe in ("liveness", "startup")
        and observed_fact.as_of >= as_of
    )


def _is_measured_of_requests(fact: ObservedFact) -> bool:
    """Whether a metric of failing or slow requests shows it; how many there are says nothing of how they end."""
    metric = str(fact.observation.attributes.get(OBSERVATIONS[fact.code].metric_in or "", ""))
    return bool(metric.split()) and quantity_of(metric.split()[-1]) in OUTCOMES
