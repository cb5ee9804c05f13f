"""A trouble of a sweep as a signal: from here on it goes the way of every alarm, under the same policy."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sre_agent.domain.base import Severity
from sre_agent.domain.incident import Incident
from sre_agent.domain.signal import AlarmRef, Hint, Signal, fingerprint
from sre_agent.domain.sweep import Sweep, Trouble

SOURCE: Final = "sweep"
TITLE: Final = 160  # characters


def signals_of(sweep: Sweep, least: Severity, received_at: datetime) -> dict[str, Signal]:
    """By the key of their trouble: for each of at least this severity that no incident is known for. What is only a
    risk has nothing that an incident could find wrong."""
    return {
        trouble.key: _signal(trouble, sweep, received_at)
        for trouble in sweep.troubles
        if trouble.severity <= least and not trouble.incident and trouble.verdict != "risk"
    }


def incident_of(trouble: Trouble, incidents: list[Incident]) -> str:
    """An open incident that somebody else opened for the same trouble: about what it touches, or by an alarm that is
    one of its symptoms. Empty where there is none."""
    alarms = {short.rpartition("/")[2] for short in trouble.touches if short.startswith("Alarm/")}
    for incident in incidents:
        subjects = {subject.short for subject in incident.subjects}
        names = {signal.alarm.name for signal in incident.signals if signal.alarm is not None}
        if subjects & trouble.touches or names & alarms:
            return incident.id
    return ""


def _signal(trouble: Trouble, sweep: Sweep, received_at: datetime) -> Signal:
    subject = trouble.subject
    return Signal(
        id=fingerprint(sweep.id, trouble.key),
        source="sweep",
        title=trouble.statement[:TITLE],
        description=trouble.statement if len(trouble.statement) > TITLE else "",
        severity=trouble.severity,
        started_at=trouble.since,
        received_at=received_at,
        cluster=sweep.cluster,
        alarm=_alarm(trouble) if trouble.verdict == "alarm" else None,
        hints=[]
        if trouble.verdict == "alarm"
        else [Hint(kind=subject.kind, namespace=subject.namespace, name=subject.name, said_in=SOURCE)],
        fingerprint=fingerprint(SOURCE, trouble.key),
    )


def _alarm(trouble: Trouble) -> AlarmRef:
    """CloudWatch's alarms are in an account and region, Prometheus' in a cluster."""
    account, slash, _ = trouble.subject.scope.partition("/")
    kept_by_cloudwatch = bool(slash) and account.isdecimal()
    return AlarmRef(name=trouble.subject.name, kept_by="cloudwatch" if kept_by_cloudwatch else "prometheus")
