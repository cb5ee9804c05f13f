"""What kubectl prints of a pod, and what is declared: states are answered with their reason, settings from the spec."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.chat.conftest import Talk, talking_of
from tests.chat.states_world import world


@pytest.fixture(scope="module")
def ops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with talking_of(world(), tmp_path_factory.mktemp("ops")) as talk:
        yield talk


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("pod ledger never gets past Init:0/1", "init container prepare .*has not completed"),
        ("ledger sits in PodInitializing", "init container prepare .*has not completed"),
        ("mailer shows Init:Error", "prepare .*exit code 1"),
        ("why does sorter hang in Init:CrashLoopBackOff?", "no such table"),
        ("painter stays in ContainerCreating", "ConfigMap paint is not found"),
        ("planner is in CreateContainerConfigError", "Secret key is not found"),
        ("keeper has been Terminating for half an hour", "deleted at .*example.com/hold"),
        ("why is pod export-9 Completed?", "exit code 0 at .*nothing restarts them .*Never"),
        ("why is export-9 not running?", "exit code 0"),
        ("thrown was Evicted", "ran out of memory.*900Mi"),
        ("hungry gets OOMKilled all the time", "memory limit of 64Mi"),
        ("waiter stays Pending forever", "2 Insufficient memory"),
        ("kubectl says ErrImagePull for puller", "manifest unknown"),
    ],
)
def test_a_state_of_a_pod_in_any_sentence_is_answered_with_its_reason(ops: Talk, question: str, reason: str) -> None:
    (reply,) = ops(question)
    assert reply.outcome == "answered" and re.search(reason, reply.text, re.S), reply.text
    assert reply.evidence and "[E1]" in reply.text


def test_pods_are_listed_and_counted_by_what_kubectl_prints(ops: Talk) -> None:
    listing, count, answer = (ops(q)[0].text for q in (
        "which pods are in Init:Error in ops", "how many pods are initializing", "is mailer in Init:Error?",
    ))  # fmt: skip
    assert listing.startswith("1 of 11 pods in namespace ops") and "- mailer: Init:Error" in listing
    assert count.startswith("3 of 11 pods")
    assert answer.startswith("Yes: Pod/ops/mailer is Init:Error") and "exit code 1" in answer


@pytest.mark.parametrize(
    ("question", "pattern"),
    [
        ("does gate have a pdb?", "1 PodDisruptionBudget .*covering Deployment/ops/gate.*keep-two: minAvailable 2"),
        ("is gate protected by a disruption budget", "covering Deployment/ops/gate.*keep-two"),
        ("does gate have an hpa", "scaling Deployment/ops/gate.*elastic: minReplicas 2, maxReplicas 9"),
        ("which hpa scales gate", "elastic"),
        ("is there a network policy for gate", "applying to Deployment/ops/gate.*only-web"),
        ("does plain have a pdb", "There is no PodDisruptionBudget in namespace ops covering Deployment/ops/plain"),
        ("does plain have a network policy", "There is no NetworkPolicy"),
        ("does gate have a readiness probe?", "readiness probe gate: GET /ready on port 8080, every 5 s"),
        ("has plain a readiness probe", "no readiness probe"),
        ("does gate have probes", "no liveness probe, no startup probe"),
        ("which version does gate run", "example.test/gate:4.2"),
        ("which version of gate is running", "example.test/gate:4.2"),
        ("what are the requests of gate", "requests gate cpu=100m"),
        ("what resources does gate request", "requests gate cpu=100m, limits gate memory=256Mi"),
        ("what are gate's limits", "limits gate memory=256Mi"),
        ("what are the requests and limits of plain", "no requests, no limits"),
        ("which env vars does gate have", "variables DB_HOST, TIER"),
        ("what is the rollout strategy of gate", r"RollingUpdate \(maxSurge 25%, maxUnavailable 0\)"),
        ("how many replicas does gate have", "2 of 2 ready"),
    ],
)
def test_what_is_declared_is_told_from_what_is_aimed_at_it_and_from_its_spec(
    ops: Talk, question: str, pattern: str
) -> None:
    (reply,) = ops(question)
    assert reply.outcome == "answered" and re.search(pattern, reply.text, re.S), reply.text
    assert reply.evidence and "gold" not in reply.text


@pytest.mark.parametrize(
    ("question", "pattern"),
    [
        ("how do I fix pod hungry", "runs out of memory.*Nothing that is allowed here would fix it:\n- "),
        ("how do I fix pod planner", "Secret key is not found.*The owner of the workload"),
    ],
)
def test_how_to_mend_what_nothing_here_can_mend_says_who_has_to(ops: Talk, question: str, pattern: str) -> None:
    (reply,) = ops(question)
    assert re.search(pattern, reply.text, re.S), reply.text
