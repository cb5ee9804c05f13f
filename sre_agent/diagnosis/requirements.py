"""Why a requirement does not hold, in the words of the table of observations."""

from __future__ import annotations

from collections.abc import Sequence

from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis.view import SubjectView
from sre_agent.failures.model import Condition, Requirement


def lacking(requires: Requirement, view: SubjectView) -> list[Condition]:
    """What nothing shows, though the requirement needs it, or one of it; nothing where all of it is seen."""
    for condition in requires.all:
        if not view.matching(condition):
            return [condition]
    return [] if any(view.matching(c) for c in requires.any) else list(requires.any)


def fits(requires: Requirement, view: SubjectView) -> bool:
    """Whether all that it needs is seen, and nothing that it excludes."""
    return not lacking(requires, view) and not excluding(requires, view)


def nothing_shows(missing: Sequence[Condition]) -> str:
    """What is lacking, as the rest of a sentence."""
    return f"nothing shows that {', or that '.join(dict.fromkeys(map(means, missing)))}"


def excluding(requires: Requirement, view: SubjectView) -> str:
    """What is seen, though the requirement excludes it; empty where nothing of it is."""
    return next((means(c) for c in requires.none if view.matching(c)), "")


def means(condition: Condition) -> str:
    """What the observation says, and which of its kind the condition wants."""
    entry = OBSERVATIONS[condition.observation]
    qualifiers = [
        about
        for name, value in condition.where.items()
        if str(value).lower() == "true" and (about := entry.attributes[name].about)
    ]
    return ", ".join([entry.meaning, *qualifiers])
