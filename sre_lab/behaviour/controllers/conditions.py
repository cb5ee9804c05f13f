"""Conditions of workloads, changed the way the controllers do: times move only when something really changed."""

from __future__ import annotations

from sre_lab.clock import rfc3339
from sre_lab.objects.store import Obj


def find(status: Obj, name: str) -> Obj | None:
    for condition in status.get("conditions") or []:
        if condition.get("type") == name:
            return dict(condition)
    return None


def condition(name: str, status: str, reason: str, message: str, now: float) -> Obj:
    at = rfc3339(now)
    return {
        "type": name,
        "status": status,
        "lastUpdateTime": at,
        "lastTransitionTime": at,
        "reason": reason,
        "message": message,
    }


def set_condition(status: Obj, new: Obj) -> None:
    """Set a condition; the same status and reason change nothing, the same status keeps lastTransitionTime."""
    old = find(status, new["type"])
    if old is not None and old["status"] == new["status"] and old.get("reason") == new["reason"]:
        return
    if old is not None and old["status"] == new["status"]:
        new = {**new, "lastTransitionTime": old.get("lastTransitionTime", new["lastTransitionTime"])}
    replace(status, new)


def replace(status: Obj, new: Obj) -> None:
    """Set a condition whatever was there; it moves to the end of the list."""
    drop(status, new["type"])
    status.setdefault("conditions", []).append(new)


def drop(status: Obj, name: str) -> None:
    if "conditions" in status:
        status["conditions"] = [c for c in status["conditions"] if c.get("type") != name]
        if not status["conditions"]:
            del status["conditions"]
