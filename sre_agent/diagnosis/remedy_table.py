"""What can be done about each failure class, or who acts instead: the catalogue as one table, for people and for tests.

A case gets those of its class that fit what was seen there (`remedies.options`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sre_agent.diagnosis.correction_calls import tool_for
from sre_agent.domain.action import OwnerRole
from sre_agent.domain.base import Noun
from sre_agent.failures import FailureClass


class RemedyRow(Noun):
    """One remedy of one class; `remedy` and `tool` are empty where the class has none.

    `owner` acts where no remedy fits, and `unfixable_note` says what they have to do; a class that always has a remedy
    may have neither.
    """

    failure_class: str
    remedy: str = ""
    server: str = ""
    tool: str = ""
    reversible: bool = False
    owner: OwnerRole | None = None
    unfixable_note: str = ""


def remedy_rows(classes: Iterable[FailureClass]) -> Iterator[RemedyRow]:
    """At least one row for each class: its own remedies, the safest first, then the fields that it can correct."""
    for entry in classes:
        about = {
            "failure_class": entry.name,
            "owner": entry.owner or None,
            "unfixable_note": entry.unfixable_note,
        }
        rows = [
            RemedyRow(remedy=one.name, server=one.server, tool=one.tool, reversible=one.reversible, **about)
            for one in entry.remedies
        ]
        rows += [
            RemedyRow(remedy=f"correct_{field}", server="kubernetes", tool=tool_for(field), reversible=True, **about)
            for field in entry.corrected_by
            if tool_for(field)
        ]
        yield from rows or [RemedyRow(**about)]
