"""Repositories as they are published: the right place is found, or it is said why not; a wrong one never."""

from __future__ import annotations

from tests.git import argo_layouts, chart_layouts, flux_layouts, later_layouts, plain_layouts
from tests.git.published import PUBLISHED, kept_aside, verdict

LAYOUTS = (argo_layouts, chart_layouts, flux_layouts, later_layouts, plain_layouts)  # each has its own under PUBLISHED
SEEDS = 4


def test_the_place_is_found_in_nine_of_ten_published_repositories_and_a_wrong_one_never() -> None:
    names = [name for name in PUBLISHED if not kept_aside(name)]
    every = {(name, number): verdict(name, number) for name in names for number in range(SEEDS)}
    wrong = {case: answer for case, (result, answer) in every.items() if result == "wrong"}
    assert not wrong
    open_ones = {case: answer for case, (result, answer) in every.items() if result == "not located"}
    assert len(every) >= 60 and len(open_ones) <= 0.1 * len(every), open_ones
