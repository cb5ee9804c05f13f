"""Several sentences in one text, and sentences that go on from the answer before; read, and nothing looked up."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mcp_servers.contract.facts import Subject
from sre_agent.chat.following import asked_in, continued
from sre_agent.chat.grammar import read
from sre_agent.chat.memory import ConversationMemory
from sre_agent.chat.query import ChatQuery

NOW = datetime(2026, 1, 2, 15, 0, tzinfo=UTC)
WEB = Subject(scope="", kind="Deployment", namespace="shop", name="web-1")


def after(first: str, text: str, choices: tuple[str, ...] = ()) -> ChatQuery:
    memory = ConversationMemory(question=read(first, NOW)[0], choices=choices)
    memory.remember([] if choices else [WEB])
    return continued(read(text, NOW)[0], memory)


@pytest.mark.parametrize(
    ("text", "intents"),
    [
        ("Hi! We have an outage. What is wrong with web-1?", ["why"]),
        ("How many replicas does web-1 have? Answer with a number.", ["count"]),
        ("errors in the logs of web-1. Use only logs to answer.", ["logs"]),
        ("image of web-1; restarts of api-2", ["describe", "describe"]),
        ("We got paged. The logs of web-1 show 'refused'. Can you fix it?", ["fix"]),
    ],
)
def test_of_several_sentences_those_are_answered_that_ask(text: str, intents: list[str]) -> None:
    assert [query.intent for query in asked_in(read(text, NOW)).queries] == intents


def test_a_name_that_is_only_told_is_what_the_question_behind_it_is_about() -> None:
    (query,) = asked_in(read("We got paged for web-1. Why does it crash?", NOW)).queries
    assert [mention.name for mention in query.candidates] == ["web-1"]


def test_a_sentence_that_is_neither_understood_nor_needed_is_left_aside_and_kept_to_be_said() -> None:
    assert asked_in(read("is web-1 ready? Purple monkeys dance.", NOW)).left_aside == ("Purple monkeys dance.",)


@pytest.mark.parametrize(
    ("text", "intent"), [("since when?", "why"), ("show me the logs", "logs"), ("restarts?", "list"), ("why?", "why")]
)
def test_a_short_question_that_names_nothing_is_about_what_the_last_answer_was_about(text: str, intent: str) -> None:
    query = after("is web-1 ready", text)
    assert (query.intent, query.refers) == (intent, "last")


@pytest.mark.parametrize("text", ["any alarms?", "what is broken?", "help", "which nodes are there"])
def test_a_question_about_everything_stays_one(text: str) -> None:
    assert after("is web-1 ready", text).refers == ""


def test_another_name_is_asked_the_question_before() -> None:
    query = after("which image does web-1 use", "and api-2?")
    assert query.columns == ("images",) and [mention.name for mention in query.candidates] == ["api-2"]


def test_a_part_of_a_choice_picks_it() -> None:
    both = ("Deployment/shop/web-1", "Deployment/prod/web-1")
    query = after("which image does web-1 use", "the one in prod", both)
    assert [(m.name, m.namespace) for m in query.candidates] == [("web-1", "prod")] and query.columns == ("images",)


@pytest.mark.parametrize(
    ("first", "text", "intent"),
    [
        ("should we roll back web-1", "go ahead", "fix"),
        ("how do I fix web-1", "ok do it", "fix"),
        ("how can web-1 be repaired", "yes please do that", "fix"),
        ("fix web-1", "did it help", "healthy"),
        ("fix web-1", "has that worked", "healthy"),
        ("is web-1 ready", "so did the rollback help", "healthy"),
        ("how many requests does web-1 get", "is it rising", "metrics"),
        ("latency of web-1", "are they still going up", "metrics"),
        ("is web-1 ready", "is it getting worse", "metrics"),
        ("who scaled web-1", "or restarted it", "changes"),
        ("did somebody touch web-1", "or rolled out anything", "changes"),
        ("is web-1 ready", "since which release", "changes"),
        ("is web-1 ready", "any better now?", "healthy"),
        ("is web-1 ready", "how many 5xx in the last hour", "count"),
    ],
)
def test_what_goes_on_from_the_answer_before_is_asked_of_what_that_was_about(
    first: str, text: str, intent: str
) -> None:
    query = after(first, text)
    assert query.intent == intent and (query.refers == "last" or query.candidates)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("hey all, web-1 keeps crashing", "why"),
        ("yo, is web-1 ok", "healthy"),
        ("ok and how busy is web-1", "metrics"),
        ("hm how long is web-1 up", "describe"),
        ("ok roll web-1 back pls", "fix"),
        ("so restart web-1", "order"),
        ("good morning team, what changed in web-1", "changes"),
    ],
)
def test_a_greeting_and_an_interjection_before_a_question_say_nothing(text: str, intent: str) -> None:
    assert [query.intent for query in asked_in(read(text, NOW)).queries] == [intent]


@pytest.mark.parametrize(
    ("first", "text", "intent"),
    [
        ("restarts of web-1", "when was the last one", "list"),
        ("how many restarts does web-1 have", "when did that happen last", "list"),
        ("list nodes", "how many pods on each", "count"),
        ("list nodes", "which has the most pods", "count"),
        ("get pods in shop-1", "which of them are not ready", "list"),
        ("logs of web-1", "anything in there about the sextant?", "logs"),
        ("logs of web-1", "any timeouts?", "logs"),
        ("events of web-1", "when was the last one", "events"),
    ],
)
def test_a_short_question_narrows_what_the_answer_before_has_listed_or_read(first: str, text: str, intent: str) -> None:
    assert after(first, text).intent == intent


def test_what_is_on_each_is_counted_by_what_was_listed() -> None:
    query = after("list nodes", "how many pods on each")
    assert (query.kinds, query.group_by) == (("Pod",), "node")


def test_words_behind_a_log_are_looked_for_in_it() -> None:
    query = after("logs of web-1", "anything in there about timeouts?")
    assert query.texts == ("timeout",) and [mention.name for mention in query.mentions] == ["web-1"]
