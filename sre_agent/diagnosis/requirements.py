"""Why a requirement does not hold, in the words of the table of observations."""

from __future__ import annotations

from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis.view import View
from sre_agent.failures.model import Condition, Requirement


def lacking(requires: Requirement, view: View) -> str:
    """What nothing shows, though the requirement needs it; empty where all of it is seen."""
    for condition in requires.all:
        if not view.matching(condition):
            return f"nothing shows that {means(condition)}"
    if requires.any and not any(view.matching(c) for c in requires.any):
        return f"nothing shows that {', or that '.join(dict.fromkeys(means(c) for c in requires.any))}"
    return ""


def excluding(requires: Requirement, view: View) -> str:
    """What is seen, though the requirement excludes it; empty where nothing of it is."""
    return next((means(c) for c in requires.none if view.matching(c)), "")


def means(condition: Condition) -> str:
    """What the observation says, and which of its kind the condition wants."""
    entry = OBSERVATIONS[condition.observation]
    wanted = [
        about
        for name, value in condition.where.items()
        if str(value).lower() == "true" and (about := entry.attributes[name].about)
    ]
    return ", ".join([entry.meaning, *wanted])
