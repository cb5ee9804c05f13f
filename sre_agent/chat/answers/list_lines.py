"""A thing of a list in a line: its name, and what was asked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sre_agent.chat.answers.attribute_values import unset_text, value_text
from sre_agent.chat.answers.wording import flat
from sre_agent.chat.attributes import ObjectAttribute, attribute
from sre_agent.chat.query import ChatQuery


def _with_count(one: ObjectAttribute, row: Mapping[str, Any], kind: str) -> str:
    """An attribute with how many values it has, where these are several things: `2 variables LOG_LEVEL, PORT`."""
    values = [value for column in one.columns(kind) for value in flat([row.get(column)]) if value not in (None, "")]
    text = value_text(one, row, kind)
    return f"{len(values)} {text}" if len(values) > 1 and not one.unit and text else text


def list_line(
    row: Mapping[str, Any], attributes: Sequence[ObjectAttribute], kind: str, query: ChatQuery, *, with_namespace: bool
) -> str:
    """`name (namespace): state, 3 restarts`. What was asked for and is not set is said."""
    name = str(row["name"]) + (f" ({row['namespace']})" if with_namespace and row.get("namespace") else "")
    text_of = _with_count if query.intent == "count" else value_text
    texts = {one.name: text_of(one, row, kind) for one in attributes}
    if len(query.columns) == 1 and not any(texts.values()) and not query.lacking:
        return f"{name}: {unset_text(attribute(query.columns[0]))}"
    cells = [text for text in texts.values() if text]
    return f"{name}: {', '.join(cells)}" if cells else name
