"""Questions in words of people's own: what was learnt from example sentences, and that every plain question is read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sre_agent.chat.grammar import read
from sre_agent.chat.intents import intent_definitions
from sre_agent.chat.paraphrases import paraphrase_model, pattern_of, read_model
from sre_agent.chat.plain_questions import plain_questions, plain_readings
from tests.asked.train import PACKAGED, digest, examples, train

NOW = datetime(2026, 1, 2, 15, 0, tzinfo=UTC)
LEAST_RIGHT = 0.6  # of sentences that were not learnt from


def test_the_packaged_weights_are_those_of_the_committed_examples() -> None:
    assert paraphrase_model().examples == digest(examples()), "python -m tests.asked.train"


def test_weights_are_small_enough_to_be_packaged() -> None:
    assert PACKAGED.stat().st_size < 1_500_000


def test_every_question_that_was_learnt_is_a_plain_question_and_no_sentence_means_two() -> None:
    assert {*paraphrase_model().questions} == {*plain_questions()}
    texts = [one.pattern for one in examples() if "{" not in one.text]
    assert len({*texts}) == len(texts)


@pytest.mark.parametrize("question", sorted(plain_questions()))
def test_a_plain_question_wants_something_that_is_answered(question: str) -> None:
    one = plain_questions()[question]
    (query,) = read(one.ask.format(x="web-1", y="web-2", ns="shop-1", text="timeout"), NOW)
    assert (one.intent or query.intent) in intent_definitions()


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("who is to blame for web-1, i mean whose team", "who owns {x}"),
        ("what build is web-1 on these days", "which image does {x} run"),
        ("how much room does web-1 get at most in terms of memory, its limits", "what are the limits of {x}"),
        ("does web-1 get killed for memory", "was {x} OOMKilled"),
    ],
)
def test_a_sentence_is_read_as_the_plain_question_that_it_is_like(sentence: str, question: str) -> None:
    (query, *_) = read(sentence, NOW)
    [reading] = plain_readings(query, NOW, back=False)
    assert reading is not None and reading.question == question
    assert [mention.name for mention in reading.query.mentions] == ["web-1"]


def test_every_name_of_a_sentence_has_a_place_in_the_question_it_is_taken_for() -> None:
    (query,) = read("web-1 and web-2 and web-3 have which owner", NOW)
    assert not plain_readings(query, NOW, back=False)


def test_names_are_no_words() -> None:
    assert pattern_of("Why does checkout's pod restart?", {"checkout"}) == (
        "why does NAME's pod restart?",
        ["checkout"],
    )


@pytest.mark.long
def test_most_sentences_that_were_not_learnt_from_are_taken_for_the_right_question() -> None:
    every = [one for one in examples() if one.text != one.question]
    apart = every[::5]
    model = read_model(train([one for one in examples() if one not in apart]))
    right = 0
    for one in apart:
        shares = model.shares(one.pattern, lambda _: True)
        right += max(shares, key=lambda question: shares[question]) == one.question
    assert right / len(apart) >= LEAST_RIGHT
