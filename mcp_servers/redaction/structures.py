"""Secrets in structures, where a name and its value are not one text: fields, pairs of name and value, arguments."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, Final

from mcp_servers.redaction.mentions import kind_of, kind_of_field
from mcp_servers.redaction.names import holds_a_value, is_about, means_the_same
from mcp_servers.redaction.passages import without_named
from mcp_servers.redaction.search_text import SearchText
from mcp_servers.redaction.value_checks import holds_secret, looks_chosen, looks_drawn, says_no_secret

MASK: Final = "[redacted:secret]"
_CALLED: Final = re.compile(
    r"(?:\w*[a-z])?(?:name|key|id|field|variable|header|option|setting|parameter|attribute|property|param|attr|env|column)|[A-Z]\w*(?:Name|Key)",
    re.I,
)
_OBJECTS: Final = ("Secret", "ConfigMap")
_OF_A_REFERENCE: Final = re.compile(
    r"Ref/name$|/(?:secret|configMap)/(?:secretN|n)ame$|/imagePullSecrets$"
)  # JSON pointers in a pod template
_HEADINGS: Final = ("columns", "header", "headings", "fields")
_ROWS: Final = ("rows", "values", "data")


def kind_within(kind: str, key: Any) -> str:
    """What a field is of whose outer field is of a kind: the same where its own name adds nothing to it."""
    return kind if isinstance(key, str) and (means_the_same(key) or (kind == "many" and not is_about(key))) else ""


def without_pairs(fields: dict[Any, Any]) -> dict[Any, Any]:
    """The fields, without the value where another field beside it names it."""
    values = [key for key in fields if isinstance(key, str) and holds_a_value(key)]
    if not values:
        return fields
    kinds = [kind_of(fields[key]) for key in fields if isinstance(key, str) and _CALLED.fullmatch(key)
             and isinstance(fields[key], str)]  # fmt: skip
    kind = next((kind for kind in kinds if kind), "")
    path = fields.get("path")  # of a change to a document, where a name may be that of an object
    if fields.get("name") in _OBJECTS and isinstance(path, str) and _OF_A_REFERENCE.search(path):
        return fields  # what a Secret is called is no secret
    within = kind_of(path) if isinstance(path, str) else ""
    masks = {key: MASK for key in values if _is_value_of(kind, fields[key]) or holds_secret(within, fields[key])}
    return {**fields, **masks}


def _is_value_of(kind: str, value: Any) -> bool:
    """Whether a pair gives a secret away: there a name is meant for its value, so that any text is one."""
    if isinstance(value, str) and kind in ("password", "key") and not value.isdigit():
        return len(value) >= 4 and not says_no_secret(value)
    return holds_secret(kind, value)


def without_columns(fields: dict[Any, Any]) -> dict[Any, Any]:
    """The fields of a table, without what stands in its rows under a secret's name."""
    headings: list[Any] = next((fields[key] for key in _HEADINGS if isinstance(fields.get(key), list)), [])
    kinds = {
        place: kind for place, name in enumerate(headings) if isinstance(name, str) and (kind := kind_of_field(name))
    }
    if not kinds:
        return fields
    rows = {key: fields[key] for key in _ROWS if isinstance(fields.get(key), list)}
    return {**fields, **{key: [_row(row, kinds) for row in cell] for key, cell in rows.items()}}


def _row(row: Any, kinds: dict[int, str]) -> Any:
    if not isinstance(row, list):
        return row
    return [MASK if holds_secret(kinds.get(place, ""), cell) else cell for place, cell in enumerate(row)]


def without_arguments(items: list[Any]) -> list[Any]:
    """The items of a list, without those that follow an option for a secret, or its name in a pair."""
    if len(items) == 2 and _is_pair(*items):
        return [items[0], MASK]
    result = list(items)
    for place, (option, item) in enumerate(pairwise(items)):
        if (
            isinstance(option, str)
            and isinstance(item, str)
            and option.startswith("-")
            and not {" ", "="} & set(option)
        ):
            line = f"{option} {item}"
            if without_named(SearchText(line)) != line:
                result[place + 1] = MASK
    return result


def _is_pair(name: Any, value: Any) -> bool:
    """Whether a list of two is a name and its secret, and not two names."""
    if not isinstance(name, str) or not isinstance(value, str) or kind_of(name) not in ("password", "key"):
        return False
    if says_no_secret(value) or kind_of(value):
        return False
    return looks_chosen(value) if kind_of(name) == "password" else looks_drawn(value, 10)
