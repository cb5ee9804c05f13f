"""How bad a trouble is, by the rule that incidents follow: what users feel of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from mcp_servers.contract.facts import Observation
from sre_agent.domain.base import Severity
from sre_agent.domain.finding import Evidence
from sre_agent.reports.impact import REQUESTS_FAIL, SERVES_LESS, Impact, serves_nobody


def severity_of_trouble(places: Collection[str], evidence: Sequence[Evidence]) -> Severity:
    """Of what touches these subjects, each as people write it (`Kind/namespace/name`)."""
    mine = [one for one in _observations(evidence) if one.subject.short in places]
    callers = {
        relation.source.short
        for item in evidence
        for relation in (item.answer.relations if item.answer else [])
        if relation.kind == "calls" and relation.target.short in places and relation.source.short not in places
    }
    severity, _ = Impact(
        fails=any(one.code in REQUESTS_FAIL for one in mine),
        nothing_serves=any(one.code in SERVES_LESS and serves_nobody(one) for one in mine),
        callers=len(callers),
    ).severity(over=False)
    return severity


def _observations(evidence: Sequence[Evidence]) -> Iterator[Observation]:
    for item in evidence:
        if item.answer is not None:
            yield from item.answer.observations
