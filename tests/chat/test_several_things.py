"""Several things at once: which of them is meant, whether all are in trouble, and whether there is room for more."""

from __future__ import annotations

import re

import pytest

from tests.chat.conftest import Talk


@pytest.mark.parametrize(
    ("questions", "says"),
    [
        (("list the pods of checkout", "is it healthy"), r"^Partly: 3 of 3 replicas of Deployment/shop/checkout"),
        (("which pods of cart are not ready", "and why is the second one not ready"), "OOMKilled"),
        (("list the pods of checkout", "where does the third pod run"), "bbbb4.*node-b"),
        (("list the pods of checkout", "did they restart"), "bbbb4: 4 restarts"),
        (("describe node-b", "what runs there"), "2 pods.*checkout-6c8f9d7b5-bbbb4"),
        (("which image does cart use", "ok and orders in shop"), "orders:1.0"),
        (("which image does cart use", "checkout's?"), "checkout:2.1"),
    ],
)
def test_what_stands_for_something_of_before_means_the_one_thing_that_fits(
    shops: Talk, questions: tuple[str, ...], says: str
) -> None:
    last = shops(*questions)[-1]
    assert re.search(says, last.text, re.S), last.text


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("are all pods of pricing crashing or just one", r"^(?:All \d|Both) pods of Deployment/tolling/pricing"),
        ("is it only one replica of pricing or every one", r"^(?:All \d|Both) pods of Deployment/tolling/pricing"),
        ("is it the same for plate-reader on all nodes", r"plate-reader-\S+ on worker-\d: Running"),
        ("do both pods of plate-reader log errors or only some", r"error lines"),
    ],
)
def test_whether_all_pods_are_in_trouble_or_some_is_told_pod_by_pod(toll_gate: Talk, question: str, says: str) -> None:
    (reply,) = toll_gate(question)
    assert reply.intent == "spread" and re.search(says, reply.text), reply.text
    assert not re.search(r"\bis (?:healthy|well)\b", reply.text)


@pytest.mark.parametrize(
    "question",
    ["is there room for two more pods", "are the nodes full", "do we have any headroom", "would another replica fit"],
)
def test_room_is_told_by_what_nodes_have_and_what_is_requested_of_it(shops: Talk, question: str) -> None:
    (reply,) = shops(question)
    assert reply.intent == "room"
    assert "1 of 2 nodes take new pods" in reply.text and "node-b" in reply.text and "takes no new pods" in reply.text


@pytest.mark.parametrize(
    "question",
    [
        "people dont get their baskets",
        pytest.param("shoppers cannot pay!!", marks=pytest.mark.long),
        pytest.param("why can't customers sign in", marks=pytest.mark.long),
        pytest.param("families arent happy, all broken", marks=pytest.mark.long),
    ],
)
def test_who_tells_of_trouble_and_names_nothing_that_exists_is_told_what_is_in_trouble(
    shops: Talk, question: str
) -> None:
    (reply,) = shops(question)
    assert "Deployment/shop/cart" in reply.subjects, reply.text


@pytest.mark.parametrize("question", ["should we just scale cart", "could i restart cart", "shall we roll cart back"])
def test_whether_to_act_is_advised_and_nothing_is_opened(shops: Talk, question: str) -> None:
    (reply,) = shops(question)
    assert reply.intent == "advise" and "Incident" not in reply.text and "64Mi" in reply.text


@pytest.mark.parametrize("greeting", ["hello there", "yo all", "good afternoon everyone", "hiya, anybody here"])
def test_a_greeting_is_one_whatever_stands_behind_it(shops: Talk, greeting: str) -> None:
    (reply,) = shops(greeting)
    assert "Cluster " in reply.text and 'Say "help"' in reply.text
