"""The score of a case: its replay compared with its recording, snapshot by snapshot.

A cluster takes chances: when its kubelets look, how long they pause between two tries. So a case is lived through with
several seeds. Its score is that of the middle one; an order of changes counts as kept when one of them keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import anyio

from tests.fidelity import cases, transitions
from tests.fidelity.comparison import Score, compare
from tests.fidelity.recordings import Recording, Snapshot, recordings
from tests.fidelity.replay import Replay, replay
from tests.fidelity.transitions import History

NEAR_ENOUGH = 0.99  # no other moment of the lab is looked at then
SEEDS = (1, 2, 3)
MORE_SEEDS = range(4, 11)  # lived through only while an order has not been found


@dataclass(frozen=True)
class Result:
    """One replay. `by_snapshot` has a score for each recorded snapshot, by its label."""

    recording: Recording
    replay: Replay
    by_snapshot: dict[str, Score]

    @property
    def score(self) -> Score:
        total = Score()
        for part in self.by_snapshot.values():
            total.add(part)
        return total


@cache
def lived(name: str, seed: int) -> Result:
    """The replay of a case with a seed; kept, because it answers several questions."""
    case, recording = cases.load(name), recordings()[name]
    lab_run = anyio.run(replay, case, recording, seed)
    scores = {}
    for snapshot in recording.snapshots:
        scores[snapshot.label] = _best(snapshot, lab_run.snapshots[snapshot.label])
    return Result(recording, lab_run, scores)


def _best(snapshot: Snapshot, snapshots: list[Snapshot]) -> Score:
    """The comparison with the moment that answers best to the recorded one; the middle one first."""
    middle = len(snapshots) // 2
    best = compare(snapshot, snapshots[middle])
    for other in [*snapshots[:middle], *snapshots[middle + 1 :]]:
        if best.share() >= NEAR_ENOUGH:
            break
        best = max(best, compare(snapshot, other), key=Score.share)
    return best


def result(name: str) -> Result:
    """The replay with the middle score."""
    return sorted((lived(name, seed) for seed in SEEDS), key=lambda one: one.score.share())[len(SEEDS) // 2]


def reaches(name: str, share: float) -> bool:
    """Whether the middle replay is that much like the recording: no more are made than it takes to know."""
    fewest = len(SEEDS) // 2 + 1
    better = worse = 0
    for seed in SEEDS:
        if lived(name, seed).score.share() >= share:
            better += 1
        else:
            worse += 1
        if fewest in (better, worse):
            break
    return better >= fewest


@cache
def unlike(name: str) -> list[History]:
    """The recorded histories of pods and Deployments that no replay repeats in their order.

    Once there are no more of them than the case allows, no further one is tried.
    """
    left: list[str] = []
    histories: list[History] = []
    for seed in (*SEEDS, *MORE_SEEDS):
        missing = [history for history, lab in _histories(name, seed) if lab is None]
        histories = missing if seed == SEEDS[0] else [one for one in missing if one.name in left]
        left = [one.name for one in histories]
        if len(left) <= cases.load(name).unordered:
            break
    return histories


def alike(name: str) -> list[tuple[History, History]]:
    """Recorded histories of pods, each with that of a pod of the lab that went through the same."""
    pairs = _histories(name, SEEDS[0])
    return [(history, lab) for history, lab in pairs if lab is not None and history.kind == "Pod"]


def _histories(name: str, seed: int) -> list[tuple[History, History | None]]:
    outcome = lived(name, seed)
    until, start = max(snapshot.after for snapshot in outcome.recording.snapshots), outcome.recording.start
    pairs: list[tuple[History, History | None]] = []
    for resource, kind, read in (
        ("pods", "Pod", transitions.of_pods),
        ("deployments", "Deployment", transitions.of_deployments),
    ):
        changes = [change for change in outcome.recording.watch(resource) if change.at <= until]
        pairs += transitions.paired(read(changes, start), read(outcome.replay.watch(kind), start))
    return pairs
