"""Attributes of things: the table itself, and answers from a thing's own fields and from what belongs to it."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Final

import pytest

from mcp_servers.kubernetes.snapshot.kinds import KINDS
from sre_agent.chat.attributes import attributes, by_word, in_full
from tests.chat.conftest import Talk, talking_of
from tests.worlds import controllers, objects
from tests.worlds.objects import Obj
from tests.worlds.parts import Draw
from tests.worlds.workloads import autoscaler, claim_volume

NODE: Final = "node-1"


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with talking_of(world(), tmp_path_factory.mktemp("yard")) as talk:
        yield talk


def world() -> Obj:
    draw = Draw(random.Random("yard"))
    draw.objects += [objects.node(NODE), objects.node("node-2")]
    crane = draw.app("yard", name="crane", replicas=2, service="crane-svc")
    draw.app("yard", name="hoist", replicas=1)
    claim_volume(draw, crane)
    draw.objects.append(autoscaler(draw, crane, most=11, desired=2))
    draw.objects.append(objects.ingress("gate", "yard", "crane.example.com", "crane-svc"))
    spec = {"serviceAccountName": "crane-bot", "terminationGracePeriodSeconds": 75, "schedulerName": "own"}
    for one in (crane.deployment["spec"]["template"], crane.replica_set["spec"]["template"], *crane.pods):
        one["spec"].update(spec)
        variables = [{"name": "RATE_URL", "value": "http://rates"}, {"name": "DB_PASSWORD", "value": "hunter22"}]
        one["spec"]["containers"][0].update(env=variables)
    files = {"main.conf": "upstream http://hoist:80"}
    draw.objects.append({"kind": "ConfigMap", "metadata": objects.meta("crane-conf", "yard", 900, {}), "data": files})
    for one in (crane.deployment["spec"]["template"], crane.replica_set["spec"]["template"]):
        one["spec"]["volumes"].append({"name": "conf", "configMap": {"name": "crane-conf"}})
    crane.service["spec"].update(type="LoadBalancer", ipFamilyPolicy="SingleStack")
    controllers.run(draw, "yard", cron=True)
    cron_job = next(one for one in draw.objects if one["kind"] == "CronJob")
    cron_job["metadata"]["name"] = "sweep-yard"
    cron_job["spec"].update(schedule="15 3 * * *", timeZone="Etc/UTC")
    return draw.world()


@pytest.mark.parametrize(
    ("question", "pattern"),
    [
        ("which service account does crane run as", "Deployment/yard/crane: service account crane-bot"),
        ("how long is the grace period of crane?", "grace period 75 s"),
        ("does crane have a node selector", "no node selector"),
        ("grace period of hoist", "no grace period .Kubernetes then gives 30 s"),
        ("when will sweep-yard run next", r"next run 2026-\d\d-\d\dT03:15:00Z"),
        ("how far may crane scale", r"HorizontalPodAutoscaler crane: min replicas 1, max replicas 11 \(scaling"),
        ("how far may hoist scale", "There is no HorizontalPodAutoscaler scaling Deployment/yard/hoist"),
        ("which storage class does crane use and how big is its volume?", "class gp3.*size 10Gi|size 10Gi.*class gp3"),
        ("under which hostname is crane exposed", "Ingress gate: hosts crane.example.com"),
        ("which ingress routes to crane", "- gate"),
        ("how much storage does yard use in total", "10Gi in total"),
        ("what is the reclaim policy of service crane-svc", "has no reclaim policy.*persistent volumes and"),
        ("when does the certificate of crane expire", "values of Secrets never leave the cluster"),
        ("what is RATE_URL of crane set to", "RATE_URL is http://rates"),
        ("which ip family policy does service crane-svc have", "spec.ipFamilyPolicy is SingleStack"),
        ("what flux capacitor does crane have", "Not understood: 'flux' and 'capacitor'"),
        ("which services are of type LoadBalancer in yard", "There is 1 service .*crane-svc"),
        ("which services in yard are not of type LoadBalancer", "There is 1 service .*- hoist"),
        ("which pods use the service account crane-bot", "There are 2 pods .*with service account crane-bot"),
        ("which deployments have only one replica in yard", "There is 1 Deployment .*- hoist"),
        ("which deployments in yard don't have a node selector", "There are 2 Deployments .*without node selector"),
        ("which pvcs are bigger than 50Gi", "no persistent volume claim .*more than 50Gi"),
        ("which pvcs are bigger than 5Gi", "1 persistent volume claim .*more than 5Gi"),
        ("which pods are not on node NODE", "on another node than NODE"),
        ("how is crane exposed", "Service crane-svc: .*LoadBalancer, 80.*Ingress gate: hosts crane.example.com"),
        ("who calls hoist", "Deployment/yard/crane names hoist"),
        ("do crane and hoist have the same image", "crane:.*hoist:"),
    ],
)
def test_an_attribute_is_told_from_the_thing_or_from_what_belongs_to_it(
    yard: Talk, question: str, pattern: str
) -> None:
    (reply,) = yard(question.replace("NODE", NODE))
    assert reply.outcome == "answered" and re.search(pattern.replace("NODE", NODE), reply.text, re.S), reply.text


def test_a_secret_of_a_variable_stays_hidden(yard: Talk) -> None:
    (reply,) = yard("what is DB_PASSWORD of crane set to")
    assert "redacted" in reply.text and "hunter22" not in reply.text


def test_another_attribute_is_asked_of_the_same_thing_and_the_same_of_another(yard: Talk) -> None:
    _, account, other = yard("is crane ready", "and its service account?", "and hoist?")
    assert "service account crane-bot" in account.text
    assert "hoist: no service account (Kubernetes then uses the account default)" in other.text


def test_what_reports_no_state_is_not_said_to_be_in_none(yard: Talk) -> None:
    (reply,) = yard("which services are available in yard")
    assert reply.outcome == "cannot" and "report no state" in reply.text


def test_every_row_of_the_table_stands_somewhere_and_names_kinds_that_there_are() -> None:
    for one in attributes().values():
        assert one.places or one.parts, one.name
        assert not one.names or one.names in KINDS, one.name
        assert {kind for kind in one.kinds if kind != "Certificate"} <= set(KINDS), one.name
        assert all(part.places for part in in_full([one.name])), one.name


def test_a_word_of_several_attributes_is_told_apart_by_the_kind_that_is_named() -> None:
    for word, several in by_word().items():
        places = [set(one.kinds) for one in several[1:]]
        assert all(places), f"{word}: a later one that any kind has is never chosen"
