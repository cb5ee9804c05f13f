"""Where each thing of a sentence is, by the places that stand beside its name: one rule for questions and alarms.

A place that stands behind a name says where that one is. Of several places a name has the first that stands behind it,
or else the last before it; where the sentence begins with one (`in shop the cart fails and in core the ledger`), the
last before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

NONE: Final = ""


def own_places(marks: Sequence[tuple[str, bool]]) -> list[str]:
    """For the names and places of a sentence in their order, each with whether it is a place: the place of each name.

    Empty for a place, and for a name that has none of its own: with one place, any but the name right before it.
    """
    places = [(at, text) for at, (text, is_place) in enumerate(marks) if is_place]
    several = len({text for _, text in places}) > 1
    begins = bool(places) and places[0][0] == 0
    return [
        NONE if is_place else _of_several(at, places, begins) if several else _right_behind(at, marks)
        for at, (_, is_place) in enumerate(marks)
    ]


def _right_behind(at: int, marks: Sequence[tuple[str, bool]]) -> str:
    text, is_place = marks[at + 1] if at + 1 < len(marks) else (NONE, False)
    return text if is_place else NONE


def _of_several(at: int, places: Sequence[tuple[int, str]], begins: bool) -> str:
    behind = [text for where, text in places if where > at]
    before = [text for where, text in places if where < at]
    return before[-1] if before and (begins or not behind) else behind[0]
