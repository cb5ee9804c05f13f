"""What a recurrence costs beside the first incident, and how often a near miss is taken for one.

Counted is all from the signal to what is stored of the incident, with the preview of its remedy, both times by a
service that has just started. What leaves the process (requests to the cluster, to AWS and to Prometheus, calls of the
model) is what costs; a tool call makes as many requests as it needs. A scripted model puts every report into words, and
is asked nothing else that is proven.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from tests.bench.figures import Figure
from tests.memory.endings import Ending, RunCost, ending_of, scripted_model
from tests.memory.stories import near_misses, recurrences
from tests.worlds.running import ground

GOAL: Final = 10.0  # percent of the first incident; none of the processor, whose time is mostly the lab's
MEASURES: Final[dict[str, Callable[[RunCost], float]]] = {
    "requests and calls of the model": lambda cost: cost.leaving,
    "requests to Kubernetes": lambda cost: cost.requests["kubernetes"],
    "requests to AWS and Prometheus": lambda cost: cost.requests["aws"] + cost.requests["prometheus"],
    "calls of tools": lambda cost: cost.tools,
    "calls of the model": lambda cost: cost.model_calls,
    "calls of tools and of the model": lambda cost: cost.tools + cost.model_calls,
    "tokens": lambda cost: cost.tokens,
    "seconds of the processor": lambda cost: cost.seconds,
}


def figures() -> Iterator[Figure]:
    with ground() as place, tempfile.TemporaryDirectory() as folder:
        misses = [ending_of(one, place) for one in near_misses()]
        model = scripted_model(Path(folder))
        again = [ending_of(one, place, model=model) for one in recurrences()]
    for aside, what in ((False, "worked on"), (True, "kept aside")):
        near = [one for one in misses if one.story.kept_aside is aside]
        share = f"memory, {what}: wrong recalls in {len(near)} near misses"
        yield Figure(share, sum(one.is_wrong_recall for one in near), "", 0)
        same = [one for one in again if one.story.kept_aside is aside]
        proven = [one for one in same if one.control]
        offers = [one for one in proven if one.offered]
        yield Figure(
            f"memory, {what}: of {len(proven)} recurrences of a cause, cost less", len(offers), "", len(proven), "≥"
        )
        yield from _of_recurrences(proven, what)
        wrong = f"memory, {what}: other verdicts in {len(same)} recurrences"
        yield Figure(wrong, sum(one.causes != one.control for one in same), "", 0)


def _of_recurrences(endings: Sequence[Ending], what: str) -> Iterator[Figure]:
    """Of all whose first incident ended with a cause, also where nothing less than all of its calls proves it."""
    for name, measure in MEASURES.items():
        first, second = sum(measure(one.first) for one in endings), sum(measure(one.second) for one in endings)
        yield Figure(
            f"memory, {what}: {name}, of {first:,.0f} of {len(endings)} first incidents",
            100 * second / first,
            "%",
            100 if "processor" in name else GOAL,
        )
    second_calls = sum(one.second.tools for one in endings)
    yield Figure(f"memory, {what}: tool calls of a recurrence, on average", second_calls / len(endings), "", 1.5)
