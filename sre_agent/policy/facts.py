"""What policies are told of an action, in the values that Cedar knows: texts, yes or no, whole numbers."""

from __future__ import annotations

from typing import Any, Final

from sre_agent.domain.action import Action
from sre_agent.domain.percent import whole_percent

LARGEST: Final = 2**63 - 1


class UnusableError(ValueError):
    """A value of the action is none that can be compared."""


def facts_of(action: Action, severity: str, covered_by: str) -> dict[str, Any]:
    """`context` of a request. Numbers are never rounded up. UnusableError for a number that is none."""
    try:
        confidence = whole_percent(action.confidence)
    except ValueError as problem:
        raise UnusableError(f"the confidence of the action cannot be compared: {problem}") from problem
    ran_at = action.template_ran_at.timestamp() if action.template_ran and action.template_ran_at else 0
    facts = {
        "tool": action.call.tool,
        "server": action.call.server,
        "failure_class": action.failure_class,
        "confidence": confidence,  # per cent, 0 to 100
        "reversible": action.reversible,
        "has_undo": action.undo is not None,
        "severity": severity,
        "covered": bool(covered_by),
        "proposed": action.proposed,
        "template_ran": action.template_ran,
        "template_ran_at": int(ran_at),  # seconds since 1970, 0 where it never did
        "template_ran_seconds_ago": action.template_ran_seconds_ago if action.template_ran else -1,
    }
    for name, value in facts.items():
        if type(value) not in (str, bool, int) or (type(value) is int and abs(value) > LARGEST):
            raise UnusableError(f"{name} is {value!r}, which no policy can compare.")
    return facts


def resource(action: Action) -> dict[str, str]:
    return {"type": "Target", "id": f"{action.scope}|{action.subject}"}


def entities(action: Action) -> list[dict[str, Any]]:
    attributes = {"scope": action.scope, "namespace": action.namespace, "subject": action.subject}
    return [{"uid": resource(action), "attrs": attributes, "parents": []}]
