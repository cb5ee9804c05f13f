"""The words of a text as they are typed, and what of them can name a thing: one reading for questions and alarms."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sre_agent.chat.grammar import read
from sre_agent.entities.sentence import hints
from sre_agent.language.mentions import can_be_named, is_figure, is_path, is_version_or_percentile
from sre_agent.language.tokens import tokens, words

NOW = datetime(2026, 1, 2, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "words_as_typed"),
    [
        ("is web-1 ready, and why?", [("is", False), ("web-1", False), ("ready", True), ("and", False), ("why", True)]),
        ("Init:0/2 for 30 min", [("Init:0/2", False), ("for", False), ("30", False), ("min", False)]),
        ("web is 0/1.", [("web", False), ("is", False), ("0/1", True)]),
        (
            "kubectl logs web -c app --previous",
            [(w, False) for w in ("kubectl", "logs", "web", "-c", "app", "--previous")],
        ),
        ("(web-1's logs)", [("web-1", False), ("logs", False)]),
        ("cart はなぜ、orders は", [("cart", False), ("はなぜ", False), ("orders", False), ("は", False)]),
        ("", []),
        (" ?! ", []),
    ],
)
def test_words_are_as_they_are_typed(text: str, words_as_typed: list[tuple[str, bool]]) -> None:
    assert list(words(text)) == words_as_typed


def test_a_token_ends_where_it_ends_in_the_text() -> None:
    text = 'say "card declined" of web-1 since 10:00 UTC'
    assert [text[token.start : token.end] for token in tokens(text)] == [
        "say", '"card declined"', "of", "web-1", "since", "10:00 UTC",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "quoted",
    [
        '"card declined"',
        "'card declined'",
        "`card declined`",
        "“card declined”",
        "「card declined」",
        "«card declined»",
    ],
)
def test_a_question_quotes_with_every_mark_that_other_texts_quote_with(quoted: str) -> None:
    (query,) = read(f"which log lines of web-1 contain {quoted}", NOW)
    assert query.texts == ("card declined",)


@pytest.mark.parametrize("name", ["web-1", "checkout-api", "orders.v2", "shop/web", "deployment/shop/web"])
def test_what_can_be_named_is_a_name_for_questions_and_for_alarms(name: str) -> None:
    assert can_be_named(name)
    (query,) = read(f"what is wrong with {name}", NOW)
    assert [mention.name for mention in query.candidates] == [name.rpartition("/")[2]]
    assert [hint.name for hint in hints(f"what is wrong with {name}")] == [name.rpartition("/")[2]]


@pytest.mark.parametrize("figure", ["500", "5xx", "30s", "99.9%", "10:30", "64Mi", "3x", "10pm"])
def test_a_figure_names_nothing_for_questions_nor_for_alarms(figure: str) -> None:
    assert is_figure(figure)
    assert [mention.name for query in read(f"why is web-1 at {figure}", NOW) for mention in query.candidates] == [
        "web-1"
    ]
    assert [hint.name for hint in hints(f"why is web-1 at {figure}")] == ["web-1"]


def test_forms() -> None:
    assert is_path("shop/web") and not is_path("web") and not is_path("/var/log/web")
    assert is_version_or_percentile("p95") and is_version_or_percentile("v2.1") and not is_version_or_percentile("web")
    assert not can_be_named("-web") and not can_be_named("web-") and can_be_named("Web_1")


@pytest.mark.parametrize(
    ("text", "name", "namespace"),
    [
        ("why is web-1 (namespace shop-eu) down", "web-1", "shop-eu"),
        ("why is web-1 (ns: shop-eu) down", "web-1", "shop-eu"),
        ("why is web-1 namespace shop-eu down", "web-1", "shop-eu"),
        ("why is web-1 in the shop-eu namespace down", "web-1", "shop-eu"),
        ("in shop-eu namespace web-1 is down", "web-1", "shop-eu"),
    ],
)
def test_a_namespace_in_brackets_is_not_the_name_before_them(text: str, name: str, namespace: str) -> None:
    (query,) = read(text, NOW)
    assert [(one.name, one.place) for one in query.mentions if one.place == "namespace"] == [(namespace, "namespace")]
    assert [one.name for one in query.candidates] == [name]
