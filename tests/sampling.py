"""What `make test` has of a matrix: as few rows as show every kind of row. `make test-all` has all of them.

A new row falls under the same rule: it is in the normal run when it shows what no other one does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from functools import cache
from typing import TypeVar

from pydantic import BaseModel

from sre_lab import scenario

Row = TypeVar("Row")


def sample(rows: Iterable[Row], kinds: Callable[[Row], Set[object]]) -> list[Row]:
    """The row with the most kinds, then again and again the one with the most that are not shown yet; ties in order."""
    left = [(row, set(kinds(row))) for row in rows]
    selection = []
    while any(more for _, more in left):
        row, features = max(left, key=lambda entry: len(entry[1]))
        selection.append(row)
        left = [(other, more - features) for other, more in left]
    return selection


@cache
def load_shipped(name: str) -> scenario.Scenario:
    """A scenario that comes with the product, read once in all processes of tests (`tests.processes.warm`)."""
    return scenario.load(name)


def parts(name: str) -> set[tuple[str, str]]:
    """What the world of a scenario is made of: the forms of its faults, and what its file gives beside them."""
    loaded = load_shipped(name)
    faults = {("fault", form) for fault in loaded.faults for form in fields_of(fault)}
    return faults | {("given", field) for field in fields_of(loaded)}


def fields_of(part: BaseModel) -> Iterator[str]:
    """The fields of it that its file gives."""
    return (name for name in type(part).model_fields if name in part.model_fields_set and getattr(part, name))
