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
    subjects = {
        subject.short: subject
        for item in evidence
        for relation in (item.answer.relations if item.answer else [])
        for subject in (relation.source, relation.target)
    }
    symptoms: dict[str, list[Trouble]] = {}
    others: list[Trouble] = []
    for alarm in alarms:
        things = {short for target in alarm.watches for short in _shorts(subjects.get(target), target, evidence, root)}
        about = next((one for one in troubles if any(_means(a, b) for a in things for b in one.touches)), None)
        if about is None:
            others.append(alarm)
        else:
            symptoms.setdefault(about.key, []).append(alarm)
    return [*(_with(trouble, symptoms.get(trouble.key, ())) for trouble in troubles), *others]


def _shorts(target: Subject | None, short: str, evidence: Sequence[Evidence], root: Root) -> set[str]:
    """What an alarm watches, and the workload that it belongs to."""
    return {short} if target is None else {short, root(target, evidence).short}


def _means(name: str, short: str) -> bool:
    """Whether a name, of a kind and in a namespace or without, is that of the subject `short`. A name without a
    namespace is any of that name: an alarm that says no more than `pricing` is about what is called so."""
    if name == short:
        return True
    *kind, bare = name.split("/")
    of, *_, last = short.split("/")
    return len(kind) < 2 and bare == last and short.count("/") == 2 and (not kind or kind[0] in (of, "Service"))


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
