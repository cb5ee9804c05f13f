"""What a question wants: the intents' own examples, questions that taught nothing, and what speaks for two."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from sre_agent.chat.facts import fact_names
from sre_agent.chat.grammar import read
from sre_agent.chat.intents import intent_definitions
from sre_agent.chat.query import Intent

NOW = datetime(2026, 1, 2, 15, 0, tzinfo=UTC)
ASIDE = Path(__file__).parent / "intents_aside.yaml"
LEAST_TAUGHT, LEAST_TESTED, LEAST_ASIDE = 0.95, 0.93, 0.87
EXAMPLES = 12  # of each intent at least


def share(examples: Iterable[tuple[str, str]]) -> float:
    """How many of these questions are read as they are meant."""
    read_as = [(read(text, NOW)[0].intent, intent) for text, intent in examples]
    return sum(intent == expected for intent, expected in read_as) / len(read_as)


def test_the_examples_that_teach_and_those_that_test_are_read_as_they_are_meant() -> None:
    share_taught = share((text, name) for name, one in intent_definitions().items() for text in one.teaching)
    testing = share((text, name) for name, one in intent_definitions().items() for text in one.testing)
    print(f"taught {share_taught:.1%}, tested {testing:.1%}")
    assert share_taught >= LEAST_TAUGHT and testing >= LEAST_TESTED


def test_questions_that_taught_nothing_are_read_as_they_are_meant() -> None:
    questions = yaml.safe_load(ASIDE.read_text(encoding="utf-8"))
    assert set(questions) == set(intent_definitions())
    aside = share((text, name) for name, texts in questions.items() for text in texts)
    print(f"aside {aside:.1%}")
    assert aside >= LEAST_ASIDE


@pytest.mark.parametrize("intent", sorted(intent_definitions()))
def test_an_intent_has_enough_examples_and_none_of_another(intent: Intent) -> None:
    examples = intent_definitions()[intent].examples
    others = {text for name, one in intent_definitions().items() if name != intent for text in one.examples}
    assert len(set(examples)) == len(examples) >= EXAMPLES and not set(examples) & others


@pytest.mark.parametrize("intent", sorted(intent_definitions()))
def test_the_sentence_that_offers_an_intent_is_read_as_that_intent(intent: Intent) -> None:
    ask = intent_definitions()[intent].example_question
    (query,) = read(ask.format("web-1", "web-2"), NOW)
    assert (query.intent, query.rival) == (intent, None)


def test_signs_name_only_facts_that_some_question_has() -> None:
    used = {
        fact for one in intent_definitions().values() for sign in one.signs for term in sign.terms for fact, _ in term
    }
    assert not used - fact_names()


def test_the_order_of_signs_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    import sre_agent.chat.intents as intents

    texts = [text for one in intent_definitions().values() for text in one.examples]
    before = [read(text, NOW)[0].intent for text in texts]
    in_reverse = tuple(reversed(intents._signs()))
    monkeypatch.setattr(intents, "_signs", lambda: in_reverse)
    assert [read(text, NOW)[0].intent for text in texts] == before


def test_what_decided_stands_in_the_log_with_its_strength(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="sre_agent.chat.intents"):
        read("how much memory does web-1 use", NOW)
    assert "metrics 80 by [metric" in caplog.text


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("whats broken", "troubles"),
        ("whats new in shop since yesterday", "changes"),
        ("cant web-1 connect to ledger-db", "reach"),
        ("what is the p95 latency of web-1", "metrics"),
        ("warnings of web-1", "events"),
        ("diff web-1 web-2", "compare"),
        ("suggest a fix for web-1", "advise"),
        ("is there a fix for web-1", "advise"),
        ("what now with web-1", "advise"),
        ("rollback options for web-1", "revisions"),
        ("is a rollback of web-1 possible", "revisions"),
        ("undo the last rollout of web-1", "fix"),
        ("rollback web-1 to revision 3", "fix"),
        ("what went live today", "changes"),
        ("what is web-1 timing out on", "logs"),
        ("which request of web-1 failed", "logs"),
        ("whats broken atm", "troubles"),
        ("how are we doing", "troubles"),
    ],
)
def test_words_are_understood_as_people_write_them(text: str, intent: str) -> None:
    assert read(text, NOW)[0].intent == intent
