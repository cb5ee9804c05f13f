"""Amounts that are declared, where the same words also mean what is measured.

`How much memory may it use` is its limit, `how much cpu do they request` what they ask for; `how much memory does web
use` is measured.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from sre_agent.chat.query import ChatQuery

_DECLARED: Final = re.compile(
    r"^(?:what|which|show|list|tell|describe|give)\b(?:(?!\b(?:per|rate|fail\w*|error\w*|take|took|slow\w*|gets?)\b).)*"
    r"(?:\b(?P<requests>requests)\b(?! per\b)|\bresources\b.*\b(?:requests?|asks?|needs?|declares?)\b)", re.I
)  # fmt: skip
_AMOUNT: Final = r"\b(?:how (?:much|many|large|big)|what|total|sum|average|avg|mean)\b.*"
_REQUESTED: Final = re.compile(
    _AMOUNT + r"\b(?:requests?|requested|requesting|asks? for|asking for|reserves?|reserved|claims?|guaranteed?)\b",
    re.I,
)
_PERMITTED: Final = re.compile(
    r"\bhow (?:much|many)\b.*\b(?:can|could|may|might|allowed|permitted|limited|before|until)\b|\b(?:cap|ceiling|max"
    r"|maximum|most)\b.*\b(?:can|could|may|allowed|permitted)\b",
    re.I,
)
_ALLOCATABLE: Final = re.compile(
    r"\ballocatable\b|\bhow much\b.*\bnodes?\b.*\b(?:give|gives|offer|offers|have|has|hold|holds|provide|provides)\b"
    r"|\bhow (?:big|large) (?:are|is) (?:the |a |our |my )?nodes?\b",
    re.I,
)
_RESOURCES: Final = {
    "cpu": re.compile(r"\b(?:cpus?|cores?)\b", re.I),
    "memory": re.compile(r"\b(?:memory|ram|mem)\b", re.I),
}
_STORAGE: Final = re.compile(r"\bstorage\b", re.I)
_OF_NODES: Final = ("status.allocatable.cpu", "status.allocatable.memory")
_MEASURED: Final = frozenset({"metric", "count"})


def of_the_autoscaler(query: ChatQuery) -> ChatQuery:
    """Of an autoscaler nothing is measured: `which cpu does it aim at` asks for its target."""
    if "HorizontalPodAutoscaler" not in query.kinds or "metric" not in query.cues or "logs" in query.cues:
        return query
    columns = tuple(dict.fromkeys([*query.columns, "scaling_target"]))
    return replace(query, cues=query.cues - {"metric"}, columns=columns, kinds=())


def with_declarations(base: ChatQuery) -> ChatQuery:
    """With what a container may use or asks for, where `requests` or `resources` mean that and no traffic."""
    if "logs" not in base.cues and _ALLOCATABLE.search(base.text):
        return replace(base, cues=base.cues - _MEASURED, columns=_OF_NODES)
    named_resources = [name for name, pattern in _RESOURCES.items() if pattern.search(base.text)]
    if _MEASURED & base.cues and not {"logs", "duration", "alarm"} & base.cues:
        if _REQUESTED.search(base.text) and (named_resources or _STORAGE.search(base.text)):
            names = [f"{name}_request" for name in named_resources] or ["requests"]
            return replace(base, cues=base.cues - _MEASURED, columns=tuple(names))
        if _PERMITTED.search(base.text) and named_resources:
            return replace(
                base, cues=base.cues - _MEASURED - {"may"}, columns=tuple(f"{name}_limit" for name in named_resources)
            )
    if not (part := _DECLARED.search(base.text)) or {"count", "duration", "alarm", "logs"} & base.cues:
        return base
    column = "requests" if part["requests"] else "resources"
    return replace(base, cues=base.cues - {"metric"}, columns=(column,))
