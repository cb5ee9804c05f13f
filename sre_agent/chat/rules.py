"""The intent of a query: the first rule whose cues and slots are there. A rule names cues of the table, no text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sre_agent.chat.query import Intent, Query
from sre_agent.chat.words import CLOUD_PLURALS

_ORDER: Final = re.compile(  # to do something at once
    r"(?:(?:please|pls|just|now|kubectl)\s+)*(?:restart|scale|delete|remove|drain|cordon|uncordon|evict|kill|apply|patch"
    r"|edit|redeploy|reboot)\s+(?!counts?\b)\S", re.I
)  # fmt: skip
_MADE_WELL: Final = re.compile(  # to have something mended, in other words than `fix`
    r"(?:(?:please|pls|just|now|can you|could you|would you)\s+)*(?:make|get|bring|put)\s+\S.*?\b(?:reachable|available"
    r"|accessible|healthy|ready|work|working|run|running|serving|up|back|online|alive|start)\b", re.I
)  # fmt: skip
_YES_OR_NO: Final = re.compile(
    r"(?:(?:and|so|but|hey|please|tell me|check|know|can you tell me|do you know|if|whether),?\s+)*"
    r"(?:is|are|was|were|does|do|did|has|have|isn't|aren't|hasn't|haven't|wasn't|weren't)\b", re.I
)  # fmt: skip
_OF_LOGS: Final = re.compile(r"\b(?:logs?|lines?|stdout|stderr|events?)\b", re.I)


@dataclass(frozen=True)
class Rule:
    """`cues`: one of them is there (none given: no matter). `barred`: none of them is. `holds` looks at the slots."""

    intent: Intent
    cues: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()
    holds: Callable[[Query], bool] = lambda query: True

    def fits(self, query: Query) -> bool:
        return (
            (not self.cues or bool(self.cues & query.cues)) and not self.barred & query.cues and bool(self.holds(query))
        )


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _began(query: Query) -> bool:
    return bool(re.search(r"\b(?:start|began|begin|since when)", query.text, re.I))


def _images(query: Query) -> bool:
    return "images" in query.columns and "image" in query.text.lower()


def _in_a_state(query: Query) -> bool:
    """Whether it says that something is in a bad state, and leaves open what is wanted: then it is why."""
    bad = [state for state, denied in query.states if not state.good and not denied]
    told = any(state.printed or "stays" in query.cues for state in bad)
    many = bool(query.kinds and {"list", "count"} & query.cues)
    return told and not many and not _is_doubt(query) and not _OF_LOGS.search(query.text)


def _is_doubt(query: Query) -> bool:
    """Whether yes or no is an answer."""
    return bool(_YES_OR_NO.match(query.text))


def _only_good(query: Query) -> bool:
    """Whether it asks of all pods of something whether they are well, and narrows them by nothing else."""
    narrowed = query.order or query.selector or query.thresholds or query.unhealthy or query.refers
    return bool(query.states) and all(state.good for state, _ in query.states) and not narrowed


def _about(query: Query) -> bool:
    return bool(query.named or query.refers)


def _names_other(query: Query) -> bool:
    """Whether it is about something else than kinds of AWS resources: their plain words count as names, too."""
    return any(mention.name.lower() not in CLOUD_PLURALS for mention in query.named) or bool(query.refers)


RULES: Final = (
    Rule("runbooks", _set("runbook")),
    Rule("advise", _set("how"), holds=lambda q: bool("fix" in q.cues or q.states or q.unhealthy or "wrong" in q.cues)),
    Rule("fix", holds=lambda q: bool(_MADE_WELL.match(q.text)) and _about(q)),
    Rule("runs", _set("success"), _set("logs why"), holds=_about),
    Rule("order", holds=lambda q: bool(_ORDER.match(q.text))),
    Rule("fix", _set("fix"), _set("how when changed list")),
    Rule("logs", holds=lambda q: bool(q.log_group)),
    Rule("resources", barred=_set("logs search reach metric alarm callers changed compare"),
        holds=lambda q: bool(q.cloud_kinds and not q.kinds and not q.texts and not _names_other(q))),
    Rule("may", _set("may"), _set("logs")),
    Rule("may", holds=lambda q: bool(q.verb and q.text.lower().startswith(("can ", "may ", "who can ", "what can "))
        and (q.kinds or "logs" in q.cues) and "reach" not in q.cues)),
    Rule("changes", _set("compare"), holds=lambda q: bool(q.window and len(q.named) + bool(q.refers) < 2)),
    Rule("compare", _set("compare"), _set("changed"), holds=_about),
    Rule("reach", _set("reach"), _set("logs"), holds=lambda q: len(q.named) + bool(q.refers) > 1),
    Rule("alarms", _set("alarm"), _set("logs")),
    Rule("why", barred=_set("show count changed events when restarts"), holds=lambda q: _in_a_state(q)
        and bool(q.named or (q.refers and q.refers != "there"))),
    Rule("logs", _set("logs"), holds=lambda q: bool(_about(q) or q.texts or q.level or q.limit or not q.kinds)),
    Rule("logs", _set("search summary duration when"), _set("wrong"), holds=lambda q: bool(q.texts or q.measured)),
    Rule("logs", _set("search"), holds=lambda q: bool(q.texts)),
    Rule("callers", _set("callers"), _set("why wrong logs"), holds=_about),
    Rule("changes", _set("restarts"), _set("why wrong count"), holds=lambda q: "who" in q.cues and _about(q)
        and not q.order),
    Rule("events", _set("events"), _set("changed duration")),
    Rule("events", holds=lambda q: q.level == "warning" and not q.kinds and not _about(q)),
    Rule("metrics", _set("metric"), _set("why wrong count"), holds=lambda q: q.kinds == ("Node",) and not _about(q)),
    Rule("metrics", _set("metric"), _set("why wrong count"), holds=lambda q: not ({"images", "node"} & set(q.columns))),
    Rule("changes", _set("changed"), _set("count")),
    Rule("count", _set("count")),
    Rule("list", _set("restarts"), _set("why wrong"), holds=lambda q: "when" in q.cues),
    Rule("why", _set("when"), holds=lambda q: _about(q) and bool(q.states or q.unhealthy or _began(q))),
    Rule("troubles", _set("when"), holds=lambda q: not _about(q) and bool(not q.kinds and not q.states)),
    Rule("why", _set("why wrong"), holds=lambda q: bool(q.named or (q.refers and q.refers != "there"))),
    Rule("why", _set("why"), holds=lambda q: bool(q.states and q.kinds)),
    Rule("troubles", _set("why wrong")),
    Rule("healthy", _set("scaling"), _set("why count list changed"), holds=lambda q: _about(q) and not q.kinds),
    Rule("healthy", holds=lambda q: _is_doubt(q) and q.kinds == ("Pod",) and _about(q) and _only_good(q)),
    Rule("list", holds=lambda q: bool(q.kinds and (q.states or q.unhealthy or q.order or q.selector or q.thresholds))
        and not (q.named and q.named[0].kind)),
    Rule("troubles", holds=lambda q: q.unhealthy and not _about(q)),
    Rule("list", _set("restarts"), holds=lambda q: q.order is not None),
    Rule("describe", holds=lambda q: _about(q) and "images" in q.columns and not q.kinds and not _is_doubt(q)),
    Rule("healthy", holds=lambda q: _about(q) and bool(q.states or q.unhealthy or "healthy" in q.cues)),
    Rule("list", _set("restarts"), holds=lambda q: not q.named),
    Rule("list", holds=lambda q: not _about(q) and any(not state.good for state, _ in q.states)),
    Rule("list", holds=lambda q: bool(q.kinds)),
    Rule("describe", holds=_about),
    Rule("list", holds=lambda q: bool(q.lacking or {"limits", "requests"} & set(q.columns) or _images(q))),
    Rule("help", _set("help thanks")),
    Rule("describe", holds=lambda q: any(m.place == "namespace" for m in q.mentions)),
    Rule("troubles", _set("healthy")),
)  # fmt: skip


def intent(query: Query) -> Intent:
    """What the question wants; `unknown` where no rule fits."""
    return next((rule.intent for rule in RULES if rule.fits(query)), "unknown")
