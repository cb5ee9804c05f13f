"""Fields of a thing by words that the table of attributes does not have: its own manifest says what it has.

`The external traffic policy of web` is found by the words of a field's name, `RATE_URL` among its variables. Values of
secrets the server takes out before they come here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext

_SPLIT: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")
_PARTS: Final = ("spec", "status", "metadata")  # in this order: what is wanted before what is seen
_BOOKKEEPING: Final = (
    "metadata.managedFields",
    "metadata.annotations.kubectl.kubernetes.io/last-applied-configuration",
)
_DISPLAY_LIMIT: Final = 5
_LONGEST: Final = 160  # characters of a value


async def field_line(talk: AnswerContext, subject: Subject, words: Sequence[str]) -> str:
    """The fields whose names have all of these words; empty where there is none."""
    roots = {_root(part) for word in words for part in _split(word)}
    for part in _PARTS:
        row, evidence = await talk.object(subject, part)
        matches = [*dict.fromkeys(_holding(leaves(part, row.get(part)), roots))]
        if matches:
            text = "; ".join(f"{path} is {excerpt(value, _LONGEST)}" for path, value in matches[:_DISPLAY_LIMIT])
            more = f" and {len(matches) - _DISPLAY_LIMIT} more" if len(matches) > _DISPLAY_LIMIT else ""
            return f"{subject.short}: {text}{more}. {talk.lookups.cite(evidence, subject.name)}"
    return ""


def _holding(values: Iterator[tuple[str, str]], roots: set[str]) -> Iterator[tuple[str, str]]:
    """The leaves whose path ends in the words: in its last name, or in the two last ones."""
    for path, value in values:
        names = path.split(".")
        if not path.startswith(_BOOKKEEPING) and roots <= {_root(x) for name in names[-2:] for x in _split(name)}:
            yield path, value


def leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every value with its path; one of a list of named things under its name: `containers.web.image`."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(f"{path}.{key}", inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named_item(path, inner) if isinstance(inner, Mapping) else [(path, str(inner))]
    elif value not in (None, ""):
        yield path, str(value)


def _named_item(path: str, item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A thing of a list: `env.RATE_URL`, where it has a name and a value, else its fields; a condition by its type."""
    name = str(item.get("name") or (item.get("type") if "status" in item else "") or "")
    if name and set(item) <= {"name", "value", "valueFrom"}:
        value = item.get("value", item.get("valueFrom", ""))
        yield f"{path}.{name}", str(value)
        return
    for key, inner in item.items():
        yield from leaves(f"{path}.{name}.{key}" if name else f"{path}.{key}", inner)


def _split(name: str) -> list[str]:
    return [part.lower() for part in _SPLIT.split(name) if part]


def _root(word: str) -> str:
    return word.removesuffix("s") if len(word) > 3 else word
