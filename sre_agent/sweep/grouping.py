"""An alarm about something that is in trouble is a symptom of that trouble, and no trouble of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mcp_servers.contract.facts import Subject
from sre_agent.domain.finding import Evidence
from sre_agent.domain.sweep import Trouble

Root = Callable[[Subject, Sequence[Evidence]], Subject]


def grouped_alarms(
    troubles: Sequence[Trouble], alarms: Sequence[Trouble], evidence: Sequence[Evidence], root: Root
) -> list[Trouble]:
    """The troubles with the alarms that they explain, and the alarms that none of them does."""
    targets = {
        relation.target.short: relation.target
        for item in evidence
        for relation in (item.answer.relations if item.answer else [])
        if relation.kind == "watches"
    }
    explained: dict[str, list[Trouble]] = {}
    left: list[Trouble] = []
    for alarm in alarms:
        watched = {short for target in alarm.watches for short in _shorts(targets.get(target), target, evidence, root)}
        about = next((one for one in troubles if watched & one.touches), None)
        explained.setdefault(about.key, []).append(alarm) if about is not None else left.append(alarm)
    return [*(_with(trouble, explained.get(trouble.key, ())) for trouble in troubles), *left]


def _shorts(target: Subject | None, short: str, evidence: Sequence[Evidence], root: Root) -> set[str]:
    """What an alarm watches, and the workload that it belongs to."""
    return {short} if target is None else {short, root(target, evidence).short}


def _with(trouble: Trouble, alarms: Sequence[Trouble]) -> Trouble:
    if not alarms:
        return trouble
    return trouble.model_copy(
        update={
            "symptoms": [*trouble.symptoms, *(f"firing {alarm.subject.short}" for alarm in alarms)],
            "evidence": list(dict.fromkeys([*trouble.evidence, *(one for alarm in alarms for one in alarm.evidence)])),
            "severity": min(trouble.severity, *(alarm.severity for alarm in alarms)),
        }
    )
