"""What restrains workloads, told where it is asked for itself: budgets, quotas, egress policies, lost pods."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sre_lab.telemetry import ContainerLog
from tests.server_kubernetes.reading_lab import (
    NOW,
    Obj,
    ago,
    asked,
    codes,
    deployment,
    fact,
    facts,
    made,
    pod,
    template,
)

pytestmark = pytest.mark.anyio


def budget() -> Obj:
    spec = {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}}
    status = {"expectedPods": 2, "currentHealthy": 2, "desiredHealthy": 2, "disruptionsAllowed": 0}
    return {**made("PodDisruptionBudget", "web", spec=spec, status=status), "apiVersion": "policy/v1"}


def quota() -> Obj:
    counts = {"hard": {"pods": "2"}, "used": {"pods": "2"}}
    return made("ResourceQuota", "small", spec={"hard": {"pods": "2"}}, status=counts)


def policy(*egress: Any) -> Obj:
    spec = {"podSelector": {}, "policyTypes": ["Egress"], **({"egress": list(egress)} if egress else {})}
    return {**made("NetworkPolicy", "out", spec=spec), "apiVersion": "networking.k8s.io/v1"}


async def test_a_budget_is_told_with_the_workload_that_it_guards(tmp_path: Path) -> None:
    async with asked(tmp_path, deployment(), pod(), pod("web-6d4f7-zzzzz"), budget()) as ask:
        answer = await ask("kubectl_explain_workload", namespace="shop", name="web", kind="PodDisruptionBudget")
    assert fact(answer, "budget.exhausted")["healthy"] == 2
    assert "workload.available" in codes(answer)
    assert ("guards", "web") in {(r["kind"], r["source"].rpartition("/")[2]) for r in answer["relations"]}


async def test_a_quota_is_told_with_the_workloads_that_lack_pods(tmp_path: Path) -> None:
    async with asked(tmp_path, deployment(ready=1, replicas=1), pod(), quota()) as ask:
        answer = await ask("kubectl_explain_workload", namespace="shop", name="small", kind="ResourceQuota")
    assert fact(answer, "quota.exhausted")["resource"] == "pods"
    assert fact(answer, "workload.unavailable")["subject"].endswith("/web")
    assert ("limits", "small") in {(r["kind"], r["source"].rpartition("/")[2]) for r in answer["relations"]}


@pytest.mark.parametrize(
    ("egress", "holds"),
    [
        ([], "no"),
        ([{"to": [{"ipBlock": {"cidr": "10.9.0.0/16"}}]}], "yes"),
        ([{"to": [{"ipBlock": {"cidr": "10.8.0.0/16"}}]}], "no"),
        ([{"to": [{"podSelector": {}}]}], "unknown"),
        ([{"ports": [{"port": 443}]}], "no"),
    ],
)
async def test_whether_a_workload_may_leave_for_a_bare_address(tmp_path: Path, egress: list[Obj], holds: str) -> None:
    async with asked(tmp_path, deployment(), pod(), policy(*egress)) as ask:
        answer = await ask("kubectl_network_path", source="shop/web", target="10.9.4.4:5432")
    (hop,) = answer["data"]["hops"]
    assert hop["holds"] == holds
    denials = facts(answer, "policy.denies")
    assert [x["attributes"]["everything"] for x in denials] == ([not egress] if holds == "no" else [])
    assert [x["attributes"]["peer"] for x in denials] == ["10.9.4.4"] * len(denials)


async def test_without_a_policy_every_address_is_open(tmp_path: Path) -> None:
    async with asked(tmp_path, deployment(), pod()) as ask:
        answer = await ask("kubectl_network_path", source="shop/web", target="db.example.com:5432")
    assert answer["data"]["hops"][0]["holds"] == "yes" and answer["data"]["breaks"] == ""


async def test_a_pod_of_a_workload_that_succeeded_is_over_against_its_will(tmp_path: Path) -> None:
    scratch = {"name": "scratch", "emptyDir": {"sizeLimit": "40Mi"}}
    body = template(pod={"volumes": [scratch]})
    state = {"terminated": {"exitCode": 0, "finishedAt": ago(120)}}
    finished_pod = pod("web-6d4f7-ccccc", state=state, body=body, status={"phase": "Succeeded"})
    async with asked(tmp_path, deployment(ready=1), pod(), finished_pod) as ask:
        answer = await ask("kubectl_explain_workload", namespace="shop", name="web")
    observation = fact(answer, "pod.ended")
    assert (observation["subject"].rpartition("/")[2], observation["local_limits"], observation["at"]) == (
        "web-6d4f7-ccccc",
        ["scratch 40Mi"],
        ago(120),
    )


async def test_a_pod_of_a_job_that_succeeded_is_done(tmp_path: Path) -> None:
    job = made("Job", "once", spec={"template": template()}, status={"succeeded": 1})
    done = pod("once-abcde", state={"terminated": {"exitCode": 0}}, status={"phase": "Succeeded"},
               owner=[{"kind": "Job", "name": "once", "controller": True, "apiVersion": "batch/v1", "uid": "u"}],
               spec={"restartPolicy": "Never"})  # fmt: skip
    async with asked(tmp_path, job, done) as ask:
        answer = await ask("kubectl_explain_workload", namespace="shop", name="once", kind="Job")
    assert "pod.ended" not in codes(answer)


async def test_a_line_that_was_said_many_times_at_once_counts_many_times(tmp_path: Path) -> None:
    lines = ContainerLog(NOW - 900, [(NOW - 60, "ERROR accept: too many open files")] * 12)
    async with asked(tmp_path, deployment(), pod(), logs={"web-6d4f7-bcdfg": [lines]}) as ask:
        answer = await ask("kubectl_logs", namespace="shop", name="web")
    assert fact(answer, "log.kernel_limit")["count"] == 12


async def test_a_selector_that_fails_shows_what_the_pods_carry_under_each_key(tmp_path: Path) -> None:
    body = {**template(), "metadata": {"labels": {"app": "web", "colour": "green"}}}
    service = made(
        "Service", "web", spec={"selector": {"app": "web", "colour": "ultramarine"}, "ports": [{"port": 80}]}
    )
    async with asked(tmp_path, deployment(body=body), pod(body=body), service) as ask:
        answer = await ask("kubectl_explain_workload", namespace="shop", name="web", kind="Service")
    assert "colour=green (Deployment web)" in fact(answer, "service.selects_nothing")["near"]


async def test_a_pod_that_stopped_being_ready_at_an_unknown_time_has_none(tmp_path: Path) -> None:
    unready = pod("web-6d4f7-ccccc", seconds=72_000, status={"conditions": [{"type": "Ready", "status": "False"}]})
    async with asked(tmp_path, deployment(ready=1), pod(), unready) as ask:
        answer = await ask("kubectl_explain_workload", namespace="shop", name="web")
    assert fact(answer, "pod.not_ready")["at"] is None
