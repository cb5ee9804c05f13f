"""A chat model that repeats a call which showed nothing new adds no second line to the evidence of a report."""

from __future__ import annotations

import pytest

from sre_agent.domain.base import EvidenceId
from sre_agent.domain.finding import Evidence
from sre_agent.reports.citations import Citations
from tests.reports.test_reports import evidence

FIRST = evidence(1, "licence is not valid")


def again(*, by_model: bool, text: str = "answer 1") -> Evidence:
    assert FIRST.answer is not None
    answer = FIRST.answer.model_copy(update={"text": text})
    return FIRST.model_copy(update={"id": EvidenceId("ev-2"), "by_model": by_model, "answer": answer})


@pytest.mark.parametrize(
    ("second", "numbers"),
    [
        (again(by_model=True), ["E1"]),
        (again(by_model=True, text="answer 2"), ["E1", "E2"]),
        (again(by_model=False), ["E1", "E2"]),  # a second look of the rules is meant
    ],
)
def test_the_same_call_with_the_same_answer_is_one_line(second: Evidence, numbers: list[str]) -> None:
    citations = Citations([FIRST, second])
    assert citations.numbers([FIRST.id, second.id]) == numbers
    assert [line.number for line in citations.lines()] == numbers
