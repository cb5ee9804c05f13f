"""What a sweep tells of a namespace, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.server_kubernetes.reading_lab import (
    IMAGE,
    Obj,
    ago,
    asked,
    codes,
    deployment,
    event,
    fact,
    facts,
    made,
    pod,
    replica_set,
    template,
    terminated,
    waiting,
)

pytestmark = pytest.mark.anyio
SELECTOR = {"matchLabels": {"app": "web"}}


def of(kind: str, group: str, name: str, *, meta: Obj | None = None, **fields: Any) -> Obj:
    return {**made(kind, name, meta=meta or {}, **fields), "apiVersion": group}


def well() -> list[Obj]:
    """Deployment shop/web with two pods that serve, a node and a Service."""
    ready = {"conditions": [{"type": "Ready", "status": "True"}], "allocatable": {"cpu": "4", "memory": "8Gi"}}
    node = {"kind": "Node", "apiVersion": "v1", "metadata": {"name": "node-1"}, "status": ready}
    subsets = [{"addresses": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.2"}]}]
    service = made("Service", "web", spec={"selector": {"app": "web"}, "ports": [{"port": 80}]})
    pods = [pod("web-6d4f7-bcdfg"), pod("web-6d4f7-bcdfh")]
    return [
        deployment(),
        replica_set("6d4f7", 1, 3600),
        *pods,
        node,
        service,
        made("Endpoints", "web", subsets=subsets),
    ]


def states(answer: Obj) -> dict[str, str]:
    return {group["subject"]: group["state"] for group in answer["data"]["groups"]}


async def test_what_is_well_is_only_counted(tmp_path: Path) -> None:
    async with asked(tmp_path, *well()) as ask:
        answer = await ask("kubectl_triage", namespace="shop")
    assert answer["observations"] == [] and answer["data"]["groups"] == []
    assert answer["data"]["looked_at"]["Deployment"] == 1 and "nothing unhealthy" in answer["text"]


async def test_pods_in_trouble_stand_under_their_topmost_owner_with_the_chain_that_leads_there(tmp_path: Path) -> None:
    looping = pod(state=waiting("CrashLoopBackOff"), last=terminated(1), restarts=7)
    async with asked(tmp_path, deployment(ready=0), replica_set("6d4f7", 1, 3600), looping) as ask:
        answer = await ask("kubectl_triage", namespace="shop")
    assert states(answer) == {"Deployment/shop/web": "failing"}
    assert answer["data"]["groups"][0]["counts"]["container.crash_looping"] == 1
    chain = {(r["source"].rpartition("/")[2], r["target"].rpartition("/")[2]) for r in answer["relations"]}
    assert {("web", "web-6d4f7"), ("web-6d4f7", "web-6d4f7-bcdfg")} <= chain


async def test_many_pods_with_the_same_trouble_are_told_twice_and_counted(tmp_path: Path) -> None:
    pods = [pod(f"web-6d4f7-bcdf{x}", waiting("CrashLoopBackOff"), terminated(1), 7) for x in "bcdfgh"]
    async with asked(tmp_path, deployment(ready=0), replica_set("6d4f7", 1, 3600), *pods) as ask:
        answer = await ask("kubectl_triage", namespace="shop")
    assert len(facts(answer, "container.crash_looping")) == 2
    assert answer["data"]["groups"][0]["counts"]["container.crash_looping"] == 6


async def test_a_container_that_ran_out_of_memory_and_came_back_is_noted_not_failing(tmp_path: Path) -> None:
    recovered_pod = pod("web-6d4f7-bcdfg", last=terminated(137, "OOMKilled"), restarts=9)
    objects = [x for x in well() if x["metadata"]["name"] != "web-6d4f7-bcdfg"]
    async with asked(tmp_path, *objects, recovered_pod) as ask:
        answer = await ask("kubectl_triage", namespace="shop")
    assert states(answer) == {"Deployment/shop/web": "noted"}
    assert fact(answer, "container.restarted")["restarts"] == 9 and "container.oom_killed" in codes(answer)


async def test_what_other_objects_refer_to_and_is_not_there_is_told_of_them(tmp_path: Path) -> None:
    rule = {"http": {"paths": [{"backend": {"service": {"name": "wbe", "port": {"number": 80}}}}]}}
    ingress = {"ingressClassName": "alb", "rules": [rule], "tls": [{"secretName": "cert"}]}
    target = {"scaleTargetRef": {"kind": "Deployment", "name": "gone"}, "maxReplicas": 3}
    role = {"kind": "Role", "name": "reader"}
    async with asked(
        tmp_path,
        *well(),
        of("Ingress", "networking.k8s.io/v1", "front", spec=ingress),
        of("HorizontalPodAutoscaler", "autoscaling/v2", "web", spec=target),
        of("RoleBinding", "rbac.authorization.k8s.io/v1", "binding", roleRef=role, subjects=[]),
    ) as ask:
        answer = await ask("kubectl_triage", namespace="shop")
    missing = {(x["subject"].partition("|")[2], x["attributes"]["kind"]) for x in facts(answer, "reference.missing")}
    assert missing == {
        ("Ingress/shop/front", "IngressClass"),
        ("Ingress/shop/front", "Secret"),
        ("Ingress/shop/front", "Service"),
        ("HorizontalPodAutoscaler/shop/web", "Deployment"),
        ("RoleBinding/shop/binding", "Role"),
    }


async def test_a_named_port_that_no_pod_has_fails_and_an_undeclared_number_is_noted(tmp_path: Path) -> None:
    ports = [{"containerPort": 8080, "name": "http"}]
    pods = [pod(body=template(ports=ports))]
    named_port = made(
        "Service", "named", spec={"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "htpp"}]}
    )
    number = made("Service", "number", spec={"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 9090}]})
    async with asked(tmp_path, *pods, named_port, number) as ask:
        answer = await ask("kubectl_triage", namespace="shop")
    assert states(answer) == {"Service/shop/named": "failing", "Service/shop/number": "noted"}


async def test_an_autoscaler_at_rest_is_left_alone_and_one_without_metrics_is_told(tmp_path: Path) -> None:
    def scaler(name: str, *status_rows: tuple[str, str, str]) -> Obj:
        conditions = [{"type": t, "status": s, "reason": r, "message": "m"} for t, s, r in status_rows]
        spec = {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "maxReplicas": 3}
        return of("HorizontalPodAutoscaler", "autoscaling/v2", name, spec=spec, status={"conditions": conditions})

    async with asked(
        tmp_path,
        *well(),
        scaler("low", ("ScalingLimited", "True", "TooFewReplicas"), ("AbleToScale", "True", "ReadyForNewScale")),
        scaler("off", ("ScalingActive", "False", "ScalingDisabled")),
        scaler("blind", ("ScalingActive", "False", "FailedGetResourceMetric")),
    ) as ask:
        answer = await ask("kubectl_triage", namespace="shop")
    assert states(answer) == {"HorizontalPodAutoscaler/shop/blind": "failing"}
    assert fact(answer, "scaler.blocked")["reason"] == "FailedGetResourceMetric"


async def test_a_budget_that_allows_no_eviction_fails_only_while_a_node_of_its_pods_is_drained(tmp_path: Path) -> None:
    status = {"expectedPods": 2, "disruptionsAllowed": 0, "currentHealthy": 2, "desiredHealthy": 2}
    budget = of("PodDisruptionBudget", "policy/v1", "web", spec={"selector": SELECTOR}, status=status)
    during_drain = [{**x, "spec": {"unschedulable": True}} if x["kind"] == "Node" else x for x in well()]
    for objects, state in ((well(), "noted"), (during_drain, "failing")):
        async with asked(tmp_path, *objects, budget) as ask:
            answer = await ask("kubectl_triage", namespace="shop")
        assert states(answer)["PodDisruptionBudget/shop/web"] == state
    assert fact(answer, "budget.exhausted")["draining"] == ["node-1"]


async def test_a_webhook_without_endpoints_in_another_namespace_is_seen_from_every_namespace(tmp_path: Path) -> None:
    hook = {"name": "check.example.com", "clientConfig": {"service": {"name": "check", "namespace": "guard"}}}
    configuration = {
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "check"}, "webhooks": [hook],
    }  # fmt: skip
    service = made("Service", "check", spec={"selector": {"app": "check"}})
    service["metadata"]["namespace"] = "guard"
    async with asked(tmp_path, *well(), configuration, service) as ask:
        answer = await ask("kubectl_triage", namespace="shop")
    assert fact(answer, "webhook.unserved")["reason"] == "no_endpoints"


async def test_a_start_that_a_cron_job_missed_is_told_and_a_suspended_one_is_hygiene(tmp_path: Path) -> None:
    job = {"template": {"spec": {"containers": [{"name": "c", "image": IMAGE.format(1)}]}}}
    spec = {"schedule": "*/5 * * * *", "jobTemplate": {"spec": job}}
    late = {"lastScheduleTime": ago(3600), "lastSuccessfulTime": ago(3590)}
    cron_jobs = [
        made("CronJob", "late", spec=spec, status=late),
        made("CronJob", "held", spec={**spec, "suspend": True}, status=late),
        made("CronJob", "good", spec=spec, status={"lastScheduleTime": ago(200), "lastSuccessfulTime": ago(190)}),
    ]
    async with asked(tmp_path, *cron_jobs, pod()) as ask:
        plain = await ask("kubectl_triage", namespace="shop")
        strict = await ask("kubectl_triage", namespace="shop", hygiene=True)
    assert [x["subject"] for x in facts(plain, "cronjob.missed")] == ["lab|CronJob/shop/late"]
    assert [x["subject"] for x in facts(strict, "hygiene.suspended")] == ["lab|CronJob/shop/held"]
    assert not any(code.startswith("hygiene.") for code in codes(plain))


async def test_a_cron_job_whose_run_keeps_several_others_from_starting_is_told_with_that_run(tmp_path: Path) -> None:
    job = {"template": {"spec": {"containers": [{"name": "c", "image": IMAGE.format(1)}]}}}
    spec = {"schedule": "*/5 * * * *", "concurrencyPolicy": "Forbid", "jobTemplate": {"spec": job}}
    active = [{"kind": "Job", "name": "export-1", "namespace": "shop"}]
    cron_jobs = [
        made("CronJob", "export", spec=spec, status={"lastScheduleTime": ago(3600), "active": active}),
        made("CronJob", "brief", spec=spec, status={"lastScheduleTime": ago(400), "active": active}),
    ]
    async with asked(tmp_path, *cron_jobs, pod()) as ask:
        overdue = facts(await ask("kubectl_triage", namespace="shop"), "cronjob.missed")
    assert [(x["subject"], x["attributes"]["waits_for"]) for x in overdue] == [
        ("lab|CronJob/shop/export", ["export-1"])
    ]


async def test_a_claim_that_waits_for_its_first_pod_is_well(tmp_path: Path) -> None:
    waits = of("StorageClass", "storage.k8s.io/v1", "late", volumeBindingMode="WaitForFirstConsumer")
    at_once = of("StorageClass", "storage.k8s.io/v1", "fast", volumeBindingMode="Immediate")
    claims = [
        made("PersistentVolumeClaim", name, spec={"storageClassName": name}, status={"phase": "Pending"})
        for name in ("late", "fast")
    ]
    async with asked(tmp_path, *well(), waits, at_once, *claims) as ask:
        answer = await ask("kubectl_triage", namespace="shop")
    assert states(answer) == {"PersistentVolumeClaim/shop/fast": "failing"}


async def test_events_of_an_earlier_pod_of_the_same_name_are_not_told_of_the_present_one(tmp_path: Path) -> None:
    present = pod("db-0", owner=[], seconds=900)
    present["metadata"]["uid"] = "new"
    old = event(present, "FailedMount", "no such volume", count=9, first=1200, last=1000)
    own = event(present, "Unhealthy", "Readiness probe failed: x", count=9, first=300, last=30)
    old["involvedObject"]["uid"], own["involvedObject"]["uid"] = "old", "new"
    async with asked(tmp_path, present, old, own) as ask:
        answer = await ask("kubectl_triage", namespace="shop")
    assert [x["attributes"]["reason"] for x in facts(answer, "event.warning")] == ["Unhealthy"]


async def test_a_deletion_that_stands_still_is_told_with_its_finalizers(tmp_path: Path) -> None:
    going = made("Deployment", "old", meta={"deletionTimestamp": ago(900), "finalizers": ["example.com/hold"]}, spec={})
    going["spec"] = {"replicas": 0, "selector": {"matchLabels": {"app": "old"}}, "template": template()}
    async with asked(tmp_path, going, pod()) as ask:
        answer = await ask("kubectl_triage", namespace="shop")
    assert fact(answer, "deletion.stuck")["finalizers"] == ["example.com/hold"]


async def test_a_long_answer_goes_on_with_its_cursor_and_tells_everything_once(tmp_path: Path) -> None:
    pods = [pod(f"job-{x:03}", waiting("ImagePullBackOff", "x" * 300), owner=[]) for x in range(60)]
    async with asked(tmp_path, *pods) as ask:
        subjects, cursor, answers = [], "", 0
        while answers == 0 or cursor:
            answer = await ask("kubectl_triage", namespace="shop", cursor=cursor)
            assert len(answer["text"]) <= 8_000
            subjects += [group["subject"] for group in answer["data"]["groups"]]
            cursor, answers = answer["data"]["cursor"], answers + 1
    assert answers > 1 and sorted(subjects) == [f"Pod/shop/job-{x:03}" for x in range(60)]


async def test_a_kind_that_may_not_be_listed_is_a_gap_and_nothing_is_said_to_be_missing_for_it(tmp_path: Path) -> None:
    body = template(envFrom=[{"configMapRef": {"name": "settings"}}])
    waits = pod(state=waiting("ContainerCreating"), body=body, status={"phase": "Pending"})
    async with asked(tmp_path, deployment(0, body=body), replica_set("6d4f7", 1, 9, body), waits) as ask:
        answer = await ask("kubectl_triage", namespace="shop")
    async with asked(
        tmp_path, deployment(0, body=body), replica_set("6d4f7", 1, 9, body), waits, denied="configmaps"
    ) as ask:
        blind = await ask("kubectl_triage", namespace="shop")
    assert "reference.missing" in codes(answer) and "reference.missing" not in codes(blind)
    assert [c["state"] for c in blind["coverage"] if c["looked_at"].startswith("configmaps ")] == ["denied"]


async def test_a_pod_that_asks_for_more_than_any_node_has_is_told_beside_the_largest_node(tmp_path: Path) -> None:
    body = template(resources={"requests": {"cpu": "16"}})
    objects = [x for x in well() if x["kind"] != "Deployment"]
    async with asked(tmp_path, *objects, deployment(2, body=body)) as ask:
        answer = await ask("kubectl_triage", namespace="shop")
    observation = fact(answer, "workload.too_large")
    assert (observation["requested"], observation["largest"]) == ("16", "4")


async def test_variables_that_differ_from_the_template_are_noted_and_those_only_gained_are_left_to_the_explanation(
    tmp_path: Path,
) -> None:
    def env(**values: str) -> Obj:
        return template(env=[{"name": name, "value": value} for name, value in values.items()])

    template_env = env(MODE="fast", LEVEL="info")
    others = [x for x in well() if x["kind"] not in ("Pod", "Deployment", "ReplicaSet")]
    mine = [deployment(2, body=template_env), replica_set("6d4f7", 1, 3600, template_env)]
    injected_pods = [pod(f"web-6d4f7-bcdf{x}", body=env(MODE="fast", LEVEL="info", AGENT="on")) for x in "gh"]
    changed = [injected_pods[0], pod("web-6d4f7-bcdfh", body=env(MODE="slow"))]
    async with asked(tmp_path, *others, *mine, *injected_pods) as ask:
        assert (await ask("kubectl_triage", namespace="shop"))["data"]["groups"] == []
        explanation = await ask.explain()
    async with asked(tmp_path, *others, *mine, *changed) as ask:
        answer = await ask("kubectl_triage", namespace="shop")
    assert facts(explanation, "container.env_differs")[0]["attributes"]["added"] == ["AGENT"]
    observation = fact(answer, "container.env_differs")
    assert (observation["changed"], observation["removed"]) == (["MODE"], ["LEVEL"])
    assert states(answer) == {"Deployment/shop/web": "noted"}
