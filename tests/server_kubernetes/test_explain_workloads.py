"""Workloads, what they refer to, and the Services in front of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.server_kubernetes.reading_lab import (
    Obj,
    ago,
    asked,
    codes,
    deployment,
    event,
    fact,
    facts,
    made,
    owned,
    pod,
    replica_set,
    template,
    terminated,
    waiting,
)

pytestmark = pytest.mark.anyio


def service(name: str = "web", app: str = "web") -> Obj:
    return made("Service", name, spec={"selector": {"app": app}})


def configured(**pod_fields: Any) -> Obj:
    variable = {"name": "PORT", "valueFrom": {"secretKeyRef": {"name": "web-keys", "key": "port"}}}
    return template(env=[variable], envFrom=[{"configMapRef": {"name": "web-config"}}], pod=pod_fields)


async def test_a_workload_that_wants_no_replica_is_scaled_to_zero(tmp_path: Path) -> None:
    idle = deployment(0)
    idle["spec"]["replicas"] = 0
    async with asked(tmp_path, idle) as ask:
        assert codes(await ask.explain()) == {"workload.scaled_to_zero"}


async def test_a_status_of_before_the_last_write_does_not_say_that_it_is_available(tmp_path: Path) -> None:
    root = deployment(2)
    root["metadata"]["generation"] = 2
    async with asked(tmp_path, root) as ask:
        assert "workload.available" not in codes(await ask.explain())


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ('pods "web" is forbidden: exceeded quota: team-quota, requested: pods=1', "quota"),
        ('pods "web" is forbidden: error looking up service account shop/runner: not found', "service_account"),
        ('failed calling webhook "pods.policy.example.com"', "webhook"),
        ('admission webhook "pods.policy.example.com" denied the request: no owner', "admission"),
        ('pods "web" is forbidden: violates PodSecurity "baseline:latest": privileged', "admission"),
        ('pods "web" is forbidden: maximum cpu usage per Container is 500m, but limit is 1', "range"),
        ("no idea", "unknown"),
    ],
)
async def test_refused_pods_are_told_with_the_refusals_kind(tmp_path: Path, message: str, reason: str) -> None:
    failure = {"type": "ReplicaFailure", "status": "True", "message": message, "lastTransitionTime": ago(90)}
    async with asked(tmp_path, deployment(0, conditions=[failure])) as ask:
        observation = fact(await ask.explain(), "workload.pods_refused")
    assert (observation["reason"], observation["at"]) == (reason, ago(90))


async def test_a_recent_refusal_counts_without_its_condition_while_pods_are_missing(tmp_path: Path) -> None:
    owner = replica_set("6d4f7", 1, 3600)
    refused = event(owner, "FailedCreate", "Error creating: pods is forbidden: exceeded quota: team-quota")
    async with asked(tmp_path, deployment(1), owner, pod(), refused) as ask:
        assert fact(await ask.explain(), "workload.pods_refused")["reason"] == "quota"


async def test_a_failed_job_is_told_and_a_cron_job_is_well_after_its_newest_job_was(tmp_path: Path) -> None:
    failed = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "limit reached"}
    done = {"type": "Complete", "status": "True", "lastTransitionTime": ago(30)}
    owner = {"ownerReferences": owned("CronJob", "nightly")}
    jobs = [
        made("Job", "nightly-1", 7200, meta=owner, spec={}, status={"conditions": [failed]}),
        made("Job", "nightly-2", 60, meta=owner, spec={}, status={"succeeded": 1, "conditions": [done]}),
    ]
    async with asked(tmp_path, made("CronJob", "nightly", spec={}), *jobs) as ask:
        answer = await ask.explain("nightly")
    assert fact(answer, "job.failed")["subject"] == "lab|Job/shop/nightly-1"
    assert fact(answer, "workload.available")["subject"] == "lab|CronJob/shop/nightly"


async def test_missing_references_are_told_with_near_names_and_no_value_leaves(tmp_path: Path) -> None:
    there = made("ConfigMap", "web-configuration", data={"color": "blue-green-value"})
    secret = made("Secret", "web-keys", data={"Port": "ODA4MC1zZWNyZXQ="})
    creating = pod(state=waiting("CreateContainerConfigError", 'configmap "web-config" not found'), body=configured())
    async with asked(
        tmp_path, deployment(0, body=configured()), replica_set("6d4f7", 1, 900), creating, there, secret
    ) as ask:
        answer = await ask.explain()
        obj = await ask("kubectl_get", kind="secret", namespace="shop", name="web-keys")
    missing = {x["attributes"]["kind"]: x["attributes"] for x in facts(answer, "reference.missing")}
    assert missing["ConfigMap"]["near"] == ["web-configuration"]
    assert (missing["Secret"]["key"], missing["Secret"]["near"]) == ("port", ["Port"])
    assert "ODA4MC1" not in str(answer) + str(obj) and "blue-green" not in str(answer)
    assert obj["data"]["object"]["data"] == {"Port": ""}
    assert {"kind": "refers_to", "source": "lab|Deployment/shop/web", "target": "lab|Secret/shop/web-keys"} in answer[
        "relations"
    ]


async def test_what_a_started_pod_refers_to_is_not_called_missing(tmp_path: Path) -> None:
    async with asked(
        tmp_path, deployment(1, body=configured()), replica_set("6d4f7", 1, 900), pod(body=configured())
    ) as ask:
        assert "reference.missing" not in codes(await ask.explain())


async def test_a_claim_that_is_not_bound_says_why(tmp_path: Path) -> None:
    body = template(pod={"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]})
    claim = made("PersistentVolumeClaim", "data", spec={"storageClassName": "fast"}, status={"phase": "Pending"})
    why = event(claim, "ProvisioningFailed", 'storageclass.storage.k8s.io "fast" not found')
    async with asked(tmp_path, deployment(0, body=body), claim, why) as ask:
        observation = fact(await ask.explain(), "volume.claim_pending")
    assert (observation["storage_class"], observation["message"]) == (
        "fast",
        'storageclass.storage.k8s.io "fast" not found',
    )


async def test_services_tell_their_endpoints_and_a_selector_that_matches_nothing_what_it_may_have_meant(
    tmp_path: Path,
) -> None:
    endpoints = made("Endpoints", "web", subsets=[{"addresses": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.2"}]}])
    wrong = service("web-public", "webb")
    async with asked(tmp_path, deployment(), replica_set("6d4f7", 1, 900), pod(), service(), endpoints, wrong) as ask:
        answer = await ask.explain()
        beside = await ask.explain("web-public", "Service")
    assert fact(answer, "service.has_endpoints")["ready"] == 2
    nothing = fact(beside, "service.selects_nothing")
    assert (nothing["selector"], nothing["near"]) == ("app=webb", ["app=web (Deployment web)"])
    assert {"kind": "selects", "source": "lab|Service/shop/web", "target": "lab|Deployment/shop/web"} in answer[
        "relations"
    ]


async def test_a_service_leads_to_what_it_selects_and_has_no_endpoint_while_nothing_is_ready(tmp_path: Path) -> None:
    down = pod(state=waiting("CrashLoopBackOff"), last=terminated(1), restarts=2)
    async with asked(tmp_path, deployment(0), replica_set("6d4f7", 1, 900), down, service("front")) as ask:
        answer = await ask.explain("front", "Service")
    assert fact(answer, "service.no_endpoints")["subject"] == "lab|Service/shop/front"
    assert fact(answer, "workload.unavailable")["subject"] == "lab|Deployment/shop/web"


async def test_a_pod_leads_to_its_owner_also_when_it_is_gone_or_its_replica_set_was_not_recorded(
    tmp_path: Path,
) -> None:
    async with asked(tmp_path, deployment(1), pod("web-6d4f7-bcdfg")) as ask:
        for name in ("web-6d4f7-bcdfg", "web-7c5d8f9b4-zzzzz"):
            answer = await ask.explain(name)
            assert fact(answer, "workload.unavailable")["subject"] == "lab|Deployment/shop/web"
    owns = {(r["source"], r["target"]) for r in answer["relations"] if r["kind"] == "owns"}
    assert ("lab|Deployment/shop/web", "lab|ReplicaSet/shop/web-6d4f7") in owns
    assert ("lab|ReplicaSet/shop/web-6d4f7", "lab|Pod/shop/web-6d4f7-bcdfg") in owns


async def test_pods_without_owner_references_are_linked_by_name_and_labels(tmp_path: Path) -> None:
    async with asked(tmp_path, deployment(1), pod(owner=[])) as ask:
        assert fact(await ask.explain("web-6d4f7-bcdfg"), "workload.unavailable")


async def test_a_name_that_is_not_there_is_answered_by_near_ones(tmp_path: Path) -> None:
    async with asked(tmp_path, deployment()) as ask:
        text = await ask.refusal("kubectl_explain_workload", namespace="shop", name="webb", kind="deploy")
    assert "[not_found]" in text and "Deployment/web" in text


async def test_forbidden_events_are_a_gap_and_the_rest_is_answered(tmp_path: Path) -> None:
    async with asked(tmp_path, deployment(), denied="events") as ask:
        answer = await ask.explain()
    gap = next(c for c in answer["coverage"] if c["state"] == "denied")
    assert gap["looked_at"] == "events of namespace shop"
    assert "cannot list" in gap["detail"] and "shop" in gap["detail"]
    assert "workload.available" in codes(answer)


async def test_a_forbidden_main_object_is_denied_with_the_missing_permission(tmp_path: Path) -> None:
    async with asked(tmp_path, deployment(), denied="deployments") as ask:
        text = await ask.refusal("kubectl_explain_workload", namespace="shop", name="web", kind="Deployment")
    assert "[denied]" in text and "cannot list" in text and "deployments" in text


async def test_a_suspended_cron_job_says_so_and_which_start_did_not_come(tmp_path: Path) -> None:
    done = {"type": "Complete", "status": "True", "lastTransitionTime": ago(7000)}
    run = made("Job", "nightly-1", 7200, meta={"ownerReferences": owned("CronJob", "nightly")}, spec={},
               status={"succeeded": 1, "conditions": [done]})  # fmt: skip
    spec = {"schedule": "*/5 * * * *", "suspend": True}
    status = {"lastScheduleTime": ago(7200), "lastSuccessfulTime": ago(7000)}
    async with asked(tmp_path, made("CronJob", "nightly", spec=spec, status=status), run) as ask:
        answer = await ask.explain("nightly")
    observation = fact(answer, "job.suspended")
    assert (observation["schedule"], observation["excerpt"]) == ("*/5 * * * *", "spec.suspend: true")
    assert observation["last"] < observation["due"] and observation["at"]
    assert not {"workload.available", "cronjob.missed"} & codes(answer)


async def test_a_cron_job_that_is_asked_about_says_that_a_start_did_not_come(tmp_path: Path) -> None:
    late = made("CronJob", "nightly", spec={"schedule": "*/5 * * * *"}, status={"lastScheduleTime": ago(7200)})
    words = "cannot tell how many starts are due: too many"
    async with asked(tmp_path, late) as ask:
        assert not fact(await ask.explain("nightly"), "cronjob.missed").get("excerpt")
    async with asked(tmp_path, late, event(late, "TooManyMissedTimes", words)) as ask:
        assert fact(await ask.explain("nightly"), "cronjob.missed")["excerpt"] == words


@pytest.mark.parametrize("past_deadline", [False, True])
async def test_a_job_whose_pods_were_never_created_says_who_refused_them(tmp_path: Path, past_deadline: bool) -> None:
    late = {"type": "Failed", "status": "True", "reason": "DeadlineExceeded", "lastTransitionTime": ago(30)}
    owner = {"ownerReferences": owned("CronJob", "nightly")}
    run = made("Job", "nightly-1", 600, meta=owner, spec={}, status={"conditions": [late]} if past_deadline else {})
    why = event(run, "FailedCreate", 'pods "nightly-1-x" is forbidden: exceeded quota: team-quota')
    async with asked(tmp_path, made("CronJob", "nightly", spec={}), run, why) as ask:
        observation = fact(await ask.explain("nightly"), "workload.pods_refused")
    assert (observation["subject"], observation["reason"], observation["by"]) == (
        "lab|CronJob/shop/nightly",
        "quota",
        "team-quota",
    )


async def test_a_cron_job_whose_jobs_are_refused_says_so(tmp_path: Path) -> None:
    nightly = made("CronJob", "nightly", spec={"schedule": "0 3 * * *"})
    text = 'Error creating job: admission webhook "jobs.policy.example.com" denied the request: no owner'
    async with asked(tmp_path, nightly, event(nightly, "FailedCreate", text)) as ask:
        observation = fact(await ask.explain("nightly"), "workload.pods_refused")
    assert (observation["reason"], observation["by"]) == ("admission", "jobs.policy.example.com")


async def test_a_job_that_its_controller_has_no_right_to_fill_names_the_account(tmp_path: Path) -> None:
    run = made("Job", "import", 600, spec={}, status={})
    text = (
        'Error creating: pods is forbidden: User "system:serviceaccount:ci:runner" cannot create resource "pods" in API'
        ' group "" in the namespace "shop"'
    )
    async with asked(tmp_path, run, event(run, "FailedCreate", text)) as ask:
        answer = await ask.explain("import")
    denied = fact(answer, "access.denied")
    assert fact(answer, "workload.pods_refused")["reason"] == "rights"
    assert denied["subject"] == "lab|ServiceAccount/ci/runner"
    assert (denied["verb"], denied["resource"], denied["namespace"]) == ("create", "pods", "shop")
    refers = {"kind": "refers_to", "source": "lab|Job/shop/import", "target": "lab|ServiceAccount/ci/runner"}
    assert refers in answer["relations"]


async def test_a_job_that_had_pods_was_not_refused(tmp_path: Path) -> None:
    failed = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "lastTransitionTime": ago(30)}
    run = made("Job", "import", 600, spec={}, status={"failed": 7, "conditions": [failed]})
    why = event(run, "FailedCreate", 'pods "import-x" is forbidden: exceeded quota: team-quota')
    async with asked(tmp_path, run, why) as ask:
        assert "workload.pods_refused" not in codes(await ask.explain("import"))
