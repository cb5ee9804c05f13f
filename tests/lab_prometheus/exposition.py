"""A strict reader of the text exposition format 0.0.4: whatever the format forbids is an error."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_HELP = re.compile(rf"# HELP ({_NAME}) ((?:[^\\]|\\[\\n])*)")
_TYPE = re.compile(rf"# TYPE ({_NAME}) (counter|gauge|histogram|summary|untyped)")
_SAMPLE = re.compile(rf"({_NAME})(?:\{{(.*)\}})? (\S+)")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)')
_SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("", "_sum", "_count")}
Labels = tuple[tuple[str, str], ...]


@dataclass
class Family:
    name: str
    help: str = ""
    type: str = "untyped"
    samples: dict[tuple[str, Labels], float] = field(default_factory=dict)


def read(text: str) -> dict[str, Family]:
    """The families by name; ValueError for anything that a strict parser refuses."""
    if not text.endswith("\n"):
        raise ValueError("the last line has no end")
    families: dict[str, Family] = {}
    current: Family | None = None
    for line in text.splitlines():
        if match := _HELP.fullmatch(line):
            if match[1] in families:
                raise ValueError(f"a second family {match[1]}")
            current = families[match[1]] = Family(match[1], match[2])
        elif match := _TYPE.fullmatch(line):
            if current is None or current.name != match[1] or current.samples:
                raise ValueError(f"TYPE without its HELP, or behind samples: {line}")
            current.type = match[2]
        elif current is None:
            raise ValueError(f"a sample without a family: {line}")
        else:
            _add(current, line)
    for family in families.values():
        _check(family)
    return families


def _add(family: Family, line: str) -> None:
    match = _SAMPLE.fullmatch(line)
    if match is None:
        raise ValueError(f"no sample: {line}")
    allowed = [family.name + suffix for suffix in _SUFFIXES.get(family.type, ("",))]
    if match[1] not in allowed:
        raise ValueError(f"{match[1]} among the samples of {family.name}")
    key = match[1], _labels(match[2] or "")
    if key in family.samples:
        raise ValueError(f"twice: {line}")
    family.samples[key] = float(match[3])


def _labels(text: str) -> Labels:
    values: dict[str, str] = {}
    place = 0
    while place < len(text):
        match = _LABEL.match(text, place)
        if match is None or match[1] in values:
            raise ValueError(f"no label, or one twice: {text[place:]}")
        values[match[1]] = match[2].replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\")
        place = match.end()
    return tuple(sorted(values.items()))


def _check(family: Family) -> None:
    if family.type == "counter" and any(value < 0 for value in family.samples.values()):
        raise ValueError(f"{family.name} counts below zero")
    if family.type != "histogram":
        return
    buckets: dict[Labels, list[tuple[float, float]]] = {}
    for (name, labels), value in family.samples.items():
        if name.endswith("_bucket"):
            rest = tuple(pair for pair in labels if pair[0] != "le")
            buckets.setdefault(rest, []).append((float(dict(labels)["le"]), value))
    for labels, bounds in buckets.items():
        if bounds != sorted(bounds) or bounds[-1][0] != float("inf"):
            raise ValueError(f"buckets of {family.name}{labels} fall, or do not end with +Inf")
        counts = [count for _, count in bounds]
        if counts != sorted(counts) or family.samples[(f"{family.name}_count", labels)] != counts[-1]:
            raise ValueError(f"{family.name}{labels} does not add up")
        if (f"{family.name}_sum", labels) not in family.samples:
            raise ValueError(f"{family.name}{labels} has no sum")
