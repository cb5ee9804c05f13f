"""Which alarms are firing, in CloudWatch, Prometheus and Alertmanager. Without them nothing is called healthy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from mcp_servers.contract.facts import Observation, SubjectKey
from sre_agent.diagnosis import recency
from sre_agent.domain.base import Severity
from sre_agent.domain.finding import Evidence
from sre_agent.domain.series_labels import series_labels
from sre_agent.domain.severity_words import severity_of
from sre_agent.domain.signal import AlarmRef, Signal, Source
from sre_agent.domain.sweep import Trouble
from sre_agent.entities import EntityMap, tiers
from sre_agent.sweep.checks.contract import CheckOutcome, SweepCheck, SweepScope, is_absent, outcome

NAME: Final = "alarms"
SUPPRESSING: Final = "suppressed"  # the state of an alert of which the Alertmanager tells nobody
UNREAD: Final = "Alarms: none could be read. Without them, nothing can be called healthy"


async def _run(scope: SweepScope) -> CheckOutcome:
    calls = [await scope.ask("cloudwatch", "list_alarms", {"state": "ALARM"})]
    if "prometheus" in scope.servers:
        calls.append(await scope.ask("prometheus", "prometheus_alerts", {}))
    if "alertmanager_alerts" in scope.tools:
        calls.append(await scope.ask("prometheus", "alertmanager_alerts", {}))
    alarms = [alarm for alarm in _troubles(scope, calls) if not alarm.namespaces or scope.covers(*alarm.namespaces)]
    result = outcome(alarms, calls)
    missing = [*result.gaps, *_count_gaps(calls)]
    if all(call.answer is None for call in calls):
        missing += [f"{UNREAD}. {call.error}" for call in calls if is_absent(call)]
    return CheckOutcome(result.troubles, calls, missing)


def _count_gaps(calls: Sequence[Evidence]) -> list[str]:
    """Alarms that a source counts as firing and does not tell one by one."""
    gaps = []
    for call in calls:
        if call.answer is None or not isinstance(count := call.answer.data.get("firing"), int):
            continue
        shown_count = sum(one.code in recency.ALARM_FIRING for one in call.answer.observations)
        if count > shown_count:
            gaps.append(f"{count - shown_count} more firing alarms of {call.server}. One answer lists {shown_count}")
    return gaps


def _troubles(scope: SweepScope, calls: Sequence[Evidence]) -> list[Trouble]:
    """One for each alarm: an alert that several series raise is one, and so is one that two sources tell of."""
    groups: dict[tuple[str, str], list[tuple[Observation, Evidence]]] = defaultdict(list)
    for call in calls:
        for observation in call.answer.observations if call.answer else []:
            if observation.code in recency.ALARM_FIRING:
                groups[observation.subject.namespace, observation.subject.name].append((observation, call))
    targets, quiet = _watches(scope, calls), _quiet(calls)
    return [_trouble(group, targets, quiet) for group in groups.values()]


def _trouble(
    group: Sequence[tuple[Observation, Evidence]], targets: Mapping[SubjectKey, list[str]], quiet: Mapping[str, str]
) -> Trouble:
    first = min((one for one, _ in group), key=lambda one: str(one.at or "~"))
    source = first.subject
    watches = list(dict.fromkeys(target for one, _ in group for target in targets.get(one.subject.key, ())))
    labels = [severity_of(str(one.attributes.get("severity", ""))) for one, _ in group]
    severity: Severity = min((label for label in labels if label is not None), default="SEV3")
    about = f" It watches {', '.join(watches)}." if watches else ""
    says = f": {first.excerpt.rstrip('.')}" if first.excerpt else ""
    why_quiet = quiet.get(source.name, "")
    silence = f" It notifies nobody: {why_quiet}." if why_quiet else ""
    return Trouble(
        verdict="alarm",
        check=NAME,
        severity="SEV4" if why_quiet else severity,
        subject=source,
        statement=f"Alarm {source.name} is firing{says}.{about}{silence}",
        watches=watches,
        since=first.at,
        evidence=list(dict.fromkeys(call.id for _, call in group)),
    )


def _watches(scope: SweepScope, calls: Sequence[Evidence]) -> dict[SubjectKey, list[str]]:
    """What each alarm is about: as its source relates it, else by the names that its labels or dimensions carry."""
    targets: dict[SubjectKey, list[str]] = defaultdict(list)
    for call in calls:
        for relation in call.answer.relations if call.answer else []:
            if relation.kind == "watches":
                targets[relation.source.key].append(relation.target.short)
    by_name: dict[SubjectKey, list[str]] = defaultdict(list)
    for call in calls:
        for row in call.answer.data.get("alarms", []) if call.answer and call.tool == "list_alarms" else []:
            key = SubjectKey(_scope(call), "Alarm", "", str(row["name"]))
            ref = AlarmRef(name=key.name, kept_by="cloudwatch", dimensions=row.get("dimensions", {}))
            by_name[key] += _names_in("cloudwatch", key.name, scope.now, alarm=ref)
        for one in call.answer.observations if call.answer and call.server == "prometheus" else []:
            labels = series_labels(str(one.attributes.get("metric", "")))
            by_name[one.subject.key] += _names_in("alertmanager", one.subject.name, scope.now, labels=labels)
    return {**by_name, **targets}


def _scope(call: Evidence) -> str:
    return next((one.subject.scope for one in call.answer.observations if call.answer), "") if call.answer else ""


def _names_in(source: Source, name: str, now: datetime, **fields: Any) -> list[str]:
    """What the fields of an alarm's signal name, by the conventions that hold for the alarms of incidents."""
    signal = Signal(id=name, source=source, title=name, received_at=now, fingerprint=name, **fields)
    return [one.short for one in tiers(signal, EntityMap())[0]]


def _quiet(calls: Sequence[Evidence]) -> dict[str, str]:
    """Why the Alertmanager calls nobody, by the name of alerts all of which are silenced or inhibited."""
    states: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for call in calls:
        rows = call.answer.data.get("alerts", []) if call.answer and call.tool == "alertmanager_alerts" else []
        for row in rows:
            states[str(row.get("name", ""))].append((str(row.get("state", "")), str(row.get("quiet_because", ""))))
    return {name: of[0][1] or SUPPRESSING for name, of in states.items() if all(one == SUPPRESSING for one, _ in of)}


CHECK: Final = SweepCheck(
    name=NAME,
    title="firing alarms of CloudWatch, Prometheus and Alertmanager",
    permission="cloudwatch:DescribeAlarms; read access to /api/v1/alerts and /api/v2/alerts",
    run=_run,
)
