"""Which incident a question is about: the one that is named, the one that was spoken of, or the newest.

A name that no incident has is said. It never stands for the newest one, unless it is a plain word of the question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.incident_history import similar, with_name
from sre_agent.chat.query import ChatQuery
from sre_agent.domain.incident import Incident

_ID: Final = re.compile(r"\binc-[\w-]+", re.I)


@dataclass(frozen=True)
class ChosenIncidents:
    """Newest first. `notes` say what of the question was not understood or taken for something near, `absent` is a name
    that none has, with those that are `near` to it. `by_name`: names chose them."""

    incidents: tuple[Incident, ...] = ()
    notes: tuple[str, ...] = ()
    absent: str = ""
    near: tuple[str, ...] = ()
    by_name: bool = False


async def choose(query: ChatQuery, talk: AnswerContext, *, waiting: bool = False) -> ChosenIncidents:
    """Those of the question's time and names; without any, what was spoken of, and else all."""
    incidents = await talk.history.newest(query.window, waiting=waiting)
    selection = _by_names(incidents, _names(query))
    if selection.by_name or selection.absent:
        return selection
    spoken_of = [one for one in incidents if one.id == talk.memory.incident]
    if not spoken_of and query.refers:
        spoken_of = [one for one in incidents if set(one.subjects) & set(talk.memory.subjects)]
    if query.window or not spoken_of:
        return ChosenIncidents(tuple(incidents), selection.notes)
    return ChosenIncidents(tuple(spoken_of), selection.notes)


def _names(query: ChatQuery) -> list[tuple[str, bool]]:
    """Each name, and whether it is surely one."""
    ids = [(id_, True) for id_ in _ID.findall(query.text)]
    mentions = [(mention.name, not mention.loose) for mention in query.mentions if not _ID.fullmatch(mention.name)]
    return ids + [(name, sure) for name, sure in mentions if not name.isdigit()]


def _by_names(incidents: list[Incident], names: list[tuple[str, bool]]) -> ChosenIncidents:
    selection, notes, by_name = tuple(incidents), list[str](), False
    for name, sure in names:
        if fitting := with_name(selection, name):
            selection, by_name = fitting, True
        elif sure or similar(incidents, name):
            return ChosenIncidents(absent=name, near=tuple(similar(incidents, name)))
        else:
            notes.append(f"Not understood: '{name}'. No incident is about something that is called so.")
    return ChosenIncidents(selection, tuple(notes), by_name=by_name)
