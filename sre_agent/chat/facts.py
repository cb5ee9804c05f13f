"""What is true of a query, as a set of plain names: the cues of its words, the forms of the sentence and its slots.

Signs of intents name them.
"""

from __future__ import annotations

from typing import Final

from sre_agent.chat.attributes import SUMMABLE, attribute, attributes
from sre_agent.chat.forms import form_names
from sre_agent.chat.query import UNKNOWN, ChatQuery
from sre_agent.chat.words import CLOUD_KINDS, CLOUD_PLURALS, cue_words

_SLOTS: Final = (
    "kinds", "cloud_kinds", "states", "unhealthy", "order", "selector", "texts", "level", "limit", "thresholds",
    "window", "log_group", "columns", "conditions", "metrics", "measures", "verb", "deed", "lacking", "candidates",
    "group_by", "comparison", "having", "resources",
)  # fmt: skip


def facts(query: ChatQuery) -> frozenset[str]:
    """Its cues, its forms, its filled slots with a `+` before, its columns as `column:images`, and what is true of all.

    `about`: it names or points to something; `one`: to one thing, and to no place only; `many`: to two or more.
    `attribute`: it asks for what only an attribute is called, and not for things of a kind.
    `summable`: it speaks of what can be added up.
    `named`: it has a name that is one whatever exists.
    `in-places`: the names that it has are only places.
    `condition`: it says that something is in a bad state and leaves open what is wanted.
    """
    result = set(query.cues | query.forms) | {f"column:{column}" for column in query.columns}
    result |= {f"+{slot}" for slot in _SLOTS if getattr(query, slot)}
    return frozenset(result | {name for name, holds in _of_the_whole(query).items() if holds})


def _of_the_whole(query: ChatQuery) -> dict[str, bool]:
    is_beside = any(mention.cloud for mention in query.candidates)  # then `queue` is its kind, and no other name
    own = [m for m in query.candidates if not (is_beside and m.loose and m.name.lower() in CLOUD_KINDS)]
    things = len(own) + bool(query.refers)
    bad = [state for state, denied in query.states if not state.good and not denied]
    doubt = "yes-or-no" in query.forms
    is_list = bool(query.kinds and {"list", "count"} & query.cues)
    is_narrow = query.order or query.selector or query.thresholds or query.unhealthy or query.refers
    return {
        "about": things > 0,
        "one": bool(query.candidates) or query.refers not in ("", "there"),
        "many": things > 1,
        "place": any(mention.place == "namespace" for mention in query.mentions),
        "kind-and-name": bool(query.candidates and query.candidates[0].kind),
        "other-names": any(m.name.lower() not in CLOUD_PLURALS for m in query.candidates) or bool(query.refers),
        "pods-only": query.kinds == ("Pod",),
        "nodes-only": query.kinds == ("Node",),
        "warning": query.level == "warning",
        "bad-state": any(not state.good for state, _ in query.states),
        "good-states-only": bool(query.states) and all(state.good for state, _ in query.states) and not is_narrow,
        "attribute": not query.kinds and any(not attribute(column).usual for column in query.columns),
        "summable": any(attribute(column).unit in SUMMABLE for column in query.columns),
        "named": any(not mention.loose for mention in query.candidates),
        "in-places": bool(query.candidates) and all(mention.place == "in" for mention in query.candidates),
        "condition": any(state.printed or "stays" in query.cues for state in bad)
        and not (is_list or doubt or "lines" in query.cues),
    }


def fact_names() -> frozenset[str]:
    """The names of every fact that there can be."""
    slots, columns = {f"+{slot}" for slot in _SLOTS}, {f"column:{column}" for column in attributes()}
    of_the_whole = _of_the_whole(ChatQuery(text="", intent=UNKNOWN)).keys()
    return frozenset({*cue_words(), *form_names(), *slots, *columns, *of_the_whole})
