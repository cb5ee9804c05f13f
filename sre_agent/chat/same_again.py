"""Short questions that only narrow or count what the answer before has listed or read.

`When was the last one?` behind restarts, `how many on each?` behind nodes, `which of them are not ready?` behind a
list, `anything in there about payments?` behind a log: subject and kind of answer stay, and what is new is added.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sre_agent.chat import words as w
from sre_agent.chat.attribute_words import holders
from sre_agent.chat.line_words import stem
from sre_agent.chat.query import UNKNOWN, ChatQuery, Intent

LISTING: Final = ("count", "list")
READ: Final = ("logs", "events")  # what has lines in which words can be looked for
DATED: Final = ("logs", "events", "changes")
_OPEN: Final = frozenset({UNKNOWN, "describe", "list", "logs", "healthy", "troubles", "count"})


def again(query: ChatQuery, before: ChatQuery) -> ChatQuery | None:
    """The question before, narrowed by a short one that names nothing of its own; None where it is another one."""
    if any(not mention.loose for mention in query.candidates):
        return None
    is_last = "last-of-them" in query.forms or (query.limit == 1 and not query.oldest)
    if is_last and not query.mentions and not query.kinds:
        return _last(query, before)
    if "on-each" in query.forms and not query.mentions and (each := _each(query, before)) is not None:
        return each
    return _with_words(query, before)


def _last(query: ChatQuery, before: ChatQuery) -> ChatQuery | None:
    if "restarts" in before.cues or "restarts" in before.columns:
        cues = (before.cues - {"count"}) | {"restarts", "when"}
        return replace(before, text=query.text, intent="list", rival=None, cues=cues, columns=())
    if before.intent in DATED:
        return replace(before, text=query.text, limit=1)
    if before.intent in LISTING and before.kinds:
        return replace(before, text=query.text, intent="list", rival=None, order=("age", False), limit=1)
    return None


def _each(query: ChatQuery, before: ChatQuery) -> ChatQuery | None:
    """Of `how many pods on each` the pods by what names the things before; each one's own pods of workloads."""
    if before.intent not in LISTING or len(before.kinds) != 1:
        return None
    kind = next((kind for kind in query.kinds if kind), "Pod")
    counted_kind, by = holders([before.kinds[0], kind])
    if counted_kind:
        counting = replace(query, intent="count", rival=None, kinds=(counted_kind,), group_by=by, columns=())
        return replace(counting, refers="", several=False, cues=query.cues | {"count"})
    if kind == "Pod" and before.kinds[0] in w.WORKLOAD_KINDS[:3]:
        return replace(before, text=query.text, intent="list", rival=None, columns=("ready",))
    return None


def _with_words(query: ChatQuery, before: ChatQuery) -> ChatQuery | None:
    """Lines of what was read before that hold the words of this question."""
    if before.intent not in READ or query.intent not in _OPEN or query.kinds or query.columns or query.window:
        return None
    looks_on = query.refers or query.cues & {"search", "list", "lines"} or "looks-on" in query.forms
    texts = (*query.texts, *(stem(mention.name) for mention in query.candidates))
    if not looks_on or not (texts or query.level):
        return None
    next_query = replace(before, text=query.text, texts=texts, level=query.level, limit=query.limit)
    return replace(next_query, cues=before.cues | query.cues, forms=before.forms | query.forms)


def among(query: ChatQuery, before: ChatQuery) -> ChatQuery:
    """`Which of them are not ready?`, behind a list or a count: of the same kind in the same place."""
    if not before.kinds or before.intent not in LISTING or query.kinds or query.candidates:
        return query
    of_them: Intent = "list" if query.intent in ("describe", "healthy", "list", "troubles", UNKNOWN) else query.intent
    next_query = replace(query, kinds=before.kinds, mentions=before.mentions, refers="", intent=of_them, rival=None)
    if before.refers or before.limit or before.order or before.texts or before.pair:
        return next_query  # what was listed is remembered, and cannot be selected again
    return replace(
        next_query,
        several=False,
        states=tuple(dict.fromkeys([*before.states, *query.states])),
        selector=before.selector or query.selector,
        unhealthy=before.unhealthy or query.unhealthy,
        thresholds=(*before.thresholds, *query.thresholds),
        lacking=(*before.lacking, *query.lacking),
        having=(*before.having, *query.having),
        conditions=(*before.conditions, *query.conditions),
        window=query.window or before.window,
    )
