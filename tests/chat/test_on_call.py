"""Questions of people on call are answered from the cluster and from what is on record, and about nothing else."""

from __future__ import annotations

import pytest

from tests.chat import on_call

LEAST = 0.9  # of a scene's questions, right or of use


@pytest.mark.parametrize("scene", ["waiting", pytest.param("fixed", marks=pytest.mark.long),
                                   *(pytest.param(scene, marks=pytest.mark.long)
                                     for scene in ("no_fault", "quiet", "rejected", "unsafe"))])  # fmt: skip
def test_a_scene_is_told_rightly_and_nothing_is_called_well_that_is_not(scene: str) -> None:
    results = on_call.asked_in(scene, aside=False)
    short = {one.question.name: one.short for one in results if one.short}
    assert len(short) <= (1 - LEAST) * len(results), short
    assert not [one.question.name for one in results if one.false_all_clear or one.about_another]


def test_every_scene_has_its_questions_and_about_half_of_all_are_kept_aside() -> None:
    rows = [row for scene in on_call.scenes() for row in on_call.questions(scene)[1]]
    assert len(rows) == 100 and 40 <= sum(row.kept_aside for row in rows) <= 60
