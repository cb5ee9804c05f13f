"""Questions over a recorded cluster and a scenario of the lab: each answer has its facts, its evidence, and no more."""

from __future__ import annotations

import re

import pytest

from sre_agent.chat import ChatReply
from sre_agent.chat.reply import LONGEST
from tests.chat.conftest import Talk
from tests.chat.world import BACKUP

CASES = [
    # how many, which: counts over all pages
    ("How many pods are in the batch namespace?", ["612 pods"]),
    ("how many pods have the label env=prod in namespace batch", ["305 pods"]),
    ("count of failed pods in batch", ["306 of 612"]),
    ("how many pods in batch succeeded?", ["306 of 612"]),
    ("number of pods by namespace", ["batch 612", "shop 7", "shop-eu 2"]),
    ("pods by node in shop", ["node-a 5", "node-b 2"]),
    ("how mnay depoyments are in shop", ["4 Deployments"]),
    (
        "how do I fix payments",
        ["selector", "What would fix it", "kubectl_set_service, needs a person's approval", "fix it"],
    ),
    ("how do I fix cart in shop", ["64Mi to 128Mi", "kubectl_set_resources, needs a person's approval"]),
    ("how many namespaces are there", ["4 namespaces", "shop-eu"]),
    ("how many containers does deployment checkout have", ["1 container", "checkout"]),
    ("how many replicas does checkout have", ["3 of 3"]),
    ("how many restarts does cart have", ["7 restarts"]),
    ("which pods are not ready in shop", ["1 of 7", "cart-6c8f9d7b5-cccc3", "CrashLoopBackOff"]),
    ("which pods are crash looping", ["1 of 621", "cart-6c8f9d7b5-cccc3"]),
    ("which pods were OOMKilled", ["cart-6c8f9d7b5-cccc3"]),
    ("which pods in shop restarted more than 5 times", ["1 pod", "cart-6c8f9d7b5-cccc3", "7 restarts"]),
    ("who restarted most in shop", ["cart-6c8f9d7b5-cccc3: .*7 restarts.*last ended with OOMKilled", "4 restarts"]),
    ("how many pods run on node-b", ["2 pods", "checkout-6c8f9d7b5-bbbb4"]),
    ("which pods use image example.test/payments", ["payments-6c8f9d7b5-dddd2"]),
    ("list the pods of deployment checkout", ["3 pods", "bbbb2", "bbbb3", "bbbb4"]),
    ("which node is cordoned", ["node-b"]),
    ("how many running pods are there in shop", ["6 of 7"]),
    ("which deployment has the most replicas in shop", ["4 Deployments in namespace shop: \\[E1\\]\n- checkout"]),
    ("how many pods are there in total", ["621 pods"]),
    ("what is the memory limit of pod cart-6c8f9d7b5-cccc3", ["memory limit 64Mi"]),
    ("list pods in namespace search", ["no pod"]),
    ("which jobs failed?", ["no Job|no job"]),
    ("which services have no endpoints", ["1 of 2", "payments"]),
    ("how many times did cart restart", ["7 restarts"]),
    ("restarts of the pods of deployment cart", ["cart-6c8f9d7b5-cccc3: .*7 restarts.*last ended with OOMKilled"]),
    ("which pods have no limits in shop-eu", ["1 pod", "courier"]),
    ("how many namespaces are there and which nodes exist", ["node-a", "node-b"]),
    ("which nodes are not ready", ["[Aa]ll 2 nodes are ready"]),
    ("which services exist in shop", ["2 services", "checkout", "payments"]),
    ("any OOM kills?", ["cart-6c8f9d7b5-cccc3"]),
    ("how many pods are in shop and which of them are not ready", ["7 pods", "1 of 7", "cart-6c8f9d7b5-cccc3"]),
    ("which pods run on node-b in shop and which images do they use", ["checkout:2.1", "cart:0.9"]),
    ("what ports does service checkout have", ["ports 80"]),
    # storage
    ("which PVCs are pending", ["1 of 3", "uploads", "20Gi"]),
    ("show all volume claims with their sizes", ["ledger-data.*8Gi", "uploads.*20Gi", "thumbnails.*5Gi"]),
    (f"Which PVCs were restored from backup {BACKUP}? Give their sizes", ["2 persistent", "ledger-data", "thumbnails"]),
    ("what is the size of pvc uploads", ["20Gi"]),
    # one thing
    ("describe deployment cart", ["1 of 2 ready", "example.test/cart:0.9"]),
    ("which node does pod cart-6c8f9d7b5-cccc3 run on?", ["node-b"]),
    ("what image does checkout use", ["example.test/checkout:2.1"]),
    ("is checkout healthy?", ["^Partly: 3 of 3", "restarted 4 times"]),
    ("is checkout ready", ["^Yes: 3 of 3", "restarted"]),
    ("is cart ready", ["^No", "1 of 2", "CrashLoopBackOff"]),
    ("is courier ready", ["^Yes", "courier-6c8f9d7b5-k2x9p"]),
    ("is the courier pod ready", ["^Yes", "courier-6c8f9d7b5-k2x9p"]),
    ("is node-b ready", ["^Yes", "Ready"]),
    ("what is the status of the cart pod", ["about all of them", "1 of 2"]),
    ("what resources are in the shop namespace?", ["4 Deployments", "7 pods", "checkout"]),
    ("are the pods of cart crashing?", ["cart-6c8f9d7b5-cccc3"]),
    # why, and premises that do not hold
    ("why is cart not ready?", ["OOMKilled", "64Mi"]),
    ("What's wrong with the cart deployment in shop?", ["OOMKilled", "cart-6c8f9d7b5-cccc3"]),
    ("Why is checkout not ready?", ["not so", "3 of 3"]),
    ("why is deployment checkout crashing", ["not so", "3 of 3"]),
    ("can checkout reach payments?", ["^No", "tier=v2", "tier=v1", "matches 0 pods"]),
    ("Why can't the checkout pod connect to the payments service?", ["selector", "tier=v2", "tier=v1"]),
    ("is anything broken in shop?", ["cart", "payments"]),
    # logs
    ("show the last 2 log lines of checkout-6c8f9d7b5-bbbb2", ["card service refused", "95 seconds"]),
    ("errors in the logs of checkout", ["1 of 15", "card service refused the charge"]),
    ("what does checkout log when it fails", ["1 of 15", "card service refused the charge"]),
    ("logs of checkout after something goes wrong", ["1 of 15", "card service refused the charge"]),
    ("if checkout breaks, what does it log?", ["1 of 15", "card service refused the charge"]),
    ("how many lines contain view in the logs of checkout", ["8 of 15"]),
    ("was there any 'slow reply' reported for checkout?", ["^Yes", "1 of 15"]),
    ('is there "disk full" in the logs of checkout', ["None of the 15"]),
    ("when was 'refused the charge' logged by checkout", ["once"]),
    ("how long did the migration take in the logs of checkout", ["95 s"]),
    ("how long do views take in the logs of checkout", ["4 times", "200 ms", "3.8 s"]),
    ("what are the drawn times for the invoice view in the logs of checkout", ["2 times", "3.4 s", "3.8 s"]),
    ("summarise the logs of checkout", ["1 error and 1 warning", "view drawn in"]),
    ("show the logs of cart from before the crash, errors only", ["cannot allocate 80 MB"]),
    ("logs of orders in shop-eu", ["no line"]),
    # comparing, changes, rights, runbooks
    ("compare checkout with cart", ["3 of 3 ready against 1 of 2", "checkout:2.1 against example.test/cart:0.9"]),
    ("may service account default list secrets in namespace shop?", ["^No", "shop/default"]),
    ("what do runbooks say about a leaking roof", ["[Nn]o runbook|roof"]),
    ("how many pods are in shop and which nodes are cordoned?", ["7 pods", "node-b"]),
]
UNMET = [
    # names that are not there, that are near, and that mean two things
    ("how many pods are in namespace shp", "not_found", ["no namespace shp", "shop"]),
    ("list pods in serch", "not_found", ["no namespace serch", "search"]),
    ("is chekout ok", "not_found", ["chekout", "Deployment/shop/checkout"]),
    ("what is wrong with orders", "choice", ["shop/orders", "shop-eu/orders"]),
    ("show its logs", "not_found", ["Nothing has been mentioned"]),
    ("what is the meaning of everything", "cannot", ["do not understand", "I can tell"]),
    ("compare checkout", "cannot", ["needs two things"]),
    ("fix it", "not_found", ["Name it"]),
    ("show the logs of node-a", "cannot", ["Node/node-a has no logs", "pod or workload"]),
    ("delete deployment checkout", "cannot", ["Nothing is changed on request"]),
    ("show the errors in the logs in there", "not_found", ["Name a pod or workload"]),
    ("describe node node-c", "not_found", ["no Node named node-c", "node-a"]),
]


@pytest.mark.parametrize(("question", "facts"), CASES, ids=[question for question, _ in CASES])
def test_an_answer_has_the_facts_and_names_its_evidence(shops: Talk, question: str, facts: list[str]) -> None:
    (reply,) = shops(question)
    assert reply.outcome == "answered", reply.text
    missing = [fact for fact in facts if not re.search(fact, reply.text, re.S | re.M)]
    assert not missing, reply.text
    holds_evidence(reply)


@pytest.mark.parametrize(("question", "outcome", "facts"), UNMET, ids=[question for question, *_ in UNMET])
def test_what_cannot_be_answered_is_said_with_what_may_be_meant(
    shops: Talk, question: str, outcome: str, facts: list[str]
) -> None:
    (reply,) = shops(question)
    assert reply.outcome == outcome, reply.text
    assert not [fact for fact in facts if fact not in reply.text], reply.text


def holds_evidence(reply: ChatReply) -> None:
    citations = set(re.findall(r"\[(E\d+)\]", reply.text))
    assert citations and citations <= {line.number for line in reply.evidence}
    assert len(reply.text) <= LONGEST
    assert reply.tool_calls and reply.looked_at


def test_a_conversation_goes_on_about_what_the_last_answer_was_about(shops: Talk) -> None:
    _, logs, node, other = shops(
        "is cart ready", "show its logs", "which node does pod cart-6c8f9d7b5-cccc3 run on", "is checkout ready"
    )
    assert "cannot allocate 80 MB" in logs.text
    assert "node-b" in node.text and "Yes" in other.text
    _, both, rest = shops("is cart ready", "is checkout ready", "and the other one")
    assert both.subjects == ["Deployment/shop/checkout"]
    assert "Deployment/shop/cart" in rest.text


def test_a_name_in_two_namespaces_is_settled_by_what_was_talked_about(shops: Talk) -> None:
    _, reply = shops("describe deployment orders in namespace shop-eu", "is orders ready")
    assert "Deployment/shop-eu/orders" in reply.text and "shop/orders" in reply.text


def test_what_can_be_asked_is_listed_once_in_a_conversation(shops: Talk) -> None:
    first, second = shops("what is the meaning of everything", "tell me a joke")
    assert "I can tell" in first.text and "I can tell" not in second.text
    assert '"help"' in second.text


def test_they_are_all_that_the_last_answer_was_about(shops: Talk) -> None:
    _, both = shops("which nodes exist", "are they ready")
    assert both.text.count("Yes") == 2, both.text


def test_a_choice_is_answered_by_asking_which(shops: Talk) -> None:
    _, reply = shops("list the pods of checkout", "show that pod")
    assert reply.outcome == "choice" and len(reply.choices) == 3


def test_two_questions_about_a_changing_thing_are_two_looks(toll_gate: Talk) -> None:
    first, second = toll_gate("is pricing ready", "is pricing ready")
    assert {line.id for line in first.evidence}.isdisjoint(line.id for line in second.evidence)


def test_a_percentile_is_read_as_such_and_not_answered_with_an_average(toll_gate: Talk) -> None:
    (reply,) = toll_gate("p99 latency of pricing in the last 20 minutes")
    assert "- Latency (p99): at least" in reply.text and "Average" not in reply.text
    assert [line.arguments["statistic"] for line in reply.evidence if line.tool == "get_metric"] == ["p99"]


@pytest.mark.parametrize(
    ("question", "facts"),
    [
        ("why is pricing down", ["TARIFF-CORE"]),
        ("what is wrong?", ["1 trouble", "Deployment/tolling/pricing"]),
        ("what changed in tolling in the last hour", ["pricing:8.1.0 -> .*pricing:8.1.1"]),
        ("what changed on plate-reader since 5 minutes ago", ["No changes"]),
        ("which alarms are firing", ["tolling-pricing-errors", "KubePodCrashLooping"]),
        ("how much cpu does plate-reader use", ["of cpu", "plate-reader-"]),
        ("what was the highest memory of plate-reader in the last 10 minutes", ["at most \\d+Mi"]),
        ("how long has it been and when did pricing start failing", ["Since 20.*T.*Z", "TARIFF-CORE"]),
        ("show the events of pricing", ["events of Deployment/tolling/pricing", "BackOff"]),
        ("show warnings", ["warning event", "Pod/pricing-"]),
        ("who restarted pricing", ["kubelet does that by itself", "pricing:8.1.1"]),
        ("which pod uses the most memory", ["The cluster is using", "plate-reader-"]),
        ("which node has the least memory free", ["worker-1: memory", "pods?"]),
        ("what is the error rate of pricing in the last 30 minutes", ["Metrics of Deployment/tolling/pricing"]),
        ("who calls pricing", ["pricing", "are not read"]),
        (
            "how do I fix pricing",
            ["TARIFF-CORE", "Nothing that is allowed here would fix it", "owner of the application"],
        ),
        ("may service account pricing list secrets in tolling", ["may not list secrets"]),
    ],
)
def test_a_live_world_is_answered_from_all_its_sources(toll_gate: Talk, question: str, facts: list[str]) -> None:
    (reply,) = toll_gate(question)
    missing = [fact for fact in facts if not re.search(fact, reply.text, re.S)]
    assert not missing, reply.text
    holds_evidence(reply)


def test_alarms_that_watch_a_workload_are_told_apart_from_all_others(toll_gate: Talk) -> None:
    (reply,) = toll_gate("any alarm for deployment pricing")
    own, _, others = reply.text.partition("firing:\n- ")[2].partition("other alarm")
    assert "KubePodCrashLooping" in own and "KubePodCrashLooping" not in others


def test_a_cluster_that_looks_well_is_not_called_well_without_its_alarms(flash_sale: Talk) -> None:
    (reply,) = flash_sale("what is wrong?")
    assert "healthy" not in reply.text
    assert "1 trouble" in reply.text and "Alarm shop-orders-write-throttles is firing" in reply.text
    holds_evidence(reply)


def test_a_question_for_which_two_intents_speak_is_asked_back(shops: Talk) -> None:
    first, second = shops("an alarm is firing and cart stays Pending", "what is wrong with cart")
    assert first.outcome == "choice" and first.text.startswith("Did you mean ")
    assert set(first.choices) == {"show the alarms of cart", "what is wrong with cart"}
    assert second.intent == "why" and second.outcome == "answered"


def test_whom_a_workload_calls_is_told_with_what_stands_there(shops: Talk) -> None:
    (reply,) = shops("what does checkout call")
    assert reply.intent == "callees" and "Values of Secrets" in reply.text
    holds_evidence(reply)
