"""The attributes of one thing: from its own fields, else from the objects that belong to it and have them.

Said as well: that one is not set, that nothing of the kind that has it belongs to the thing, that its kind has no such
attribute, and what cannot be read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.related import AIMED, select, workload_of
from sre_agent.chat.answers.wording import cell, noun, things
from sre_agent.chat.attributes import ObjectAttribute
from sre_agent.chat.lookup_session import data, enumeration, plain, rows
from sre_agent.domain.duration import duration
from sre_agent.domain.finding import Evidence

_DISPLAY_LIMIT: Final = 12
_PLAIN: Final = frozenset({"state", "states", "namespace"})  # their values need no name
_WORDED: Final = frozenset(
    {"age", "since_restart", "restarts", "end_reason", "ended", "ready", "node", "owner", "storage_class"}
)


async def values_of(talk: AnswerContext, subject: Subject, attributes: Sequence[ObjectAttribute]) -> str:
    """What the subject's attributes are, a line for each object that has them."""
    own = [one for one in attributes if one.columns(subject.kind)]
    lines = [await _own(talk, subject, own)] if own else []
    elsewhere: dict[tuple[str, ...], list[ObjectAttribute]] = {}
    for one in attributes:
        if not one.columns(subject.kind):
            elsewhere.setdefault(one.kinds, []).append(one)
    lines += [await _elsewhere(talk, subject, kinds, several) for kinds, several in elsewhere.items()]
    return "\n".join(lines)


def value_text(one: ObjectAttribute, row: Mapping[str, Any], kind: str) -> str:
    """An attribute with its value in a row of `kubectl_select`; empty where it is not set."""
    texts = [text for column in one.columns(kind) if (text := _plain_value(one, column, row.get(column)))]
    if not texts:
        return ""
    return texts[0] if one.name in _PLAIN | _WORDED else f"{one.title} {', '.join(dict.fromkeys(texts))}"


def unset_text(one: ObjectAttribute) -> str:
    """That an attribute is not set, and what holds then."""
    return f"no {one.title}" + (f" ({one.unset})" if one.unset else "")


async def _own(talk: AnswerContext, subject: Subject, attributes: Sequence[ObjectAttribute]) -> str:
    columns = [column for one in attributes for column in one.columns(subject.kind)]
    row, evidence = await talk.object(subject, *dict.fromkeys(columns))
    mark = talk.lookups.cite(evidence, subject.name)
    if evidence.answer is None:
        return f"{subject.short} could not be read: {plain(evidence.error)} {mark}"
    if not row:
        return f"{subject.short} no longer exists. {mark}"
    cells = [value_text(one, row, subject.kind) or unset_text(one) for one in attributes]
    if any(one.name == "owner" for one in attributes) and str(row.get("owner", "")).startswith("ReplicaSet/"):
        cells.append(f"which is of {(await workload_of(talk, subject)).short}")
    return f"{subject.short}: {', '.join(cells)}. {mark}"


async def _elsewhere(
    talk: AnswerContext, subject: Subject, kinds: Sequence[str], attributes: Sequence[ObjectAttribute]
) -> str:
    """From the first kind of which something that has them belongs to the subject."""
    titles = enumeration([one.title for one in attributes])
    why = "".join(f" {one.unread[:1].upper()}{one.unread[1:]}." for one in attributes if one.unread)
    none: tuple[str, Evidence] | None = None
    for kind in kinds:
        columns = list(dict.fromkeys(column for one in attributes for column in one.columns(kind)))
        evidence = await select(talk, subject, kind, columns, limit=_DISPLAY_LIMIT)
        if evidence is None:
            continue
        if evidence.answer is None:
            mark = talk.lookups.cite(evidence)
            return f"The {titles} of {subject.short} could not be read: {plain(evidence.error)} {mark}"
        if rows(evidence):
            return _rows(talk, subject, kind, attributes, evidence) + why
        none = none or (kind, evidence)
    if none is not None:
        kind, evidence = none
        verb = AIMED.get(kind, "of")
        return f"There is no {noun(kind, 1)} {verb} {subject.short}: no {titles}. {talk.lookups.cite(evidence)}{why}"
    have = f"{enumeration([noun(kind) for kind in kinds if kind != 'ReplicaSet'], 6)} may have one"
    return (
        f"{subject.short} has no {titles} of its own, and nothing that has one is known to belong to it: {have}.{why}"
    )


def _rows(
    talk: AnswerContext, subject: Subject, kind: str, attributes: Sequence[ObjectAttribute], evidence: Evidence
) -> str:
    page = rows(evidence)
    mark = talk.lookups.cite(evidence, ", ".join(str(row["name"]) for row in page))
    cells = [
        f"{row['name']}: {', '.join(value_text(one, row, kind) or unset_text(one) for one in attributes)}"
        for row in page
    ]
    if len(page) == 1:
        return f"{noun(kind, 1)} {cells[0]} ({AIMED.get(kind, 'of')} {subject.short}). {mark}"
    more = int(data(evidence)["count"]) - len(page)
    head = f"{things(kind, int(data(evidence)['count']))} {AIMED.get(kind, 'of')} {subject.short}: {mark}"
    return "\n".join([head, *(f"- {one}" for one in cells), *([f"and {more} more."] if more > 0 else [])])


def _plain_value(one: ObjectAttribute, column: str, value: Any) -> str:
    """A value as text, with its unit."""
    if value in (None, "", [], {}):
        return ""
    if one.name in _WORDED:
        return cell(column if column in _WORDED else one.name, value)
    if one.unit == "s" and str(value).isdigit():
        return duration(float(value))
    return _flat(value)


def _flat(value: Any) -> str:
    """Nested fields in a line: `key gpu, effect NoSchedule`."""
    if isinstance(value, Mapping):
        pairs = [(key, _flat(inner)) for key, inner in value.items()]
        return ",".join(f"{key}={text}" if text else str(key) for key, text in pairs)
    if isinstance(value, list):
        return ", ".join(dict.fromkeys(filter(None, map(_flat, value))))
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
