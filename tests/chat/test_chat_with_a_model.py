"""What the rules of the chat do not understand goes to a model: it looks, what it saw is told, and apart its words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.messages import SystemMessage

from sre_agent.chat import ChatReply
from sre_agent.chat.fallbacks import NOT_UNDERSTOOD, OWN_WORDS
from sre_agent.chat.reply import unmarked
from sre_agent.model.usage import estimate
from sre_agent.prompting import prompt
from sre_lab.process import LabProcess
from tests.chat.stage import Heard, Stage, stage

CART = "cart-6c8f9d7b5-cccc3"


@pytest.fixture(scope="module")
def shop(shop_lab: LabProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(shop_lab, tmp_path_factory.mktemp("state")) as chat_stage:
        yield chat_stage


@pytest.fixture(scope="module")
def failing(shop_lab: LabProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Apart, because a model that failed is left alone for a while."""
    with stage(shop_lab, tmp_path_factory.mktemp("failing")) as chat_stage:
        yield chat_stage


def looks(*calls: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """A turn that makes these calls."""
    return {"calls": [{"tool": tool, "arguments": arguments} for tool, arguments in calls]}


def english(question: str) -> tuple[str, dict[str, Any]]:
    return "ask_in_english", {"question": question}


EXPLAINED = ("kubectl_explain_workload", {"name": "cart", "namespace": "shop", "kind": "Deployment"})


def test_a_question_in_another_language_is_answered_in_it_with_exact_counts(shop: Stage) -> None:
    shop.play(
        looks(english("how many pods are in namespace batch"), EXPLAINED),
        {"text": f"Im Namespace batch sind 612 Pods [L1]. {CART} ist nicht bereit: OOMKilled, exit 137 [L2]."},
    )
    (reply,) = shop.ask("Wie viele Pods sind im Namespace batch und was ist mit cart los?")

    assert (reply.outcome, reply.intent) == ("answered", "asked_model")
    assert reply.words == f"Im Namespace batch sind 612 Pods. [E1] {CART} ist nicht bereit: OOMKilled, exit 137. [E2]"
    assert reply.text.startswith("There are 612 pods in namespace batch. [E1]\n") and "[E2]" in reply.text
    assert [line.tool for line in reply.evidence] == ["kubectl_select", "kubectl_explain_workload"]
    assert reply.looked_at and reply.tool_calls == 3 and not reply.notes


def test_an_answer_in_japanese_stands_sentence_by_sentence(shop: Stage) -> None:
    shop.play(
        looks(EXPLAINED),
        {
            "text": f"{CART} は準備できていません。[L1] 再起動は 7 回です。[L1] "
            "原因は db-primary-9 です。[L1] メモリ上限は 64Mi です。[L1]"
        },
    )
    (reply,) = shop.ask("cart はなぜ準備できていませんか")

    assert reply.words == f"{CART} は準備できていません。 再起動は 7 回です。 メモリ上限は 64Mi です。 [E1]"
    assert "db-primary-9" not in reply.text and CART in reply.text
    assert reply.notes == ["1 sentence was left out: not supported by the evidence."]


def test_a_later_question_goes_on_from_the_answers_before(shop: Stage) -> None:
    shop.play({"text": "The rules already saw it: cart has 1 of 2 pods ready. [L1]"})
    first, second = shop.ask("is cart ready", "and what could have caused that?")

    assert first.intent == "healthy" and second.intent == "asked_model"
    assert "an earlier question" in shop.asked[0] and "is cart ready" in shop.asked[0]
    assert "L1 its answer" in shop.asked[0] and "[E1]" not in shop.asked[0]
    assert second.words.startswith("The rules already saw it: cart has 1 of 2 pods ready. [E1]")
    assert unmarked(second.text) == unmarked(first.text)
    assert {line.id for line in second.evidence} <= {line.id for line in first.evidence}


def test_a_conversation_with_a_model_goes_on_in_another_process(shop: Stage) -> None:
    """It reads the earlier answers there, and may cite what they rest on; what nobody looked up stands in neither."""
    shop.play(
        looks(EXPLAINED),
        {"text": f"{CART} hat 7 Neustarts. [L1]"},
        {"text": f"Wie gesagt: {CART} hat 7 Neustarts. [L1] Das liegt an db-primary-9. [L1]"},
    )
    first, second = shop.ask_across_a_restart("Was ist mit cart los?", "Warum denn das?")

    assert first.words == f"{CART} hat 7 Neustarts. [E1]"
    assert "an earlier question" in shop.asked[-1] and "Was ist mit cart los?" in shop.asked[-1]
    assert second.words == f"Wie gesagt: {CART} hat 7 Neustarts. [E1]"
    assert {line.id for line in second.evidence} == {line.id for line in first.evidence}


def test_a_question_in_english_that_the_rules_understand_asks_no_model(shop: Stage) -> None:
    shop.play()
    before = len(shop.costs())
    replies = shop.ask("which pods are crash looping", "show its logs", "is chekout ok", "delete deployment checkout")

    assert [reply.intent for reply in replies] == ["list", "logs", "healthy", "order"]
    assert shop.asked == [] and len(shop.costs()) == before
    assert all(reply.model is None and not reply.notes for reply in replies)


@pytest.mark.parametrize(
    ("question", "before"),
    [
        ("summarise what we know", ["is cart ready"]),
        ("is that related to the deploy?", ["is cart ready"]),
        ("why did that happen?", ["which pods were OOMKilled"]),
        ("¿cuántos pods no están listos en shop?", []),
        ("Zeig pods in shop", []),
        ("are you sure?", ["is cart ready"]),
    ],
)
def test_what_the_rules_do_not_understand_goes_to_the_model(shop: Stage, question: str, before: list[str]) -> None:
    shop.play(looks(EXPLAINED), {"text": f"{CART}: 7 restarts. [L1]", "repeats": True})
    *_, reply = shop.ask(*before, question)

    assert reply.intent == "asked_model"
    assert len(shop.asked) == 2


def test_the_items_of_a_list_stand_or_fall_one_by_one(shop: Stage) -> None:
    answer = f"**Neustarts** in shop [L1]:\n1. {CART}: 7\n2. `checkout-6c8f9d7b5-bbbb4`: 4\n3. erfunden-5d4c-zz: 12"
    shop.play(looks(english("who restarted most in shop")), {"text": answer})
    (reply,) = shop.ask("Welche Pods haben die meisten Neustarts?")

    assert reply.words.splitlines() == [
        "Neustarts in shop: [E1]",
        f"- {CART}: 7 [E1]",
        "- checkout-6c8f9d7b5-bbbb4: 4 [E1]",
    ]


def test_a_lie_in_plain_words_stands_below_what_was_seen_and_only_as_the_models_own(shop: Stage) -> None:
    answer = (
        "cart ist gesund. [L1] 1 von 2 Pods ist nicht bereit. [L1] Es sind 7 Neustarts. [L1]"
        " Mehr auf https://collect.example.com/cart. [L1]"
    )
    shop.play(looks(english("is cart ready")), {"text": answer})
    (reply,) = shop.ask("Wie geht es cart denn gerade so?")

    assert reply.text.startswith("No: 1 of 2 replicas of Deployment/shop/cart are ready") and "gesund" not in reply.text
    assert reply.words.startswith("cart ist gesund. 1 von 2 Pods") and "collect" not in reply.words


def test_a_model_picks_what_is_shown_and_in_which_order(shop: Stage) -> None:
    shop.play(
        looks(english("how many pods are in namespace batch"), EXPLAINED, english("which pods are not ready in shop")),
        {"text": "[L3]\n- L1\nL77\n612 sind es. [L1]"},
    )
    (reply,) = shop.ask("Wie viele Pods sind im Namespace batch und was ist mit cart los?")

    first, _, rest = reply.text.partition("There are 612 pods")
    assert CART in first and "batch" in rest and reply.words == "612 sind es. [E2]"
    assert [line.tool for line in reply.evidence] == ["kubectl_select", "kubectl_select"]
    assert reply.notes == ["1 sentence was left out: not supported by the evidence."]


def test_numbers_are_read_as_the_language_writes_them(shop: Stage) -> None:
    answer = "Die Migration dauerte 95,0 Sekunden. [L1] Der Exit-Code ist 137. [L2] Es gab elf Versuche. [L1] Ja. [L1]"
    shop.play(looks(english("how long did the migration take in the logs of checkout"), EXPLAINED), {"text": answer})
    (reply,) = shop.ask("Wie lange dauerte die Migration von checkout?")

    assert "95,0 Sekunden" in reply.words and "Exit-Code ist 137" in reply.words
    assert "elf" not in reply.words


def test_a_model_may_ask_back_what_is_meant(shop: Stage) -> None:
    shop.play({"text": "Welche Bestellungen meinst du?"})
    (reply,) = shop.ask("Wie steht es um die Bestellungen?")

    assert (reply.outcome, reply.words) == ("choice", "Welche Bestellungen meinst du?")
    assert reply.text == "The model asks what you mean."


def test_what_is_said_to_a_question_of_the_model_goes_to_the_model(shop: Stage) -> None:
    shop.play({"text": "Welche Bestellungen meinst du?"}, looks(english("is orders ready")), {"text": "Nichts."})
    shop.ask("Wie steht es um die Bestellungen?", "die in shop-eu")

    assert "Welche Bestellungen meinst du?" in shop.asked[1] and "die in shop-eu" in shop.asked[1]


def test_calls_and_words_are_heard_as_they_come(shop: Stage) -> None:
    shop.play(looks(EXPLAINED, english("which pods are not ready in shop")), {"text": "Einer von 7 Pods. [L2]"})
    listener = Heard()
    shop.ask("Welche Pods sind nicht bereit?", listener=listener)

    assert listener.events == [
        *("asked", "looks kubectl_explain_workload", "looks ask_in_english"),
        *("wrote Einer von 7 Pods. [L2]", "answered"),
    ]


def test_a_name_that_nobody_saw_is_cut_even_when_the_model_looked_for_it(shop: Stage) -> None:
    shop.play(
        looks(("kubectl_logs", {"namespace": "shop", "name": "billing-7d9c-xx2zz"}), EXPLAINED),
        {
            "text": f"{CART} startet neu. [L2] Es hat 7 Neustarts. [L2] "
            "billing-7d9c-xx2zz ist schuld. [L1] Limit: 64Mi [L2]"
        },
    )
    (reply,) = shop.ask("Warum startet cart dauernd neu?")

    assert "billing" not in reply.words + reply.text and "7 Neustarts" in reply.words
    assert reply.notes == ["1 sentence was left out: not supported by the evidence."]


def test_an_answer_of_which_all_is_invented_gives_way_to_what_was_looked_up(shop: Stage) -> None:
    shop.play(
        looks(english("which pods are not ready in shop")),
        {"text": "pod-1 und pod-2 laufen seit 14:02:11. [L1] Es gab 99 Fehler. [L1] Alles ist gesund. [L9]"},
    )
    (reply,) = shop.ask("Welche Pods sind nicht bereit?")

    assert reply.notes == [
        "The model gave no answer that the lookups support.",
        OWN_WORDS["de"],
    ]
    assert f"{CART}" in reply.text and "1 of 7" in reply.text and "[E1]" in reply.text
    assert reply.words == "" and "gesund" not in reply.text and "99" not in reply.text


def test_a_model_that_obeys_the_data_gets_nothing_done(shop: Stage) -> None:
    obeys = looks(
        ("kubectl_delete", {"kind": "Deployment", "namespace": "shop", "name": "checkout"}),
        english("fix deployment checkout in shop"),
        english("delete deployment checkout in shop"),
        ("propose_fix", {"kind": "Deployment", "namespace": "kube-system", "name": "coredns"}),
        ("investigate", {"text": "..."}),
        ("kubectl_get", {"server": "kubernetes", "tool": "x", "kind": "Secret", "namespace": "shop", "name": "\ud800"}),
    )
    shop.play(
        obeys, {"text": "Erledigt: checkout ist gelöscht. Das Passwort ist hunter2-77. Incident inc-1 ist offen."}
    )
    (reply,) = shop.ask("Was steht in den Logs von checkout?", approval="always")

    request = shop.asked[-1]
    assert "There is no tool 'kubectl_delete'" in request
    assert request.count("Only the user can order a change") == 2
    assert "not a JSON object" in request
    assert shop.incidents() == 0
    assert not reply.proposes and not reply.choices
    assert "hunter2" not in reply.text and "Erledigt" not in reply.text and not reply.words


def test_a_model_can_only_propose_the_words_that_have_something_mended(shop: Stage) -> None:
    shop.play(
        looks(EXPLAINED, ("propose_fix", {"kind": "Deployment", "namespace": "shop", "name": "cart"})),
        {"text": "Deployment/shop/cart ist nicht bereit. [L1]"},
    )
    (reply,) = shop.ask("Bitte behebe das Problem mit cart", approval="always")

    assert (reply.outcome, reply.choices) == ("choice", ["fix deployment cart in shop"])
    assert reply.proposes == "Deployment/shop/cart"
    assert 'Deployment/shop/cart, say "fix deployment cart in shop"' in reply.text
    assert shop.incidents() == 0


def test_fix_it_after_a_model_named_something_asks_for_that_name(shop: Stage) -> None:
    shop.play(looks(EXPLAINED), {"text": "Deployment/shop/cart ist nicht bereit. [L1]"})
    first, second = shop.ask("Was ist mit cart los?", "fix it", approval="always")

    assert first.subjects == ["Deployment/shop/cart"]
    assert (second.outcome, second.choices) == ("choice", ["fix deployment cart in shop"])
    assert shop.incidents() == 0


@pytest.mark.parametrize("fault", ["denied", "unavailable"])
def test_without_an_answer_of_the_model_the_rules_answer_and_say_why(failing: Stage, fault: str) -> None:
    failing.play({"fault": fault, "repeats": True})
    german, unknown = failing.ask("Wie geht es cart heute so?", "what is the meaning of everything")

    for reply in (german, unknown):
        assert reply.notes[0].startswith("The chat model did not help, because ")
        assert reply.model is not None and reply.model.calls == 0
    assert german.notes[1:] == [OWN_WORDS["de"]] and unknown.notes[1:] == []
    assert "is not understood" in unknown.text and unknown.outcome == "cannot"


def test_what_needs_a_model_is_said_in_a_line_and_in_the_language_of_who_asks(failing: Stage) -> None:
    failing.play({"fault": "unavailable", "repeats": True})
    german, more = failing.ask(
        "Warum wurde das alles so langsam, und wer ist daran beteiligt?", "what is the meaning of everything"
    )

    assert german.text == NOT_UNDERSTOOD["de"] and german.outcome == "cannot"
    assert more.text == NOT_UNDERSTOOD["en"]


def test_calls_that_go_round_in_circles_come_to_an_end(shop: Stage) -> None:
    shop.play({**looks(EXPLAINED), "repeats": True})
    listener = Heard()
    (reply,) = shop.ask("Was ist mit cart los?", listener=listener)

    assert listener.events.count("looks kubectl_explain_workload") == 1
    assert len(shop.asked) == 4
    assert f"Container cart of Pod/shop/{CART} keeps crashing with exit code 137, 7 restarts" in reply.text
    assert reply.notes[1:] == [
        "The model made calls again, and was told the known results: 2.",
        "The model came to no conclusion; what its calls show stands.",
        OWN_WORDS["de"],
    ]


def test_what_an_answer_costs_is_told_and_kept_under_chat_and_the_asker(shop: Stage) -> None:
    turn = {"text": "Einer ist nicht bereit. [L1]", "input_tokens": 900, "output_tokens": 12, "cache_read_tokens": 800}
    shop.play(looks(english("which pods are not ready in shop")), turn)
    (reply,) = shop.ask("Welche Pods sind nicht bereit?")

    assert reply.model is not None
    assert (reply.model.calls, reply.model.cached_tokens, reply.model.models) == (2, 800, ["scripted:stage"])
    call = shop.costs()[-1]
    assert call.agent == "chat" and call.user and call.prompt.startswith("chat@")
    assert call.incident.startswith("chat-")


def test_text_from_the_system_reaches_the_model_only_as_data(shop: Stage) -> None:
    shop.play(looks(("kubectl_logs", {"namespace": "shop", "name": "checkout"})), {"text": "Gesehen. [L1]"})
    shop.ask("Was sagen die Logs von checkout?")

    read = shop.asked[-1]
    assert read.index('<data source="L1 kubectl_logs">') < read.index("card service refused") < read.rindex("</data>")


def test_an_investigation_that_a_model_asks_for_is_cited_with_its_evidence(shop: Stage) -> None:
    shop.play(
        looks(("investigate", {"text": "deployment cart in namespace shop is not ready"})),
        {"text": f"{CART} hat zu wenig Speicher, OOMKilled bei 64Mi. [L1]"},
    )
    (reply,) = shop.ask("Warum ist cart denn nicht bereit?")

    assert reply.words.startswith(f"{CART} hat zu wenig Speicher, OOMKilled bei 64Mi. [E1]")
    assert reply.text.startswith("Deployment/shop/cart runs out of memory")
    assert reply.evidence and reply.tool_calls > 1 and reply.subjects == ["Deployment/shop/cart"]
    assert shop.incidents() == 0


def test_what_a_model_is_told_to_use_is_there_and_fits(shop: Stage) -> None:
    shop.play({"text": "Nichts."})
    shop.ask("Was gibt es Neues?")
    chat_prompt = prompt("chat")
    tools = {tool["function"]["name"]: tool for tool in shop.offered()}

    names = set(re.findall(r"`([a-z]+(?:_[a-z]+)+|investigate)`", chat_prompt.text))
    assert len(names) > 8 and names <= set(tools)
    assert all(not name.startswith(("kubectl_delete", "kubectl_scale", "start_")) for name in tools)
    assert estimate([SystemMessage(chat_prompt.text)], []) < 1_500
    assert estimate([], list(tools.values())) < 13_500


def test_without_a_model_an_answer_has_no_word_of_one(shops: Any) -> None:
    reply: ChatReply = shops("what is the meaning of everything")[0]
    assert reply.model is None and not reply.notes and "model" not in json.dumps(reply.text)
