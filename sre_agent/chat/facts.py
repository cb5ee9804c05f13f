"""What is true of a query, as a set of plain names: the cues of its words and its slots. Signs of intents name them."""

from __future__ import annotations

import re
from typing import Final

from sre_agent.chat.attributes import SUMMABLE, attribute, attributes, by_word
from sre_agent.chat.query import UNKNOWN, ChatQuery
from sre_agent.chat.words import CLOUD_PLURALS, cue_words

_DEMAND: Final = re.compile(  # to do something at once
    r"(?:(?:please|pls|just|now|kubectl)\s+)*(?:restart|scale|delete|remove|drain|cordon|uncordon|evict|kill|apply|patch"
    r"|edit|redeploy|reboot)\s+(?!counts?\b)\S", re.I
)  # fmt: skip
_MADE_WELL: Final = re.compile(  # to have something repaired, in other words than `fix`
    r"(?:(?:please|pls|just|now|can you|could you|would you)\s+)*(?:make|get|bring|put)\s+\S.*?\b(?:reachable|available"
    r"|accessible|healthy|ready|work|working|run|running|serving|up|back|online|alive|start)\b", re.I
)  # fmt: skip
_YES_OR_NO: Final = re.compile(
    r"(?:(?:and|so|but|hey|please|tell me|check|know|can you tell me|do you know|if|whether),?\s+)*"
    r"(?:is|are|was|were|does|do|did|has|have|isn't|aren't|hasn't|haven't|wasn't|weren't)\b", re.I
)  # fmt: skip
_ASKS_MAY: Final = re.compile(r"(?:can|may|who can|what can) ", re.I)
_BEGAN: Final = re.compile(r"\b(?:start|began|begin|since when)", re.I)
_LASTING: Final = re.compile(r"\bhow long\b.*\b(?:has|have|had|is|are|was|were|been)\b", re.I)
_OF_LINES: Final = re.compile(r"\b(?:logs?|lines?|stdout|stderr|events?)\b", re.I)
_WHICH: Final = re.compile(r"(?:which|what|whose)\s+(\w+(?:\s+\w+)?)", re.I)
_WHO: Final = re.compile(  # `who talks to it`, `which services connect to it`
    r"(?:who|what|which \w+)(?: else| all)? (?:can |may |could )?"
    r"(?:talks?|connects?|speaks?|calls?|reach(?:es)?|access(?:es)?|hits?|uses?|needs?|sends?)\b", re.I
)  # fmt: skip
_SLOTS: Final = (
    "kinds", "cloud_kinds", "states", "unhealthy", "order", "selector", "texts", "level", "limit", "thresholds",
    "window", "log_group", "columns", "conditions", "metrics", "verb", "lacking", "candidates", "group_by",
)  # fmt: skip


def facts(query: ChatQuery) -> frozenset[str]:
    """Its cues, its filled slots with a `+` before, its columns as `column:images`, and what the whole sentence is.

    `about`: it names or points to something; `one`: to one thing, and to no place only; `many`: to two or more.
    `attribute`: it asks for what only an attribute is called, and not for things of a kind.
    `summable`: it speaks of what can be added up.
    `in-places`: the names that it has are only places. `asks-who`: somebody is asked for who reaches something.
    `condition`: it says that something is in a bad state and leaves open what is wanted.
    """
    result = set(query.cues) | {f"column:{column}" for column in query.columns}
    result |= {f"+{slot}" for slot in _SLOTS if getattr(query, slot)}
    return frozenset(result | {name for name, holds in _of_the_whole(query).items() if holds})


def is_yes_or_no(query: ChatQuery) -> bool:
    """Whether it is put as a question that yes or no answers."""
    return _YES_OR_NO.match(query.text) is not None


def _of_the_whole(query: ChatQuery) -> dict[str, bool]:
    things = len(query.candidates) + bool(query.refers)
    bad = [state for state, denied in query.states if not state.good and not denied]
    doubt = is_yes_or_no(query)
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
        "yes-or-no": doubt,
        "demand": bool(_DEMAND.match(query.text)),
        "made-well": bool(_MADE_WELL.match(query.text)),
        "asks-may": bool(_ASKS_MAY.match(query.text)),
        "lasting": bool(_LASTING.search(query.text)),
        "began": bool(_BEGAN.search(query.text)),
        "attribute": not query.kinds and any(not attribute(column).usual for column in query.columns),
        "summable": any(attribute(column).unit in SUMMABLE for column in query.columns),
        "in-places": bool(query.candidates) and all(mention.place == "in" for mention in query.candidates),
        "asks-for-attribute": _leads_with_attribute(query.text),
        "asks-who": bool(_WHO.match(query.text)),
        "image": "image" in query.text.lower(),
        "condition": any(state.printed or "stays" in query.cues for state in bad)
        and not (is_list or doubt or _OF_LINES.search(query.text)),
    }


def _leads_with_attribute(text: str) -> bool:
    """Whether what stands directly behind `which` or `what` is an attribute and nothing else."""
    match = _WHICH.match(text)
    words = match[1].lower().split() if match is not None else []
    several = by_word().get(" ".join(words), ()) or by_word().get(words[0] if words else "", ())
    return bool(several) and not any(one.usual for one in several)


def fact_names() -> frozenset[str]:
    """The names of every fact that there can be."""
    slots, columns = {f"+{slot}" for slot in _SLOTS}, {f"column:{column}" for column in attributes()}
    return frozenset({*cue_words(), *slots, *columns} | _of_the_whole(ChatQuery(text="", intent=UNKNOWN)).keys())
