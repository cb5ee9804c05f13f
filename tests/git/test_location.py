"""The file of a repository that a change belongs into is found, and never a wrong one."""

from __future__ import annotations

import pytest

from sre_agent.git.location import locate
from sre_agent.git.sources import NotLocated, SourceFile
from tests.git.fresh_layouts import FRESH
from tests.git.layouts import LAYOUTS, Repository
from tests.git.workloads import Deployment

EVERY = LAYOUTS | FRESH
CASES = [(name, number) for number in range(4) for name in EVERY]  # 4 repositories of each layout


def _repository(name: str, number: int) -> tuple[Deployment, Repository]:
    one = Deployment(sum(map(ord, name)) * 31 + number * 7)
    return one, EVERY[name](one)


def _right(name: str, number: int) -> str:
    """`right`, `none` where a file was asked for, or `wrong`."""
    one, repository = _repository(name, number)
    files = [SourceFile(path, text) for path, text in repository.files.items()]
    edits = locate(files, repository.wanted, [one.change()])
    if isinstance(edits, NotLocated):
        return "right" if not repository.right else f"none: {one.change_kind}: {edits.why}"
    paths = [edit.path for edit in edits]
    return "right" if paths == [repository.right] else f"wrong: {one.change_kind}: {paths}"


def test_the_right_file_is_found_in_nine_of_ten_repositories_and_the_wrong_one_never() -> None:
    results = {case: _right(*case) for case in CASES}
    wrong = {case: result for case, result in results.items() if result.startswith("wrong")}
    assert not wrong
    right = sum(result == "right" for result in results.values())
    assert len(CASES) >= 60
    assert right >= 0.9 * len(CASES), {case: result for case, result in results.items() if result != "right"}


@pytest.mark.parametrize("name", EVERY)
def test_a_change_leaves_every_other_line_of_the_file_as_it_was(name: str) -> None:
    one, repository = _repository(name, 1)
    edits = locate([SourceFile(*item) for item in repository.files.items()], repository.wanted, [one.change()])
    for edit in [] if isinstance(edits, NotLocated) else edits:
        lost_lines = [line for line in edit.before.splitlines() if line not in edit.after.splitlines()]
        assert len(lost_lines) <= 2, lost_lines
