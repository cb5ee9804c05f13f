"""Which policies permit a write that nobody is asked about, by the structure of the policy and not by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

ASKS: Final = "run_with_approval"
COVERED: Final = {".": {"left": {"Var": "context"}, "attr": "covered"}}  # the undo of what somebody approved


def permits_unattended(policy: Mapping[str, Any]) -> bool:
    """Of a policy as Cedar's JSON: a permit of more than the question with approval, and not only of a covered undo."""
    if policy["effect"] != "permit" or _only_with_approval(policy["action"]):
        return False
    bodies = [one["body"] for one in policy.get("conditions", []) if one["kind"] == "when"]
    return not any(_needs_cover(body) for body in bodies)


def _only_with_approval(action: Mapping[str, Any]) -> bool:
    entities = action.get("entities") or ([action["entity"]] if "entity" in action else [])
    return bool(entities) and all(one["id"] == ASKS for one in entities)


def _needs_cover(body: Any) -> bool:
    """Whether the condition cannot hold without cover: it is that, or an `and` with it."""
    if body == COVERED:
        return True
    both = body.get("&&") if isinstance(body, dict) else None
    return both is not None and (_needs_cover(both["left"]) or _needs_cover(both["right"]))
