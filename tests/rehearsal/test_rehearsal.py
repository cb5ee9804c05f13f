"""A remedy is tried in a copy of its namespace before it is asked about or written unattended, and that is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mcp_servers.contract.facts import Subject
from mcp_servers.contract.permits import Target
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.connection.clusters import Clusters
from sre_agent import failures
from sre_agent.domain.action import Action, Call
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.incident import Incident
from sre_agent.domain.question import Question
from sre_agent.domain.report import Report
from sre_agent.rehearsal.capture import capture
from sre_agent.rehearsal.opening import LazyRehearsals, LiveCluster
from sre_lab.process import LabProcess
from tests.ground import servers_within
from tests.incidents.conftest import Stage
from tests.labs import standing_lab
from tests.rehearsal.trials import harmful, trials

VALUE = "bWFkZS11cC12YWx1ZQ=="


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProcess]:
    with standing_lab("school-lunch", tmp_path_factory.mktemp("lab")) as standing, servers_within():
        yield standing


def version_of(lab: LabProcess) -> str:
    """That of the last change of anything in the cluster."""
    with closing(Clusters(kubeconfig=str(lab.endpoints.kubeconfig))) as clusters:
        return str(Api(clusters.of()).get("/api/v1/namespaces").body["metadata"]["resourceVersion"])


def asked(lab: LabProcess, folder: Path) -> tuple[Stage, Question]:
    """The question that the incident of the lab stands at."""
    stage = Stage(lab, folder)

    async def ask() -> Question | None:
        async with stage.runtime(rehearsal="on") as runtime:
            incident, _ = await stage.respond(runtime, "ask")
            return await runtime.worker.question(incident)

    question = asyncio.run(ask())
    assert question is not None
    return stage, question


def test_the_question_says_that_it_heals_and_nothing_was_written_to_the_live_cluster(
    lab: LabProcess, tmp_path: Path
) -> None:
    before = version_of(lab)
    stage, question = asked(lab, tmp_path)
    rehearsal = question.action.rehearsal
    assert rehearsal is not None
    assert rehearsal.result == "heals" and rehearsal.text.startswith("rehearsed: heals in ")
    assert rehearsal.read_ms < 5_000 and rehearsal.action_digest == question.action_digest
    assert version_of(lab) == before
    assert [e.name for e in stage.events if e.kind.startswith("rehearsal")] == ["kubectl_scale"] * 2


@pytest.mark.parametrize(
    ("cluster", "says"),
    [
        (None, "not rehearsed: the Kubernetes server runs elsewhere, "),
        (LiveCluster(kubeconfig="/no/such/file", context="shop", eks="", name="shop"), "not rehearsed: "),
    ],
)
def test_a_cluster_that_cannot_be_read_is_said_and_raises_nothing(cluster: LiveCluster | None, says: str) -> None:
    subject = Subject(scope="shop", kind="Deployment", namespace="shop", name="web")
    cause = Hypothesis(
        failure_class="scaled_to_zero",
        title="",
        subject=subject,
        score=1,
        confidence=1,
        decisive=True,
        terms=[],
        statement="",
    )
    action = Action(
        remedy="scale",
        failure_class="scaled_to_zero",
        purpose="Scale it",
        call=Call(server="kubernetes", tool="kubectl_scale", arguments={}),
        scope="shop",
        subject=subject.short,
        namespace="shop",
        target=Target(subject=subject.short, uid="1", version="1"),
        reversible=True,
        confidence=1,
    )
    stage = LazyRehearsals(cluster, lambda folder, now: pytest.fail("nothing is signed"))
    assert asyncio.run(stage.rehearse(action, cause, [], failures.load())).text.startswith(says)


def test_no_value_of_a_secret_or_a_config_map_is_copied(lab: LabProcess) -> None:
    secret = {"data": {"password": VALUE}}
    config_map = {"data": {"greeting": VALUE}}
    template = {
        "metadata": {"labels": {"app": "reader"}},
        "spec": {
            "containers": [
                {
                    "name": "reader",
                    "image": "registry.meals.test/allergens:0.8.3",
                    "env": [{"name": "P", "valueFrom": {"secretKeyRef": {"name": "held", "key": "password"}}}],
                }
            ]
        },
    }
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": "reader"}}, "template": template}
    for kind, body in (("Secret", secret), ("ConfigMap", config_map)):
        manifest = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "held", "namespace": "meals"}, **body}
        lab.control.befall({"apply": [manifest]})
    meta = {"name": "reader", "namespace": "meals"}
    lab.control.befall({"apply": [{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}]})
    with closing(Clusters(kubeconfig=str(lab.endpoints.kubeconfig))) as clusters:
        copy = capture(Api(clusters.of()), "meals", seconds=5)
    holders = {obj["kind"]: obj["data"] for obj in copy.objects if obj["metadata"]["name"] == "held"}
    assert holders == {"Secret": {"password": ""}, "ConfigMap": {"greeting": ""}}
    assert VALUE not in json.dumps(copy.objects)


def unattended(scenario: str, folder: Path) -> tuple[Stage, Incident, Report]:
    """The scenario where every policy lets the responder act without asking."""
    (policies := folder / "policies").mkdir()
    (policies / "all.cedar").write_text('@id("all") permit (principal, action, resource);', "utf-8")

    async def respond(stage: Stage) -> tuple[Incident, Report | None]:
        async with stage.runtime_of({"policies": str(policies), "level": "autonomous"}) as runtime:
            return await stage.respond(runtime, "never")

    with standing_lab(scenario, folder / "lab") as lab, servers_within():
        stage = Stage(lab, folder)
        incident, report = asyncio.run(respond(stage))
    assert report is not None
    return stage, incident, report


def test_what_would_take_the_room_of_others_is_neither_asked_about_nor_written_unattended(tmp_path: Path) -> None:
    stage, incident, report = unattended("concert-hall", tmp_path)
    assert (incident.reason, report.remediations) == ("no_safe_action", [])
    assert not {"approval.asked", "write.intended"} & {event.kind for event in stage.events}
    not_taken = [claim.text for claim in report.actions_not_taken]
    assert any("rehearsed: would do harm: Service sound-desk" in text for text in not_taken), not_taken


def test_an_unattended_write_is_rehearsed_first_and_the_record_says_so(tmp_path: Path) -> None:
    stage, incident, report = unattended("school-lunch", tmp_path)
    kinds = [event.kind for event in stage.events]
    assert incident.reason == "fixed" and kinds.count("policy_decision") == 1
    assert kinds.index("rehearsal.ended") < kinds.index("permit.issued")
    [entry] = [entry.what for entry in report.timeline if entry.what.startswith("Write ")]
    assert "allowed by policy:all (rehearsed: heals in " in entry


def test_what_would_break_a_budget_or_turn_a_service_away_is_stopped(tmp_path: Path) -> None:
    names = ("tracking below its budget", "pages turned to the tracking")
    remedies = [one for one in harmful()["parcel-desk"] if one.name in names]
    results = asyncio.run(trials("parcel-desk", remedies, tmp_path))
    assert [one.rehearsal.result for one in results if one.rehearsal is not None] == ["harms", "harms"]
