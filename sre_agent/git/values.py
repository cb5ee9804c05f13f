"""What an expression of a template comes to, as far as it only looks a value up. Pure.

`.Values` with its default, in quotes or as YAML, is understood, and `.Chart.AppVersion`. Whatever else a template
computes is not: then the field is not located.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mcp_servers.contract.field_changes import Path, value_at
from sre_agent.git.templates import Expression, TemplateField

_PLAIN: Final = re.compile(r"(?:quote|squote|toString|trim|nindent \d+|indent \d+|int|toYaml|tpl \. \$?|default .+)")
_REFERENCE: Final = re.compile(r"(?:toYaml |quote |int |toString )?\(?\$?(\.[\w.]*)\)?")
_DEFAULT: Final = re.compile(r"default (\S+)(?: (\S+))?")


@dataclass(frozen=True)
class ValueReference:
    """The path in the values that an expression looks up, and the expression that stands in where it is not set."""

    path: Path
    otherwise: str = ""


def reference(expression: Expression) -> ValueReference | None:
    """What an expression looks up; None where it does more, or something else."""
    first, *pipes = (part.strip() for part in expression.text.split("|"))
    if any(not _PLAIN.fullmatch(pipe) for pipe in pipes):
        return None
    otherwise = next((match[1] for pipe in pipes if (match := _DEFAULT.fullmatch(pipe))), "")
    if (match := _DEFAULT.fullmatch(first)) and match[2]:
        otherwise, first = match[1], match[2]
    match = _REFERENCE.fullmatch(first)
    if match is None or (expression.scope == "?" and not match[1].startswith(".Values")):
        return None
    path = match[1] if match[1].startswith(".Values") else expression.scope + match[1].rstrip(".")
    if not path.startswith(".Values."):
        return None
    return ValueReference(tuple(path.removeprefix(".Values.").split(".")), otherwise)


def looked_up(one: ValueReference, values: Mapping[str, Any], chart: Mapping[str, Any]) -> Any:
    """The value that a reference gives; None where it cannot be told."""
    value = value_at(values, one.path)
    if value not in (None, "", 0, False):
        return value
    if one.otherwise == ".Chart.AppVersion":
        return chart.get("appVersion")
    if one.otherwise.startswith(".Values."):
        return value_at(values, tuple(one.otherwise.removeprefix(".Values.").split(".")))
    if one.otherwise.startswith('"'):
        return one.otherwise.strip('"')
    return value


def _path_of(one: ValueReference, values: Mapping[str, Any]) -> Path:
    """Where the value stands that a reference gives: in its own place, unless another value stands in for it."""
    if one.otherwise.startswith(".Values.") and value_at(values, one.path) in (None, "", 0, False):
        return tuple(one.otherwise.removeprefix(".Values.").split("."))
    return one.path


def to_change(
    field: TemplateField, before: Any, after: Any, values: Mapping[str, Any], chart: Mapping[str, Any]
) -> tuple[Path, Any] | None:
    """Which value has to become what, so that a field that is `before` becomes `after`; None where that is not one
    value, or where the template does not come to `before` at all."""
    references = [reference(part) if isinstance(part, Expression) else None for part in field.parts]
    expressions = [n for n, part in enumerate(field.parts) if isinstance(part, Expression)]
    if any(references[n] is None for n in expressions) or not expressions:
        return None
    if len(expressions) == 1 and not "".join(part for part in field.parts if isinstance(part, str)).strip():
        one = references[expressions[0]]
        if one is None or value_at(looked_up(one, values, chart), field.rest) != before:
            return None
        return (*_path_of(one, values), *field.rest), after
    return None if field.rest else _in_text(field, references, before, after, values, chart)


def _in_text(
    field: TemplateField,
    references: list[ValueReference | None],
    before: Any,
    after: Any,
    values: Mapping[str, Any],
    chart: Mapping[str, Any],
) -> tuple[Path, Any] | None:
    """One of several parts of a text, as the tag of an image; of two that would do the last."""
    texts = [
        part if isinstance(part, str) else str(looked_up(one, values, chart)) if one is not None else ""
        for part, one in zip(field.parts, references, strict=True)
    ]
    if "".join(texts) != str(before):
        return None
    for n in range(len(texts) - 1, -1, -1):
        one = references[n]
        head, tail = "".join(texts[:n]), "".join(texts[n + 1 :])
        text = str(after)
        if one is not None and len(text) > len(head + tail) and text.startswith(head) and text.endswith(tail):
            return _path_of(one, values), text[len(head) : len(text) - len(tail)]
    return None
