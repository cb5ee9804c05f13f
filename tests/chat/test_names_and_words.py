"""Workloads that are called like words of the language: a name is what exists, and a word is mended where none does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from sre_agent.chat.grammar import doubtful, read
from tests.chat.conftest import Talk, talking_of
from tests.chat.names_world import BROKEN, NAMES, PLACE, world

NOW = datetime(2026, 1, 2, 15, 0, tzinfo=UTC)
SENTENCES = [
    "what is wrong with {} in hall",
    "fix the {} deployment in hall",
    "why is {} not ready",
    "{} in hall hangs, why?",
    "show the logs of {}",
    "is {} healthy",
    "the {} pod keeps restarting",
    "why does {} keep restarting",
    "{} is down",
    "what is the image of {}",
    "how many restarts does {} have",
    "what's wrong with deployment {} in hall",
    "can {} reach web-1",
    "compare {} with web-1",
    "what changed in {} since yesterday?",
    "Is something wrong with the {} workload in hall?",
    "Please make the {} service in namespace hall reachable again",
]


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with talking_of(world(), tmp_path_factory.mktemp("hall")) as talk:
        yield talk


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_is_read_alike_whatever_word_its_workload_is_called_by(sentence: str) -> None:
    plain = [query.intent for query in read(sentence.format("web-7"), NOW)]
    for name in NAMES:
        text = sentence.format(name)
        exist = {doubt.word: doubt.word for doubt in doubtful(text, NOW)}
        queries = read(text, NOW, exist)
        assert [query.intent for query in queries] == plain, text
        assert name in [mention.name for query in queries for mention in query.mentions if not mention.weak], text


def test_each_workload_is_found_by_its_own_name_and_no_other_one_is_answered_for_it(hall: Talk) -> None:
    replies = hall(*(f"what is the image of {name}?" for name in NAMES))
    assert [reply.subjects for reply in replies] == [[f"Deployment/{PLACE}/{name}"] for name in NAMES]
    assert all(f"example.test/{name}:1" in reply.text for name, reply in zip(NAMES, replies, strict=True))


def test_a_healthy_namesake_of_a_word_is_not_blamed_for_its_broken_neighbour(hall: Talk) -> None:
    for reply in hall("is scheduler healthy?", "Is search ok?", "is the relay deployment ready", "why is users down?"):
        assert BROKEN not in reply.text and "1 of 1" in reply.text


def test_what_changed_in_a_workload_is_no_question_about_the_whole_cluster(hall: Talk) -> None:
    (reply,) = hall("what changed in history")
    assert reply.subjects == ["Deployment/hall/history"]


def test_an_answer_says_that_a_word_was_taken_for_a_name(hall: Talk) -> None:
    (reply,) = hall("how many restarts does jobs have")
    assert "Deployment/hall/jobs" in reply.text


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("how many jobs are in hall", "no Job"),
        ("which services are there in hall", "no service"),
        (f"show the events of {BROKEN}", "no event"),
        ("how mnay depoyments are in stage", "2 Deployments"),
        (f"what is the status of {BROKEN}", "1 of 2"),
        ("which nodes are not ready", "The only node is ready"),
    ],
)
def test_a_word_that_is_no_name_where_it_stands_keeps_its_meaning(hall: Talk, question: str, fact: str) -> None:
    (reply,) = hall(question)
    assert fact.lower() in reply.text.lower()


def test_a_word_that_nothing_is_called_by_is_no_name_and_a_near_name_is_offered(hall: Talk) -> None:
    (reply,) = hall("what is wrong with greter in hall")
    assert reply.outcome == "not_found" and "Deployment/hall/greeter" in reply.choices
