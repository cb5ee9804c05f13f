"""What a recurrence costs beside the first incident, and how often a near miss is taken for one.

A cause has to be proven again, which takes one call at least: of a first incident of six calls that is a sixth, and a
tenth only from ten calls on. So the share is told by how many calls the first one took. A scripted model puts every
report into words, and is asked nothing else that is proven: its calls are counted too, beside those of tools.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import yaml

from tests.bench.figures import Figure
from tests.memory.stories import Ending, near_misses, recurrences, told
from tests.worlds.running import ground

SIZES: Final = ((1, 7, 20), (8, 1000, 30))  # calls of a first incident from and to, and the percentage to keep


def figures() -> Iterator[Figure]:
    with ground() as place, tempfile.TemporaryDirectory() as folder:
        misses = [told(one, place) for one in near_misses()]
        again = [told(one, place, model=f"scripted:{_script(Path(folder))}") for one in recurrences()]
    for aside, what in ((False, "worked on"), (True, "kept aside")):
        near = [one for one in misses if one.story.kept_aside is aside]
        share = f"memory, {what}: wrong recalls in {len(near)} near misses"
        yield Figure(share, sum(one.is_wrong_recall for one in near), "", 0)
        same = [one for one in again if one.story.kept_aside is aside]
        offers = [one for one in same if one.offered]
        yield Figure(f"memory, {what}: of {len(same)} recurrences, cost less", len(offers), "", 7, "≥")
        yield from _of_recurrences(offers, what)
        wrong = f"memory, {what}: other verdicts in {len(same)} recurrences"
        yield Figure(wrong, sum(one.causes != one.control for one in same), "", 0)


def _of_recurrences(endings: Sequence[Ending], what: str) -> Iterator[Figure]:
    """Of those whose first incident had deciding calls."""
    first = sum(one.calls[0] for one in endings)
    yield Figure(f"memory, {what}: calls of {len(endings)} recurrences of {first} at first", _share(endings), "%", 25)
    for least, most, limit in SIZES:
        if size := [one for one in endings if least <= one.calls[0] <= most]:
            calls = sorted(one.calls[0] for one in size)
            yield Figure(
                f"memory, {what}: {len(size)} whose first took {calls[0]} to {calls[-1]} calls",
                _share(size),
                "%",
                limit,
            )
    both = [sum(one.calls[which] + one.model_calls[which] for one in endings) for which in (0, 1)]
    yield Figure(f"memory, {what}: the same with {both[0]} calls of tools and model", 100 * both[1] / both[0], "%", 25)
    models = sum(one.model_calls[1] for one in endings) / len(endings)
    yield Figure(f"memory, {what}: calls of the model of a recurrence, on average", models, "", 1)
    second = sum(one.calls[1] for one in endings)
    yield Figure(f"memory, {what}: calls of a recurrence, on average", second / len(endings), "", 1.5)


def _share(endings: Sequence[Ending]) -> float:
    first, second = (sum(one.calls[place] for one in endings) for place in (0, 1))
    return 100 * second / first


def _script(folder: Path) -> Path:
    """A model that retells each report by its first statement, and has nothing to say to any other question."""
    words = {"tool": "Narrative", "arguments": {"items": [{"statement": "R1"}]}}
    turns = [
        {"expects": {"tools": ["Narrative"]}, "calls": [words], "repeats": True},
        {"text": "Nothing.", "repeats": True},
    ]
    file = folder / "script.yaml"
    file.write_text(yaml.safe_dump({"turns": turns}), encoding="utf-8")
    return file
