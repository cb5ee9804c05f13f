"""Kinds, counts, durations and rows in the one voice of all answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sre_agent.chat import words as w
from sre_agent.chat.states import StateWord
from sre_agent.domain.duration import duration


def things(kind: str, count: int) -> str:
    """`1 pod`, `14 pods`."""
    return f"{count} {noun(kind, count)}"


def noun(kind: str, count: int = 2) -> str:
    one, many = w.PLURAL.get(kind, (kind, f"{kind}s"))
    word = one if count == 1 else many
    return word.lower() if kind in ("Pod", "Node", "Namespace", "Secret", "Job", "Service", "Role") else word


def where(namespace: str) -> str:
    return f"in namespace {namespace}" if namespace else "in the cluster"


def cell(column: str, value: Any) -> str:
    """One value of a row, in words; empty where there is none."""
    if value in (None, "", []):
        return ""
    if isinstance(value, Mapping):
        value = value.get("matchLabels", value)
    if isinstance(value, Mapping):
        return ",".join(f"{key}={inner}" for key, inner in value.items())
    if column in ("age", "since_restart"):
        return f"{duration(float(value))} old" if column == "age" else f"restarted {duration(float(value))} ago"
    text = ", ".join(map(str, flat(value))) if isinstance(value, list) else str(value)
    names = {"restarts": "restarts", "ready": "ready", "node": "on node", "owner": "of", "storage_class": "class"}
    if column == "restarts":
        return f"{text} {'restart' if text == '1' else 'restarts'}"
    if column == "ended":
        return f"last ended with {text}"
    if column == "ready":
        return f"{text.replace('/', ' of ')} ready"
    if column in names:
        return f"{names[column]} {text}"
    if column.startswith(("spec.", "status.")):
        return f"{column.rsplit('.', 1)[-1]} {text}"
    return f"{column} {text}" if column in ("labels", "annotations", "selector") else text


def flat(values: Sequence[Any]) -> list[Any]:
    """Of lists in lists, as the ports of each container, the values."""
    return [x for value in values for x in (flat(value) if isinstance(value, list) else [value])]


def row(fields: Mapping[str, Any], columns: Sequence[str], *, with_namespace: bool) -> str:
    """`name (namespace): state, 3 restarts`."""
    name = str(fields["name"]) + (f" ({fields['namespace']})" if with_namespace and fields.get("namespace") else "")
    cells = [text for column in columns if (text := cell(column, fields.get(column)))]
    return f"{name}: {', '.join(cells)}" if cells else name


def states(pairs: Sequence[tuple[StateWord, bool]], unhealthy: bool) -> str:
    """`not ready`, `pending and evicted`."""
    phrases = [f"not {state.word}" if negated else state.word for state, negated in pairs]
    return " and ".join([*phrases, *(["unhealthy"] if unhealthy and not phrases else [])])
