"""Repositories as they are published: the right place is found, or it is said why not; a wrong one never."""

from __future__ import annotations

from tests.git import argo_layouts, chart_layouts, flux_layouts, plain_layouts
from tests.git.published import PUBLISHED, verdict

LAYOUTS = (argo_layouts, chart_layouts, flux_layouts, plain_layouts)  # each has its own under PUBLISHED

SEEDS = 8


def test_the_place_is_found_in_nine_of_ten_published_repositories_and_a_wrong_one_never() -> None:
    every = {(name, number): verdict(name, number) for name in PUBLISHED for number in range(SEEDS)}
    wrong = {case: answer for case, (result, answer) in every.items() if result == "wrong"}
    assert not wrong
    open_ones = {case: answer for case, (result, answer) in every.items() if result == "not located"}
    assert len(open_ones) <= 0.1 * len(every), open_ones
