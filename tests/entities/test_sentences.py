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
    named = {(h.kind, h.name) for h in hints("deployment cart and deployment checkout in shop fail")}
    assert named == {("Deployment", "cart"), ("Deployment", "checkout")}
