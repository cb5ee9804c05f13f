"""Which incidents there were: one is told, of several a line each, and that there was none."""

from __future__ import annotations

from typing import Final

from sre_agent.chat import incident_text
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.incident import absent, answer_about
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.answers.timeline import timeline
from sre_agent.chat.incident_choice import choose
from sre_agent.chat.incident_history import clock_text
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.domain.incident import Incident

SHOWN: Final = 8


@answers("incidents")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    """`unresolved` are those that are open, and those that were left to a person and never seen healthy since."""
    talk.memory.incident = ""
    selection = await choose(query, talk)
    if selection.absent:
        return absent(query, talk, selection)
    incidents = list(selection.incidents)
    if "unresolved" in query.cues:
        return _unresolved_incidents(query, talk, incidents, selection.notes)
    if not incidents:
        lines = [*selection.notes, f"No incident is on record{_when(query)}."]
        if "happened" in query.cues and query.window.start:  # then what was no incident is asked about, too
            lines.append(await timeline(query, talk, ""))
        return talk.reply(query, within("\n".join(lines)))
    newest_only = "when" in query.cues or (query.limit or 2) == 1
    if len(incidents) == 1 or newest_only:
        number = [f"1 incident{_when(query)}."] if "count" in query.cues else []
        return await answer_about(query, talk, incidents[0], [*selection.notes, *number])
    head_line = f"{len(incidents)} incidents{_when(query)}, newest first:"
    return _list(query, talk, incidents, [*selection.notes, head_line])


def _unresolved_incidents(
    query: ChatQuery, talk: AnswerContext, incidents: list[Incident], notes: tuple[str, ...]
) -> ChatReply:
    still_open = [one for one in incidents if one.open]
    left = [one for one in incidents if one.status == "escalated"]
    lines = [*notes, f"{len(still_open) or 'No'} incident{' is' if len(still_open) == 1 else 's are'} open."]
    if left:
        lines.append(f"{len(left)} ended without a fix and {'was' if len(left) == 1 else 'were'} left to people:")
    return _list(query, talk, still_open + left, lines[:-1] if left else lines, between=lines[-1:] if left else [])


def _list(
    query: ChatQuery,
    talk: AnswerContext,
    incidents: list[Incident],
    head: list[str],
    *,
    between: list[str] | None = None,
) -> ChatReply:
    before = [one for one in incidents if one.open] if between else incidents
    behind = [one for one in incidents if not one.open] if between else []
    lines = [*head, *(f"- {incident_text.head(one)}" for one in before[:SHOWN]), *(between or [])]
    lines += [f"- {incident_text.head(one)}" for one in behind[:SHOWN]]
    rest = max(0, len(before) - SHOWN) + max(0, len(behind) - SHOWN)
    lines += [f"and {rest} more: sre-agent incidents list"] if rest else []
    reply = talk.reply(query, within("\n".join(lines)), subjects=[s for one in incidents[:1] for s in one.subjects[:1]])
    talk.memory.incident = incidents[0].id if len(incidents) == 1 else ""
    return reply


def _when(query: ChatQuery) -> str:
    """The time that was asked about."""
    start, end = query.window.start, query.window.end
    since = f" since {clock_text(start)}" if start else ""
    return f"{since} until {clock_text(end)}" if end else since
