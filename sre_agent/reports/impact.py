"""Who is affected, since when and how much: by what the metrics, the Services and the alarms show.

Severity follows from it where no signal tells one:

- SEV1: requests fail, and nothing of what they need serves.
- SEV2: requests fail, or nothing serves, or two or more callers need what is broken.
- SEV3: something is broken and none of that is seen.
- SEV4: nothing is wrong, or it was over before anything was done.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from mcp_servers.contract.facts import Observation
from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis import recency
from sre_agent.diagnosis.evidence_set import ObservedFact
from sre_agent.domain.base import Severity
from sre_agent.reports.facts import Line, ReportFacts, group_facts
from sre_agent.reports.words import began, sentence_about

UNKNOWN: Final = "No user-facing metric was found, so how many requests failed is not known."
REQUESTS_FAIL: Final = tuple(code for code, entry in OBSERVATIONS.items() if entry.felt_by_users == "requests_fail")
SERVES_LESS: Final = tuple(
    code for code, entry in OBSERVATIONS.items() if entry.felt_by_users in ("nobody_served", "fewer_serve")
)
OFF_LEVEL: Final = tuple(code for code, entry in OBSERVATIONS.items() if entry.off_level)
_FAILED = re.compile(r"5\d\d|5xx|error|fault|fail|reject|refus|throttl|unhealthy_?host|drop", re.I)
_FELT = re.compile(r"latency|duration|response_?time|request_?time|request_?count|requests_total", re.I)


@dataclass(frozen=True)
class Impact:
    """`fails` and `nothing_serves` are seen, not guessed; `unknown` says what no metric tells."""

    lines: list[Line] = field(default_factory=list)
    fails: bool = False
    nothing_serves: bool = False
    callers: int = 0
    unknown: str = ""

    def severity(self, *, over: bool) -> tuple[Severity, str]:
        """The severity and the rule that it follows from. `over`: nothing is wrong, and nobody did anything."""
        if over:
            return "SEV4", "nothing is wrong now"
        if self.fails and self.nothing_serves:
            return "SEV1", "requests fail and nothing serves them"
        if self.fails:
            return "SEV2", "requests fail"
        if self.nothing_serves:
            return "SEV2", "nothing serves"
        if self.callers > 1:
            return "SEV2", "several callers need what is broken"
        return "SEV3", "neither failing requests nor a full outage was seen"


def impact(facts: ReportFacts) -> Impact:
    """Of a run that found nothing wrong: nothing."""
    if facts.diagnosis.verdict == "no_fault":
        return Impact()
    failing = [
        *(s for s in facts.observed_near(*OFF_LEVEL) if _FAILED.search(_metric(s))),
        *facts.observed_near(*REQUESTS_FAIL),
    ]
    users = [*failing, *(s for s in facts.observed_near(*OFF_LEVEL) if s not in failing and _FELT.search(_metric(s)))]
    less = facts.observed_near(*SERVES_LESS)
    out = [observed_fact for observed_fact in less if serves_nobody(observed_fact.observation)]
    part = [observed_fact for observed_fact in less if observed_fact not in out]
    alarms = facts.observed_near(*recency.ALARM_FIRING)
    lines = [*_since([*users, *out, *part, *alarms], facts)]
    for group in group_facts([*users, *out, *part, *alarms, *_over(facts)]):
        lines.append((f"{sentence_about(group, facts.day, _per(group[0]))}.", [s.evidence for s in group]))
    lines += _callers(facts)
    return Impact(
        lines=lines,
        fails=bool(failing) or any(_FAILED.search(_metric(alarm)) for alarm in alarms),
        nothing_serves=bool(out),
        callers=len(facts.callers),
        unknown="" if users else UNKNOWN,
    )


def _metric(observed_fact: ObservedFact) -> str:
    return str(observed_fact.observation.attributes.get("metric", ""))


def serves_nobody(observation: Observation) -> bool:
    """Whether nothing is left that serves: of what counts its ready replicas, none is."""
    if OBSERVATIONS[observation.code].felt_by_users == "nobody_served":
        return True
    ready = observation.attributes.get("ready")
    return ready is not None and not recency.number(ready)


def _since(observed_facts: list[ObservedFact], facts: ReportFacts) -> Iterator[Line]:
    """From the first time that any of it carries; a level that changed says when by its onset."""
    times: list[tuple[datetime, str, ObservedFact]] = []
    for observed_fact in observed_facts:
        when = recency.instant(observed_fact.observation.attributes.get("onset")) or recency.first_seen(
            observed_fact.observation
        )
        if when is not None:
            times.append((when, observed_fact.evidence, observed_fact))
    if times:
        when, evidence, first = min(times, key=lambda one: one[0])
        since = began(when, first, facts.day)
        yield f"Affected since {since}; first seen on {first.subject.short}.", [evidence]


def _over(facts: ReportFacts) -> list[ObservedFact]:
    """The alarms that are off now, where they were on before."""
    was = {
        observed_fact.observation.attributes.get("alarm")
        for observed_fact in facts.observed_near(*recency.ALARM_FIRING)
    }
    off = [*facts.after.with_code(*recency.ALARM_OK), *facts.observed_near(*recency.ALARM_OK)]
    over = facts.diagnosis.verdict == "recovered"
    return [observed_fact for observed_fact in off if observed_fact.observation.attributes.get("alarm") in was or over][
        :1
    ]


def _callers(facts: ReportFacts) -> Iterator[Line]:
    if facts.cause is None:
        return
    for caller in facts.callers:
        logs = [s for s in facts.evidence_set.facts if s.subject.key in facts.near and s.code in recency.FROM_LOGS]
        about = [s for s in logs if facts.topology.subjects[facts.topology.workload(s.subject.key)].short == caller]
        shows: Sequence[str] = [s.evidence for s in about[:1]] or _showing(caller, facts)
        yield f"{caller} needs {facts.cause.subject.short}.", shows


def _showing(caller: str, facts: ReportFacts) -> Sequence[str]:
    """The calls whose answers say that it calls something."""
    return [
        item.id
        for item in facts.evidence_set.evidence
        for relation in (item.answer.relations if item.answer else [])
        if relation.kind == "calls" and facts.topology.workload(relation.source.key)[1:] == _key(caller)
    ][:1]


def _key(short: str) -> tuple[str, str, str]:
    kind, *rest = short.split("/")
    return (kind, rest[0], rest[1]) if len(rest) == 2 else (kind, "", rest[0])


def _per(observed_fact: ObservedFact) -> str:
    """The period of a sum, without which its height says nothing."""
    is_sum = observed_fact.observation.attributes.get("statistic") in ("Sum", "SampleCount")
    return f" (per {observed_fact.period.total_seconds():g} s)" if is_sum and observed_fact.period else ""
