"""Names in plain English."""

from __future__ import annotations

import pytest

from sre_agent.entities.sentence import hints


@pytest.mark.parametrize(
    ("text", "kind", "namespace", "name"),
    [
        (
            "Why is the web-front pod stuck in ContainerCreating state in namespace-12?",
            "Pod",
            "namespace-12",
            "web-front",
        ),
        (
            "What is wrong with pod brave-otter-6958c5bdd8-69gtn in namespace app-7?",
            "Pod",
            "app-7",
            "brave-otter-6958c5bdd8-69gtn",
        ),
        ("cart in shop is slow", "", "shop", "cart"),
        ("billing/billing-api keeps restarting", "", "billing", "billing-api"),
        ("The backend deployment in staging namespace is showing issues.", "Deployment", "staging", "backend"),
        ("deployment/cart in namespace shop returns 500s", "Deployment", "shop", "cart"),
        ("pods of deployment cart in ns shop crash", "Deployment", "shop", "cart"),
        ("Service cart in shop has no endpoints", "Service", "shop", "cart"),
        ("table orders is throttled", "Table", "", "orders"),
        ("The Orders_v2 table is throttling requests", "Table", "", "Orders_v2"),
        ("why is checkout slow?", "", "", "checkout"),
        ("users of cart-api (namespace shop) see errors, why?", "", "shop", "cart-api"),
        ("why does cart-api in shop answer with 503?", "", "shop", "cart-api"),
        ("the statefulset named kafka in data lost a replica", "StatefulSet", "data", "kafka"),
    ],
)
def test_a_sentence_names_a_thing_with_its_kind_and_namespace(text: str, kind: str, namespace: str, name: str) -> None:
    first = hints(text)[0]
    assert (first.kind, first.namespace, first.name) == (kind, namespace, name)
    assert first.said_in == "sentence"


@pytest.mark.parametrize(
    "text", ["is everything ok?", "Why are the pods in namespace shop crashing?", "500s since 10:30", ""]
)
def test_words_of_speech_are_no_names(text: str) -> None:
    assert hints(text) == []


def test_two_things_in_one_sentence_are_both_named() -> None:
    observation = {(h.kind, h.name) for h in hints("deployment cart and deployment checkout in shop fail")}
    assert observation == {("Deployment", "cart"), ("Deployment", "checkout")}


@pytest.mark.parametrize(
    "text",
    [
        "cart-api in shop cannot reach ledger-api in core",
        "cart-api in namespace shop cannot reach ledger-api in namespace core",
        "in shop cart-api fails and in core ledger-api fails",
        "Service cart-api in shop calls Service ledger-api in core",
    ],
)
def test_of_several_namespaces_each_name_has_its_own(text: str) -> None:
    assert {(h.namespace or h.perhaps_in, h.name) for h in hints(text) if "-" in h.name} == {
        ("shop", "cart-api"),
        ("core", "ledger-api"),
    }
    assert not {"shop", "core"} & {h.name for h in hints(text)}


@pytest.mark.parametrize(
    ("text", "name", "namespace"),
    [
        ("the `cart` is slow since noon", "cart", ""),
        ("Seit heute ist „cart“ langsam", "cart", ""),
        ("cart-api ist in der Nacht langsam", "cart-api", ""),
        ("deployment cart in shop fails", "cart", "shop"),
        ("le service nommé cart-web dans shop ne répond pas", "cart-web", ""),
    ],
)
def test_a_name_is_sure_by_its_looks_by_quotes_or_after_its_kind(text: str, name: str, namespace: str) -> None:
    first = hints(text)[0]
    assert (first.name, first.namespace, first.sure) == (name, namespace, "named")


@pytest.mark.parametrize(
    "text",
    [
        "Buchungen sind langsam und Gäste warten",
        "drivers complain about slow tolls",
        "Die Queue ist voll und wächst",
        "Las reservas van lentas desde hoy",
        "Der Service antwortet nicht in der Nacht",
        "und/oder geht nicht",
    ],
)
def test_ordinary_words_are_names_only_if_something_is_called_so(text: str) -> None:
    assert all(hint.sure != "named" for hint in hints(text))


def test_a_word_that_begins_with_a_capital_may_be_a_name() -> None:
    assert "pricing" in [hint.name for hint in hints("Pricing antwortet nicht")]
