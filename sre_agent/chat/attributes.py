"""What things have: the table of attributes, each with where it stands in objects of a kind and how people call it.

A question is about a kind of object, an attribute of it, and what narrows or sums it up. The table is data, so that an
attribute more is a row more, and no new intent and no new answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml

from sre_agent.chat.words import WORKLOAD_KINDS

_POD_SPEC: Final = {"Pod": "spec", "CronJob": "spec.jobTemplate.spec.template.spec"}
_TEMPLATED: Final = (*WORKLOAD_KINDS, "ReplicaSet", "Pod")
_LONGEST: Final = 4  # words of a phrase
_UNIT: Final = ("seconds", "name")  # of a field's name, which people leave out
SUMMABLE: Final = ("n", "B", "cores")  # units of what can be added up
_SPLIT: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, eq=False)
class ObjectAttribute:
    """`places` are the columns or paths of `kubectl_select` by kind; of the empty kind those of any that has no own.

    The other fields are those of the table, which says what they mean.
    """

    name: str
    words: tuple[str, ...]
    places: Mapping[str, tuple[str, ...]]
    names: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    forms: tuple[str, ...] = ()
    adjective: bool = False
    unit: str = ""
    called: str = ""
    unset: str = ""
    resource: str = ""
    aspect: str = ""
    unread: str = ""
    usual: bool = False
    lacking: bool = False
    parts: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return self.called or self.name.rpartition(".")[2].replace("_", " ")

    def columns(self, kind: str) -> tuple[str, ...]:
        """Where it stands in objects of a kind; empty where they have no such thing."""
        return self.places.get(kind) or self.places.get("", ())

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that have it, in the table's order; none where any may."""
        return tuple(kind for kind in self.places if kind)


@cache
def attributes() -> Mapping[str, ObjectAttribute]:
    """All of them by name. Raises KeyError or TypeError for a table that is not of that form."""
    text = (resources.files(__package__) / "attributes.yaml").read_text(encoding="utf-8")
    rows: dict[str, dict[str, Any]] = yaml.load(text, yaml.CSafeLoader)
    return {name: _attribute(name, row) for name, row in rows.items()}


@cache
def attribute(name: str) -> ObjectAttribute:
    """The one of that name; what the table does not have is a column or a path of any kind."""
    entry = attributes().get(name)
    return entry or ObjectAttribute(name, (), {"": (name,)})


def in_full(names: Sequence[str]) -> list[ObjectAttribute]:
    """The attributes of these names, with those that one stands for in its place."""
    attribute_list = [attribute(name) for name in names]
    return [part for one in attribute_list for part in (in_full(one.parts) if one.parts else [one])]


@cache
def by_word() -> Mapping[str, tuple[ObjectAttribute, ...]]:
    """What each word or phrase may mean, in the table's order."""
    by_text: dict[str, list[ObjectAttribute]] = {}
    for one in attributes().values():
        for word in one.words:
            by_text.setdefault(word, []).append(one)
    return {word: tuple(several) for word, several in by_text.items()}


@cache
def by_value() -> Mapping[str, tuple[ObjectAttribute, str]]:
    """The attribute that has such a value, and the value as it is written, by the words for it in lower case."""
    return {word.lower(): (one, value) for one in attributes().values() for word, value in one.values.items()}


def column(name: str, kind: str) -> str:
    """The first column of an attribute in objects of a kind; of what has none its name."""
    return next(iter(attribute(name).columns(kind)), name)


def _attribute(name: str, row: Mapping[str, Any]) -> ObjectAttribute:
    fields = dict(row)
    places = _places(fields.pop("at", {}))
    extra_words = [word.strip() for word in str(fields.pop("words", "")).split(",")]
    own = [] if fields.get("usual") else [*([name.replace("_", " ")] if "_" in name else []), *_of_field(places)]
    own = [] if fields.get("names") else own
    values, parts = fields.pop("values", {}), tuple(fields.pop("parts", ()))
    by_words = values if isinstance(values, dict) else {str(value): str(value) for value in values}
    forms = tuple(fields.pop("forms", ()))
    words = tuple(word for word in dict.fromkeys([*own, *extra_words]) if word)
    return ObjectAttribute(name, words, places, values=by_words, parts=parts, forms=forms, **fields)


def _places(at: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """By kind, with what stands for several kinds spread over these."""
    places: dict[str, tuple[str, ...]] = {}
    for where, columns_at in at.items():
        columns = tuple(columns_at) if isinstance(columns_at, list) else (str(columns_at),)
        if where in ("pod", "container"):
            inside = "containers." if where == "container" else ""
            for kind in _TEMPLATED:
                spec = _POD_SPEC.get(kind, "spec.template.spec")
                places[kind] = (*places.get(kind, ()), *(f"{spec}.{inside}{one}" for one in columns))
        elif where == "template":
            places |= dict.fromkeys(_TEMPLATED, columns)
        else:
            places["" if where == "any" else where] = columns
    return places


def _of_field(places: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The names of the fields themselves: `terminationgraceperiodseconds`, `termination grace period`."""
    names: list[str] = []
    for columns in places.values():
        last = columns[0].rsplit(".", 1)[-1]
        parts = _SPLIT.sub(" ", last).lower().split()
        if len(columns) > 1 or len(parts) < 2:
            continue
        names += ["".join(parts), *([" ".join(parts)] if len(parts) <= _LONGEST else [])]
        if parts[-1] in _UNIT and len(parts) > 2:
            names.append(" ".join(parts[:-1]))
    return names
