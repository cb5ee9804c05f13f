"""What policies are told of an action, in the values that Cedar knows: texts, yes or no, whole numbers.

`schema.cedarschema` lists these facts with their types, and policy files are validated against it. A number that nobody
could read counts as more than any limit, so that no policy permits what it cannot know.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sre_agent.domain.action import Action
from sre_agent.domain.percent import whole_percent

LARGEST: Final = 2**63 - 1
UNKNOWN: Final = 1_000_000_000  # in place of a number that could not be read
COUNTS: Final = ("replicas", "nodes", "callers", "instances", "databases", "messages")  # of BlastRadiusFigures
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Facts = dict[str, str | bool | int]


class UnusableError(ValueError):
    """A value of the action is none that can be compared."""


@dataclass(frozen=True)
class Circumstances:
    """When and for whom an action is judged, and what was written before it.

    `requester` is the source of the incident's first signal, `attempts` the writes that the incident has made,
    `last_write_at` the last write on this workload by any incident; None where there was none.
    """

    now: datetime | None = None
    requester: str = ""
    attempts: int = 0
    last_write_at: datetime | None = None

    def facts(self) -> Facts:
        now = self.now.astimezone(UTC) if self.now is not None else None
        since = now - self.last_write_at if now is not None and self.last_write_at is not None else None
        return {
            "requester": self.requester,
            "hour": now.hour if now is not None else -1,
            "weekday": WEEKDAYS[now.weekday()] if now is not None else "",
            "attempts": self.attempts,
            "seconds_since_last_write": max(0, int(since.total_seconds())) if since is not None else UNKNOWN,
        }


def facts_of(action: Action, severity: str, covered_by: str, circumstances: Circumstances) -> Facts:
    """`context` of a request. Numbers are never rounded up. UnusableError for a number that is none."""
    try:
        confidence = whole_percent(action.confidence)
    except ValueError as problem:
        raise UnusableError(f"the confidence of the action cannot be compared: {problem}") from problem
    ran_at = action.template_ran_at.timestamp() if action.template_ran and action.template_ran_at else 0
    facts: Facts = {
        "tool": action.call.tool,
        "server": action.call.server,
        "failure_class": action.failure_class,
        "confidence": confidence,
        "reversible": action.reversible,
        "has_undo": action.undo is not None,
        "severity": severity,
        "covered": bool(covered_by),
        "proposed": action.proposed,
        "template_ran": action.template_ran,
        "template_ran_at": int(ran_at),
        "template_ran_seconds_ago": action.template_ran_seconds_ago if action.template_ran else -1,
        "computed": action.computed,
        **_reach(action),
        **circumstances.facts(),
    }
    for name, value in facts.items():
        if type(value) not in (str, bool, int) or (type(value) is int and abs(value) > LARGEST):
            raise UnusableError(f"{name} is {value!r}, which no policy can compare.")
    return facts


def _reach(action: Action) -> Facts:
    figures = action.figures
    counts = {name: getattr(figures, name) for name in COUNTS}
    share = 100 if figures.ready_share is None else figures.ready_share
    return {"ready_share": share, **{name: UNKNOWN if count is None else count for name, count in counts.items()}}


def resource(action: Action) -> dict[str, str]:
    return {"type": "Target", "id": f"{action.scope}|{action.subject}"}


def entities(action: Action) -> list[dict[str, Any]]:
    labels = action.namespace_health.labels
    attributes = {
        "scope": action.scope,
        "namespace": action.namespace,
        "subject": action.subject,
        "namespace_labels": [f"{key}={value}" for key, value in sorted((labels or {}).items())],
        "namespace_labels_known": labels is not None,
    }
    return [{"uid": resource(action), "attrs": attributes, "parents": []}]
