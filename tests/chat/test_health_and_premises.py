"""Health is more than replicas that are ready: what acts for a workload, its past, and what a question takes for so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chat.conftest import Talk, talking_of
from tests.chat.names_world import RUNS, world


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with talking_of(world(), tmp_path_factory.mktemp("stage")) as talk:
        yield talk


@pytest.mark.parametrize(
    "question",
    [
        "Is autoscaling of lamp working?",
        "Why doesn't lamp scale up?",
        "what is wrong with the lamp HPA in stage",
        "does lamp scale?",
    ],
)
def test_scaling_is_answered_by_the_autoscaler_and_its_reason(stage: Talk, question: str) -> None:
    (reply,) = stage(question)
    assert "HorizontalPodAutoscaler/stage/lamp cannot scale" in reply.text
    assert "FailedGetResourceMetric" in reply.text and "That is not so" not in reply.text


def test_a_workload_without_an_autoscaler_is_said_to_have_none(stage: Talk) -> None:
    (reply,) = stage("why doesn't curtain scale up?")
    assert "No HorizontalPodAutoscaler scales Deployment/stage/curtain" in reply.text


def test_ready_replicas_beside_an_autoscaler_that_cannot_act_are_partly_well(stage: Talk) -> None:
    well, ill = stage("is curtain healthy?", "is lamp healthy?")
    assert well.text.startswith("Yes: 1 of 1")
    assert ill.text.startswith("Partly: 2 of 2") and "HorizontalPodAutoscaler" in ill.text


def test_a_claim_can_be_asked_about(stage: Talk) -> None:
    (reply,) = stage("why is pvc props pending")
    assert "PersistentVolumeClaim/stage/props is Pending" in reply.text


def test_whether_all_pods_run_is_measured_against_those_that_are_wanted(stage: Talk) -> None:
    (reply,) = stage("are all replicas of turnstile running?")
    assert reply.text.startswith("No: 1 of 2")


def test_the_logs_of_the_crashing_pod_are_those_of_no_other(stage: Talk) -> None:
    by_name, by_state = stage(
        "show the logs of the crashing turnstile pod", "show the logs of the crashing pod in hall"
    )
    for reply in (by_name, by_state):
        assert "arm table" in reply.text and "turnstile serves" not in reply.text


def test_two_namespaces_are_compared_by_their_counts(stage: Talk) -> None:
    one, other = stage("does stage or annex have more pods", "Which namespace has more deployments, annex or stage?")
    assert "Namespace stage has more" in one.text and "stage has 3 pods" in one.text and "annex has 0 pods" in one.text
    assert "stage has 2 Deployments" in other.text


def test_that_a_namespace_is_not_there_answers_a_count(stage: Talk) -> None:
    (reply,) = stage("how many pods are in namespace zeppelin?")
    assert reply.outcome == "answered" and "There is no namespace zeppelin" in reply.text


def test_what_is_asked_for_and_what_a_node_can_give_are_told_together(stage: Talk) -> None:
    (reply,) = stage("How much cpu does lamp request and how much can a node give?")
    assert "500m" in reply.text and "node-a" in reply.text and "cpu 4" in reply.text


def test_the_last_success_of_a_run_is_told_and_that_there_was_none(stage: Talk) -> None:
    good, never = stage("when did nightly last succeed?", "when did cronjob weekly last succeed?")
    assert "CronJob/stage/nightly last succeeded at 20" in good.text
    assert "CronJob/stage/weekly has never succeeded" in never.text


def test_a_cron_job_is_judged_by_its_last_run(stage: Talk) -> None:
    good, bad, ongoing, seasonal = stage(*(f"is cronjob {name} healthy?" for name in RUNS))
    assert good.text.startswith("Yes: the last run of CronJob/stage/nightly") and "and succeeded at" in good.text
    assert bad.text.startswith("No: the last run of CronJob/stage/weekly")
    assert ongoing.text.startswith("Unknown: the last run") and "has not ended" in ongoing.text
    assert "CronJob/stage/seasonal is suspended; it has not started a run yet" in seasonal.text
