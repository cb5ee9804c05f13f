"""Counts of lines of a log group: of what the words of the question mean, and never another number in their place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tests.chat.conftest import Talk, talking_of
from tests.chat.world import CLOCK, Obj

GROUP = "/ferry/quay"
SAID = [
    *["gate[7]: authentication failure; user=root from 10.1.1.1"] * 5,
    *["gate[7]: authentication failure; user=kim from 10.1.1.2"] * 3,
    *["gate[7]: Failed password for invalid user eve from 10.1.1.1"] * 4,
    *["gate[7]: Failed password for kim from 10.1.1.2"] * 2,
    *["quayd[9]: Connection closed by 10.1.1.3"] * 6,
    *["quayd[9]: connection from 10.1.1.3"] * 7,
    *["berth: Deleting crate c-17"] * 8,
    *["berth: asked to delete crate c-18"] * 9,
    *["crane[2]: [error] the hook is stuck"] * 3,
]


@pytest.fixture(scope="module")
def quay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    end = datetime.fromisoformat(CLOCK)
    lines = [
        {"timestamp": f"{end - timedelta(minutes=len(SAID) - place):%Y-%m-%dT%H:%M:%SZ}", "message": text}
        for place, text in enumerate(SAID)
    ]
    group: Obj = {"name": GROUP, "events": lines}
    recording = {"schema": "sre-world/1", "clock": CLOCK, "k8s": {"objects": []}, "cloudwatch": {"log_groups": [group]}}
    with talking_of(recording, tmp_path_factory.mktemp("quay")) as talk:
        yield talk


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("how many lines are authentication failures?", 8),
        ("how many lines are authentication failures for user root?", 5),
        ("how many lines are failed password attempts for invalid users?", 4),
        ("how many failed passwords are there?", 6),
        ("how many connections were closed?", 6),
        ("how many crates were deleted?", 8),
        ("how many lines come from quayd?", 13),
        ("how many lines were written by crane?", 3),
        ("how many error lines are there?", 3),
        ("how many errors are there?", 3),
        ("how many lines have level warning?", 0),
        ('how many lines contain "hook"?', 3),
    ],
)
def test_a_count_is_of_the_lines_that_are_meant(quay: Talk, question: str, count: int) -> None:
    (reply,) = quay(f"In log group {GROUP}, {question}")
    assert re.match(rf"{count} of {len(SAID)} lines", reply.text), reply.text


def test_the_count_of_a_part_of_the_words_is_told_apart_from_what_was_asked(quay: Talk) -> None:
    (reply,) = quay(f"In log group {GROUP}, how many connections were closed by pirates?")
    assert reply.text.startswith(f"0 of {len(SAID)} lines") and '"pirates"' in reply.text
    assert "Without that, 6 lines contain" in reply.text and "may not be what you asked for" in reply.text


def test_lines_are_counted_by_the_address_they_name(quay: Talk) -> None:
    most, different = quay(
        f"In log group {GROUP}, which IP address has the most failed password attempts and how many?",
        f"In log group {GROUP}, how many different IP addresses are there?",
    )
    assert most.text.startswith("10.1.1.1 is the most frequent: 4 lines") and "10.1.1.2: 2 lines" in most.text
    assert different.text.startswith("3 different addresses")


def test_what_lines_have_no_field_for_is_said_not_to_be_known(quay: Talk) -> None:
    (reply,) = quay(f"In log group {GROUP}, which user has the most failed password attempts?")
    assert (
        reply.outcome == "cannot"
        and "cannot be determined" in reply.text
        and not re.search(r"\d+ of \d+ lines", reply.text)
    )
