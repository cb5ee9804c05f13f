"""The events of a thing, a namespace or the cluster, newest first."""

from __future__ import annotations

from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.cloud import cannot_tell
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.answers.wording import noun, where
from sre_agent.chat.lookup_session import data, enumeration
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.domain.finding import Evidence

DISPLAY_LIMIT: Final = 8
NAMESPACES: Final = 8
PAGES: Final = 8  # of a namespace
MESSAGE: Final = 90
CLUSTER_EVENTS: Final = "default"  # where Kubernetes keeps the events of what has no namespace
Row = dict[str, Any]


@answers("events")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    namespace, subjects, unmet = await talk.resolve(query)
    if unmet is not None:
        return unmet
    if (cannot := cannot_tell(query, talk, subjects)) is not None:
        return cannot
    places = list(dict.fromkeys(s.namespace or CLUSTER_EVENTS for s in subjects)) or ([namespace] if namespace else [])
    namespaces = [] if places else await talk.names.namespaces()
    places = places or sorted(namespaces, key=lambda place: place.startswith("kube-"))[:NAMESPACES]
    pages = [page for place in places for page in await event_pages(talk, place)]
    if unread := next((page for page in pages if page.answer is None), None):
        return talk.failed(query, unread)
    event_rows = [(row, page) for page in pages for row in data(page).get("events", []) if _is_wanted(row, query)]
    selection = [(row, page) for row, page in event_rows if not subjects or any(is_event_of(row, s) for s in subjects)]
    kinds = [kind for kind in query.kinds if kind and not subjects]  # `node events`
    selection = [(row, page) for row, page in selection if not kinds or str(row["object"]).partition("/")[0] in kinds]
    selection.sort(key=lambda pair: str(pair[0]["last"]), reverse=True)
    about = f"of {', '.join(s.short for s in subjects)}" if subjects else where(namespace)
    about = f"of {enumeration([noun(kind) for kind in kinds])} {about}" if kinds else about
    since = f" since {query.window.start:%Y-%m-%dT%H:%M:%SZ}" if query.window.start else ""
    what = "warning event" if query.level else "event"
    if not selection:
        marks = "".join(talk.lookups.cite(page) for page in pages)
        text = f"There is no {what} {about}{since}. {marks}"
        return talk.reply(query, text, subjects=subjects, namespace=namespace)
    visible = selection[: query.limit or DISPLAY_LIMIT]
    lines = [f"{_line(row)} {talk.lookups.cite(page, _line(row))}" for row, page in visible]
    more = [f"and {len(selection) - len(visible)} earlier ones."] if len(selection) > len(visible) else []
    more += ["Older events were not all read."] if len(pages) >= PAGES and data(pages[-1]).get("cursor") else []
    more += (
        [f"Only {len(places)} of {len(namespaces)} namespaces were looked at."] if len(namespaces) > len(places) else []
    )
    head = f"{len(selection)} {what}{'' if len(selection) == 1 else 's'} {about}{since}:"
    text = within("\n".join([head, *lines, *more]))
    return talk.reply(query, text, subjects=subjects, namespace=namespace)


async def event_pages(talk: AnswerContext, namespace: str) -> list[Evidence]:
    """The events of a namespace, page by page."""
    pages: list[Evidence] = []
    arguments: dict[str, str] = {}
    while len(pages) < PAGES:
        page = await talk.lookups.look_up("kubernetes", "kubectl_events", namespace=namespace, **arguments)
        pages.append(page)
        if page.answer is None or not (cursor := data(page).get("cursor")):
            break
        arguments = {"cursor": str(cursor)}
    return pages


def is_event_of(row: Row, subject: Subject) -> bool:
    """Events of the thing, and of the pods, ReplicaSets and runs that carry its name."""
    kind, _, name = str(row["object"]).partition("/")
    if kind == subject.kind and name == subject.name:
        return True
    return kind in ("Pod", "ReplicaSet", "Job") and name.startswith(f"{subject.name}-")


def _is_wanted(row: Row, query: ChatQuery) -> bool:
    at = str(row["last"])
    if query.level and row["type"] != "Warning":
        return False
    if query.window.start and at < f"{query.window.start:%Y-%m-%dT%H:%M:%SZ}":
        return False
    if query.window.end and at > f"{query.window.end:%Y-%m-%dT%H:%M:%SZ}":
        return False
    event_text = f"{row['reason']} {row['message']}".lower()
    return all(text.lower() in event_text for text in query.texts)


def _line(row: Row) -> str:
    times = f" ({row['count']} times)" if int(row.get("count") or 1) > 1 else ""
    return f"- {row['last']} {row['object']} {row['reason']}{times}: {excerpt(str(row['message']), MESSAGE)}"
