"""What a rehearsal says of a live namespace of our own making comes true there; `make bench` has the whole figures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rehearsal.live.family import live_trials
from tests.rehearsal.live.trial import outcome_of
from tests.worlds.running import Ground, ground

BY_NAME = {trial.name: trial for trial in live_trials(each=2)}


@pytest.fixture(scope="module")
def place() -> Iterator[Ground]:
    with ground() as lab:
        yield lab


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("policy_ingress-right-1", "heals"),
        pytest.param("policy_ingress-useless-2", "would_not_heal", marks=pytest.mark.long),
        pytest.param("config_map_key-useless-2", "would_not_heal", marks=pytest.mark.long),
        pytest.param("new_version_crashes-useless-1", "cannot_be_rehearsed", marks=pytest.mark.long),
    ],
)
def test_what_a_rehearsal_says_comes_true(name: str, result: str, place: Ground) -> None:
    outcome = outcome_of(BY_NAME[name], place)
    assert outcome.rehearsal is not None and outcome.rehearsal.result == result, outcome
    assert outcome.came_true is not False and not outcome.losses
