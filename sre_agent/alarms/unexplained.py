"""A grouped alarm is never lost: what its incident ends without explaining is investigated by itself.

What explains an alarm is that the incident looked at the thing it names, or found the cause in what that thing needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mcp_servers.contract.facts import Subject, SubjectKey
from sre_agent.alarms.intake import AlarmIntake
from sre_agent.alarms.links import key_of, there, variants
from sre_agent.diagnosis.evidence_set import EvidenceSet
from sre_agent.diagnosis.topology import Topology
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import Report
from sre_agent.store import Store


class UnexplainedAlarms:
    """Called before an incident ends, so that a process that dies in between does it again; alarms that have an
    incident of their own by then keep it."""

    def __init__(self, store: Store, alarms: AlarmIntake) -> None:
        self._store, self._alarms = store, alarms

    async def __call__(self, incident: Incident, report: Report | None) -> None:
        """Also keeps what was seen to call what: the next storm is sorted by it."""
        topology = Topology(EvidenceSet(await self._store.ledger(incident.id)))
        calls = [(one, two) for one, two in (there(pair, incident.place) for pair in _calls(topology))]
        if calls and report is not None:
            await self._store.keep_dependencies(calls, report.ended_at)
        grouped = [signal for signal, group_key in await self._store.firing(incident.id) if group_key]
        if not grouped:
            return
        explained_keys = _explained_keys(incident, report, topology)
        left = [one for one in grouped if not explained_keys & set(self._alarms.links(one).lookup)]
        if left:
            await self._alarms.leave(incident.id, left)


def _explained_keys(incident: Incident, report: Report | None, topology: Topology) -> set[str]:
    """Keys of what was looked at, and of what calls something that a cause was found in."""
    current = [topology.resolve(subject).key for subject in _subjects(incident, report)]
    keys = {key for one in current for key in topology.workload_tree(one)}
    causes = [topology.resolve(one).key for one in _causes(report)]
    for cause in causes:
        family = topology.workload_tree(cause)
        keys |= family | topology.callers(family) | topology.backward(family, "runs_on")
    alarms = {f"alarm {one.name}" for one in keys if one.kind == "Alarm"}
    workloads = {key for one in keys | _roots(keys, topology) for key in variants(key_of(one))}
    return set(there(alarms | workloads, incident.place))


def _roots(keys: Iterable[SubjectKey], topology: Topology) -> set[SubjectKey]:
    return {topology.workload(key) for key in keys}


def _subjects(incident: Incident, report: Report | None) -> Iterator[Subject]:
    yield from incident.subjects
    yield from _causes(report)


def _causes(report: Report | None) -> list[Subject]:
    return [cause.subject for cause in report.diagnosis.causes] if report is not None else []


def _calls(topology: Topology) -> Iterator[tuple[str, str]]:
    """Who calls whom, by the keys of alarms: workloads, and the Services before them."""
    for subject in topology.subjects.values():
        family = {subject.key}
        for other in topology.callees(family):
            one, two = key_of(topology.workload(subject.key)), key_of(topology.workload(other))
            if one != two and subject.kind != "Alarm":
                yield one, two
