"""Each recorded case lived through in the lab comes out as it did in a real cluster."""

from __future__ import annotations

import pytest

from tests.fidelity import cases, scores, vocabulary
from tests.fidelity.recordings import FOLDER, catalogue
from tests.sampling import fields_of, sample

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the recordings of a real cluster are not at {FOLDER}")
GOOD, GOOD_CASES = 0.90, 20


def kinds(name: str) -> set[tuple[str, ...]]:
    """What a case is about: what was done in it, and how its images behave."""
    case = cases.load(name)
    done = {("done", action.run.split()[0] if action.run else "other") for action in case.actions}
    return done | {("image", field) for profile in case.images.values() for field in fields_of(profile)}


QUICK = sample(cases.names(), kinds)
EVERY_CASE = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in QUICK else [pytest.mark.long]) for name in cases.names()]
)
EARLY_OR_LATE_SECONDS, EARLY_OR_LATE_SHARE = 15.0, 0.1  # the pause between two tries of a kubelet, and what adds up


@pytest.mark.long
def test_most_cases_equal_the_recording_in_nine_of_ten_key_paths() -> None:
    good = [name for name in cases.names() if scores.reaches(name, GOOD)]
    assert len(good) >= GOOD_CASES, good


@EVERY_CASE
def test_a_case_is_no_less_like_its_recording_than_it_was(name: str) -> None:
    assert scores.reaches(name, cases.load(name).floor), scores.result(name).score.share()


@EVERY_CASE
def test_pods_and_deployments_change_in_the_recorded_order(name: str) -> None:
    missing = scores.unlike(name)
    assert len(missing) <= cases.load(name).unordered, [(one.name, one.order()) for one in missing]


@EVERY_CASE
def test_containers_restart_when_the_recorded_ones_did(name: str) -> None:
    late = [
        (history.name, key, at, lab.restarts()[key])
        for history, lab in scores.alike(name)
        for key, at in history.restarts().items()
        if key in lab.restarts() and abs(lab.restarts()[key] - at) > EARLY_OR_LATE_SECONDS + EARLY_OR_LATE_SHARE * at
    ]
    assert not late


@EVERY_CASE
def test_a_case_emits_only_events_that_the_recorded_cluster_emitted(name: str) -> None:
    result, of_catalogue, ours = (
        scores.lived(name, scores.SEEDS[0]),
        vocabulary.recorded(catalogue()),
        vocabulary.ours(),
    )
    keys = {vocabulary.key(event) for snapshot in result.recording.snapshots for event in snapshot.events}
    events = [change.object for change in result.replay.watch("Event")]
    strange = [e for e in events if not of_catalogue.knows(e) and not (vocabulary.key(e) in keys and ours.knows(e))]
    assert not {(e["involvedObject"]["kind"], e["reason"], e["message"]) for e in strange}
