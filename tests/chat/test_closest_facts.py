"""Questions whose words no table knows: what is on record about the thing that they name, and what is said instead."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chat.conftest import Talk, talking_of
from tests.chat.states_world import world


@pytest.fixture(scope="module")
def ops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with talking_of(world(), tmp_path_factory.mktemp("ops")) as talk:
        yield talk


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("with how many threads was gate started", "--threads=9"),
        ("how long is the backoff on hungry by now", "back-off 5m0s"),
        ("what tier does gate have", "gold"),
    ],
)
def test_words_that_no_table_knows_are_held_against_what_is_on_record(ops: Talk, question: str, fact: str) -> None:
    (reply,) = ops(question)
    assert fact in reply.text
    assert reply.evidence


def test_nothing_is_added_where_no_fact_has_anything_of_the_words(ops: Talk) -> None:
    (reply,) = ops("does gate like marmalade")
    assert "closest to these words" not in reply.text


def test_a_fact_that_pods_have_from_their_template_is_told_once(ops: Talk) -> None:
    (reply,) = ops("with how many threads was gate started")
    assert reply.text.count("--threads=9") == 1


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("hpa on gate?", "elastic"),  # `on` is no node there
        ("container istio-proxy in gate, is it up?", "No container there is called 'istio-proxy'"),
        ("how low can gate scale down", "min replicas 2"),
        ("how many env vars has gate got", "2 variables"),
        ("can i evict 2 gate pods at once", "allowed disruptions 1"),
        ("if i roll gate back, which version do i land on", "revision"),
        ("rank workloads by restarts", "sorter"),
    ],
)
def test_questions_of_people_in_a_hurry_are_answered_about_what_they_ask(ops: Talk, question: str, fact: str) -> None:
    (reply,) = ops(question)
    assert fact in reply.text


def test_a_container_that_is_not_there_is_not_said_to_be_up(ops: Talk) -> None:
    (reply,) = ops("container istio-proxy in gate, is it up?")
    assert not reply.text.startswith("Yes")
