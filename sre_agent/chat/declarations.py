"""Amounts that are declared, where the same words also mean what is measured.

`How much memory may it use` is its limit, `how much cpu do they request` what they ask for; `how much memory does web
use` is measured. The form of the sentence tells the aspect, a word the resource, and the table has their attribute.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sre_agent.chat.attributes import attributes
from sre_agent.chat.query import ChatQuery

_ASPECTS: Final = {"amount-offered": "allocatable", "amount-requested": "request", "amount-permitted": "limit"}
_LISTED: Final = {"lists-requests": "requests", "lists-resources": "resources"}  # form: attribute
_OF_A_TIME: Final = frozenset({"when", "duration", "serves", "began"})  # cues of what an attribute already tells
_MEASURED: Final = frozenset({"metric", "count"})


def of_the_autoscaler(query: ChatQuery) -> ChatQuery:
    """Of an autoscaler nothing is measured: `which cpu does it aim at` asks for its target."""
    if "HorizontalPodAutoscaler" not in query.kinds or "metric" not in query.cues or "logs" in query.cues:
        return query
    columns = tuple(dict.fromkeys([*query.columns, "scaling_measure"]))
    return replace(query, cues=query.cues - {"metric"}, columns=columns, kinds=())


def with_declarations(base: ChatQuery) -> ChatQuery:
    """With what a container may use or asks for, where `requests` or `resources` mean that and no traffic."""
    if {"logs", "alarm"} & base.cues:
        return base
    aspect = next((aspect for form, aspect in _ASPECTS.items() if form in base.forms), "")
    columns = tuple(
        one.name
        for one in attributes().values()
        if aspect and one.aspect == aspect and (one.resource in base.resources or _is_whole(base, aspect))
    )
    if columns and (_MEASURED & base.cues or aspect == "allocatable"):
        return replace(base, cues=base.cues - _MEASURED - {"may"}, columns=columns)
    if columns := tuple(one.name for one in attributes().values() if not base.forms.isdisjoint(one.forms)):
        return replace(base, columns=columns, cues=base.cues - _OF_A_TIME)
    list_attribute = next((name for form, name in _LISTED.items() if form in base.forms), "")
    if not list_attribute or {"count", "duration"} & base.cues:
        return base
    return replace(base, cues=base.cues - {"metric"}, columns=(list_attribute,))


def _is_whole(base: ChatQuery, aspect: str) -> bool:
    """Whether a thing is asked for its size, and no resource is named."""
    return aspect == "allocatable" and not base.resources
