"""An object read as an API server reads it: fields it does not know are dropped, values of another type are refused.

Nothing is raised here: the reading says what it met, and whoever asked decides what comes of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sre_lab.kubernetes import go_types, scalars
from sre_lab.kubernetes.go_types import INT_OR_STRING, OPAQUE, QUANTITY, TIMES
from sre_lab.kubernetes.protobuf import MessageField

Obj = dict[str, Any]


@dataclass(frozen=True)
class FieldLocation:
    """Where a value stands: in which struct, below which fields, and its full path with indexes and keys."""

    struct: str
    fields: tuple[str, ...]
    path: str

    def below(self, step: str) -> FieldLocation:
        return FieldLocation(self.struct, self.fields, f"{self.path}{step}")


@dataclass
class DecodedObject:
    """What was read: `value` is complete only where nothing is wrong."""

    value: Any
    unknown: list[str] = field(default_factory=list)  # paths, as `spec.containers[0].imag`
    wrong: list[str] = field(default_factory=list)  # each value of another type, in the words of the decoder


# a value, the Go type that belongs there, its place -> the decoder's words
Words = Callable[[Any, str, FieldLocation], str]


def decode(value: Obj, struct: str, words: Words) -> DecodedObject:
    """`value` as the Go struct of that name, a copy that has only the fields of the struct and no null."""
    reading = DecodedObject({})
    reading.value = _Reader(reading, words).struct(value, struct, (), "")
    return reading


class _Reader:
    def __init__(self, reading: DecodedObject, words: Words) -> None:
        self._to = reading
        self._words = words

    def struct(self, value: Any, struct: str, above: tuple[str, ...], path: str) -> Obj:
        fields = go_types.fields(struct)
        result: Obj = {}
        for key, inner in value.items():
            at = f"{path}.{key}" if path else str(key)
            if key not in fields:
                self._to.unknown.append(at)
            elif inner is not None or fields[key].type in TIMES:
                result[key] = self._field(inner, fields[key], FieldLocation(struct, (*above, key), at))
        return result

    def _field(self, value: Any, part: MessageField, place: FieldLocation) -> Any:
        python_type = {"*": list, "@": dict}.get(part.mark)
        if python_type is None:
            return self._one(value, part, place)
        if not isinstance(value, python_type):
            return self._refuse(value, go_types.go_type(place.struct, part), place)
        if python_type is list:
            return [self._one(item, part, place.below(f"[{number}]")) for number, item in enumerate(value)]
        return {key: self._one(item, part, place.below(f".{key}")) for key, item in value.items()}

    def _one(self, value: Any, part: MessageField, place: FieldLocation) -> Any:
        if part.type in OPAQUE:
            return value
        if value is None:
            return _ZEROS.get(part.type, {}) if part.mark else None
        if part.type in scalars.CHECKS:
            return self._scalar(value, part, place)
        if not isinstance(value, dict):
            return self._refuse(value, go_types.go_type(place.struct, part, inner=True), place)
        return self.struct(value, part.type, place.fields, place.path)

    def _scalar(self, value: Any, part: MessageField, place: FieldLocation) -> Any:
        kind = go_types.go_type(place.struct, part, inner=True)
        fits, problem = scalars.CHECKS[part.type](value, kind)
        if problem:
            self._to.wrong.append(problem)
        elif not fits:
            return self._refuse(value, "int32" if part.type == INT_OR_STRING else kind, place)
        return value

    def _refuse(self, value: Any, expected: str, place: FieldLocation) -> Any:
        self._to.wrong.append(self._words(value, expected, place))
        return value


_ZEROS: dict[str, Any] = {"s": "", "y": "", "i": 0, "d": 0, "b": False, QUANTITY: "0", INT_OR_STRING: 0}


def json_words(value: Any, expected: str, place: FieldLocation) -> str:
    """As a body in JSON or YAML is refused."""
    actual = scalars.json_kind(value)
    if actual == "number" and expected in scalars.INTEGERS:
        actual = f"number {value}"
    where = f"{go_types.name(place.struct)}.{'.'.join(place.fields)}"
    return f"json: cannot unmarshal {actual} into Go struct field {where} of type {expected}"


def converter_words(value: Any, expected: str, place: FieldLocation) -> str:
    """As the result of a strategic merge patch is refused, which is converted without passing through JSON."""
    kind, actual = scalars.reflect_kind(expected), scalars.go_kind(value)
    if kind in ("map", "slice"):
        return f"cannot restore {kind} from {actual}"
    if kind == "struct":
        return f"cannot restore struct from: {actual}"
    numbers = ("int64", "float64")
    if (actual == "int64" and kind == "string") or (actual in numbers and kind in scalars.INTEGERS):
        return f"cannot convert {actual} to {expected}"
    return f"unrecognized type: {kind}"
