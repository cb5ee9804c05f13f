"""What things have: the table of attributes, each with where it stands in objects of a kind and how people call it.

A question is about a kind of object, an attribute of it, and what narrows or sums it up. The table is data, so that an
attribute more is a row more, and no new intent and no new answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml

from sre_agent.chat.words import WORKLOAD_KINDS

_POD_SPEC: Final = {"Pod": "spec", "CronJob": "spec.jobTemplate.spec.template.spec"}
_TEMPLATED: Final = (*WORKLOAD_KINDS, "ReplicaSet", "Pod")
_LONGEST: Final = 4  # words of a phrase
_UNIT: Final = ("seconds", "name")  # of a field's name, which people leave out
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
    values: tuple[str, ...] = ()
    unit: str = ""
    called: str = ""
    unset: str = ""
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
    given: dict[str, dict[str, Any]] = yaml.load(text, yaml.CSafeLoader)
    return {name: _attribute(name, row) for name, row in given.items()}


@cache
def attribute(name: str) -> ObjectAttribute:
    """The one of that name; what the table does not have is a column or a path of any kind."""
    known = attributes().get(name)
    return known or ObjectAttribute(name, (), {"": (name,)})


def in_full(names: Sequence[str]) -> list[ObjectAttribute]:
    """The attributes of these names, with those that one stands for in its place."""
    found = [attribute(name) for name in names]
    return [part for one in found for part in (in_full(one.parts) if one.parts else [one])]


@cache
def by_word() -> Mapping[str, tuple[ObjectAttribute, ...]]:
    """What each word or phrase may mean, in the table's order."""
    found: dict[str, list[ObjectAttribute]] = {}
    for one in attributes().values():
        for word in one.words:
            found.setdefault(word, []).append(one)
    return {word: tuple(several) for word, several in found.items()}


@cache
def by_value() -> Mapping[str, tuple[ObjectAttribute, str]]:
    """The attribute that has such a value, and the value as it is written, by its lower case."""
    return {value.lower(): (one, value) for one in attributes().values() for value in one.values}


def column(name: str, kind: str) -> str:
    """The first column of an attribute in objects of a kind; of what has none its name."""
    return next(iter(attribute(name).columns(kind)), name)


def _attribute(name: str, row: Mapping[str, Any]) -> ObjectAttribute:
    given = dict(row)
    places = _places(given.pop("at", {}))
    said = [word.strip() for word in str(given.pop("words", "")).split(",")]
    own = [] if given.get("usual") else [*([name.replace("_", " ")] if "_" in name else []), *_of_field(places)]
    own = [] if given.get("names") else own
    values, parts = tuple(given.pop("values", ())), tuple(given.pop("parts", ()))
    words = tuple(word for word in dict.fromkeys([*own, *said]) if word)
    return ObjectAttribute(name, words, places, values=values, parts=parts, **given)


def _places(at: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """By kind, with what stands for several kinds spread over these."""
    found: dict[str, tuple[str, ...]] = {}
    for where, given in at.items():
        columns = tuple(given) if isinstance(given, list) else (str(given),)
        if where in ("pod", "container"):
            inside = "containers." if where == "container" else ""
            for kind in _TEMPLATED:
                spec = _POD_SPEC.get(kind, "spec.template.spec")
                found[kind] = (*found.get(kind, ()), *(f"{spec}.{inside}{one}" for one in columns))
        elif where == "template":
            found |= dict.fromkeys(_TEMPLATED, columns)
        else:
            found["" if where == "any" else where] = columns
    return found


def _of_field(places: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The names of the fields themselves: `terminationgraceperiodseconds`, `termination grace period`."""
    found: list[str] = []
    for columns in places.values():
        last = columns[0].rsplit(".", 1)[-1]
        parts = _SPLIT.sub(" ", last).lower().split()
        if len(columns) > 1 or len(parts) < 2:
            continue
        found += ["".join(parts), *([" ".join(parts)] if len(parts) <= _LONGEST else [])]
        if parts[-1] in _UNIT and len(parts) > 2:
            found.append(" ".join(parts[:-1]))
    return found
