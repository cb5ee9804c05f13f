"""What happened in a time: changes, restarts, warnings and alarms in their order, of a thing or of a whole place.

Each source alone tells a part of it; who comes to an incident wants the parts side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.alarms import firing_since, read_alarms
from sre_agent.chat.answers.changes import change_line, is_change_of
from sre_agent.chat.answers.cloud import cannot_tell
from sre_agent.chat.answers.events import event_pages, is_event_of
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.answers.related import related
from sre_agent.chat.answers.wording import cell, where
from sre_agent.chat.lookup_session import data, plain, rows
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.domain.finding import Evidence
from sre_agent.language.spans import TimeSpan

USUAL: Final = timedelta(hours=1)  # where no time is said
MOST: Final = 12  # things that happened, the newest
NAMESPACES: Final = 8
PODS: Final = 200
MESSAGE: Final = 100
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"


class Happening(NamedTuple):
    at: str  # RFC 3339
    text: str
    evidence: Evidence


@answers("timeline")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    namespace, subjects, unmet = await talk.resolve(query)
    if unmet is not None:
        return unmet
    if (cannot := cannot_tell(query, talk, subjects)) is not None:
        return cannot
    text = await timeline(query, talk, namespace, subjects)
    return talk.reply(query, within(text), subjects=subjects, namespace=namespace)


async def timeline(query: ChatQuery, talk: AnswerContext, namespace: str, subjects: Sequence[Subject] = ()) -> str:
    """A line for each thing that happened, the oldest first; of many the newest. What could not be read is said."""
    window = query.window if query.window.start else TimeSpan(talk.lookups.now - USUAL, query.window.end)
    places = list(dict.fromkeys(s.namespace for s in subjects if s.namespace)) or ([namespace] if namespace else [])
    all_places = [] if places else [one for one in await talk.names.namespaces() if not one.startswith("kube-")]
    places = places or all_places[:NAMESPACES]
    happenings: list[Happening] = []
    unread: list[str] = []
    for place in places:
        happenings += await _changes(talk, place, subjects, unread)
        happenings += await _warnings(talk, place, subjects, unread)
    for scope in subjects or places:
        happenings += await _restarts(talk, scope, unread)
    if not subjects:
        happenings += await _alarms(talk, unread)
    start, end = f"{window.start:{_TIME}}", f"{window.end:{_TIME}}" if window.end else "9"
    once = {(one.at, one.text): one for one in happenings if start <= one.at <= end}  # two things may share an event
    within_window = [once[key] for key in sorted(once)]
    about = f"to {', '.join(s.short for s in subjects)}" if subjects else where(namespace)
    since = f"since {start}" + (f" until {end}" if window.end else "")
    notes = [f"Not read: {', '.join(dict.fromkeys(unread))}."] if unread else []
    if len(all_places) > len(places):
        notes.append(f"Only {len(places)} of {len(all_places)} namespaces were looked at.")
    if all_places:
        notes.append("The namespaces of Kubernetes itself (kube-...) are left out: name one to ask about it.")
    if not within_window:
        marks = "".join(dict.fromkeys(talk.lookups.cite(one) for one in talk.lookups.ledger if one.answer is not None))
        sources = "changes, restarts and warnings" if subjects else "changes, restarts, warnings and alarms"
        nothing = f"Nothing happened {about} {since}, as far as {sources} tell. {marks}"
        return "\n".join([nothing, *notes])
    page = within_window[-MOST:]
    lines = [f"- {one.at} {one.text} {talk.lookups.cite(one.evidence, one.text)}" for one in page]
    earlier = [f"{len(within_window) - len(page)} earlier ones are left out."] if len(within_window) > len(page) else []
    return "\n".join([f"What happened {about} {since}:", *earlier, *lines, *notes])


async def _changes(talk: AnswerContext, place: str, subjects: Sequence[Subject], unread: list[str]) -> list[Happening]:
    evidence = await talk.lookups.look_up("kubernetes", "kubectl_changes", namespace=place)
    if evidence.answer is None:
        unread.append(f"the changes in {place} ({plain(evidence.error)})")
        return []
    changes: list[dict[str, Any]] = data(evidence).get("changes", [])
    return [
        Happening(str(one["at"]), change_line(one).removeprefix(f"- {one['at']} "), evidence)
        for one in changes
        if not subjects or any(is_change_of(one, subject) for subject in subjects)
    ]


async def _warnings(talk: AnswerContext, place: str, subjects: Sequence[Subject], unread: list[str]) -> list[Happening]:
    pages = await event_pages(talk, place)
    unread += [f"the events in {place} ({plain(page.error)})" for page in pages if page.answer is None]
    unread += [f"older events in {place}"] if data(pages[-1]).get("cursor") else []
    return [
        Happening(str(one["last"]), _warning(one), page)
        for page in pages
        for one in data(page).get("events", [])
        if one["type"] == "Warning" and (not subjects or any(is_event_of(one, subject) for subject in subjects))
    ]


def _warning(event: dict[str, Any]) -> str:
    count = int(event.get("count") or 1)
    times = f" ({count} times)" if count > 1 else ""
    return f"{event['object']} {event['reason']}{times}: {excerpt(str(event['message']), MESSAGE)}"


async def _restarts(talk: AnswerContext, scope: Subject | str, unread: list[str]) -> list[Happening]:
    """The last restart of each pod of a thing or a namespace."""
    place, selection = (scope, {}) if isinstance(scope, str) else (scope.namespace, await _pods(talk, scope))
    if selection is None:
        return []
    columns = ["last_restart", "restarts", "ended"]
    evidence = await talk.lookups.select("Pod", place, columns=columns, limit=PODS, **selection)
    if evidence.answer is None:
        unread.append(f"the pods in {place} ({plain(evidence.error)})")
        return []
    if (more := int(data(evidence)["count"]) - len(rows(evidence))) > 0:
        unread.append(f"{more} pods in {place}")
    return [
        Happening(
            str(one["last_restart"]),
            ", ".join(filter(None, [f"Pod/{one['name']} restarted", cell("ended", one.get("ended"))]))
            + f", {cell('restarts', one['restarts'])} so far",
            evidence,
        )
        for one in rows(evidence)
        if one.get("last_restart")
    ]


async def _pods(talk: AnswerContext, subject: Subject) -> dict[str, Any] | None:
    """How its pods are selected; None for what has none."""
    selection = await related(talk, subject, "Pod")
    if selection is None:
        return None
    slots = {"where": selection.where, "selector": selection.selector, "of": selection.of}
    return {name: value for name, value in slots.items() if value}


async def _alarms(talk: AnswerContext, unread: list[str]) -> list[Happening]:
    happenings: list[Happening] = []
    for evidence in await read_alarms(talk):
        if evidence.answer is None:
            unread.append(f"the alarms ({plain(evidence.error)})")
            continue
        happenings += [Happening(at, f"alarm {name} began to fire", evidence) for name, at in firing_since(evidence)]
    return happenings
