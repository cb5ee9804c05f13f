"""What limits around all incidents count: writes that were permitted, and remedies that did or did not help."""

from __future__ import annotations

from datetime import datetime

from sre_agent.domain.base import IncidentId, Noun


class PermittedWrite(Noun):
    """One permit that was issued. `key` is the same when the same step of the same run comes to it again; `workload` is
    the scope and the subject (`Action.workload`)."""

    key: str
    incident: IncidentId
    workload: str
    at: datetime
    is_undo: bool = False


class RemedyResult(Noun):
    """Whether a remedy for a failure class was verified to help a workload. `key` as that of a `PermittedWrite`."""

    key: str
    failure_class: str
    workload: str
    helped: bool
    at: datetime


class BreakerCount(Noun):
    """Failed verifications in a row of a failure class on a workload, and when the last one was."""

    failure_class: str
    workload: str
    failures: int
    last_at: datetime
