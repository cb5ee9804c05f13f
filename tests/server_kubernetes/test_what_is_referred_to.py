"""What workloads refer to and what is not there: an explanation and a triage know the same, from one place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server_kubernetes.reading_lab import (
    Obj,
    asked,
    deployment,
    facts,
    made,
    pod,
    replica_set,
    template,
    terminated,
    waiting,
)

pytestmark = pytest.mark.anyio
GHOST = "ghost"
MISSING = {
    "PriorityClass": {"priorityClassName": GHOST},
    "RuntimeClass": {"runtimeClassName": GHOST},
    "ServiceAccount": {"serviceAccountName": GHOST},
    "ConfigMap": {"volumes": [{"name": "v", "configMap": {"name": GHOST}}]},
    "Secret": {"volumes": [{"name": "v", "secret": {"secretName": GHOST}}]},
    "PersistentVolumeClaim": {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": GHOST}}]},
}


async def both(folder: Path, *objects: Obj) -> list[Obj]:
    """The answers of an explanation and of a triage."""
    async with asked(folder, *objects) as ask:
        return [await ask.explain(), await ask("kubectl_triage", namespace="shop")]


def references(answer: Obj, code: str) -> set[tuple[str, str]]:
    return {(x["attributes"]["kind"], x["attributes"]["name"]) for x in facts(answer, code)}


@pytest.mark.parametrize("kind", MISSING)
async def test_what_no_pod_could_start_without_is_missing(tmp_path: Path, kind: str) -> None:
    body = template(pod=MISSING[kind])
    for answer in await both(tmp_path, deployment(ready=0, body=body), replica_set("6d4f7", 1, 600, body)):
        assert references(answer, "reference.missing") == {(kind, GHOST)}
        assert not facts(answer, "reference.gone")


@pytest.mark.parametrize("kind", MISSING)
async def test_what_running_pods_had_is_gone_and_noted(tmp_path: Path, kind: str) -> None:
    body = template(pod=MISSING[kind])
    pods = [pod(f"web-6d4f7-bcdf{x}", body=body) for x in "gh"]
    answers = await both(tmp_path, deployment(body=body), replica_set("6d4f7", 1, 600, body), *pods)
    for answer in answers:
        assert references(answer, "reference.gone") == {(kind, GHOST)}
        assert not facts(answer, "reference.missing")
    assert [group["state"] for group in answers[1]["data"]["groups"]] == ["noted"]


async def test_a_secret_to_pull_with_that_is_not_there_is_told_of_a_workload_that_runs(tmp_path: Path) -> None:
    body = template(pod={"imagePullSecrets": [{"name": GHOST}]})
    pods = [pod(f"web-6d4f7-bcdf{x}", body=body) for x in "gh"]
    for answer in await both(tmp_path, deployment(body=body), replica_set("6d4f7", 1, 600, body), *pods):
        (observation,) = facts(answer, "reference.gone")
        assert observation["attributes"]["why"] == "pull_secret" and observation["attributes"]["name"] == GHOST


async def test_a_pod_that_pulls_nothing_for_want_of_its_secret_is_told_with_the_secret(tmp_path: Path) -> None:
    body = template(pod={"imagePullSecrets": [{"name": GHOST}]})
    one = pod(state=waiting("ImagePullBackOff", "pull access denied"), body=body)
    for answer in await both(tmp_path, deployment(ready=0, body=body), replica_set("6d4f7", 1, 600, body), one):
        assert facts(answer, "container.image_pull_failed") and references(answer, "reference.gone") == {
            ("Secret", GHOST)
        }


async def test_classes_and_accounts_that_every_cluster_has_are_not_looked_for(tmp_path: Path) -> None:
    body = template(pod={"priorityClassName": "system-node-critical", "serviceAccountName": "default"})
    pods = [pod(f"web-6d4f7-bcdf{x}", body=body) for x in "gh"]
    for answer in await both(tmp_path, deployment(body=body), replica_set("6d4f7", 1, 600, body), *pods):
        assert not facts(answer, "reference.gone") and not facts(answer, "reference.missing")


async def test_the_service_and_the_class_of_a_stateful_set_are_looked_for(tmp_path: Path) -> None:
    claims = [{"metadata": {"name": "data"}, "spec": {"storageClassName": GHOST}}]
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "template": template()}
    root = made("StatefulSet", "web", spec={**spec, "serviceName": GHOST, "volumeClaimTemplates": claims})
    for answer in await both(tmp_path, root):
        assert references(answer, "reference.missing") == {("Service", GHOST), ("StorageClass", GHOST)}


@pytest.mark.parametrize(
    ("spec", "what"),
    [
        ({"schedule": "99 * * * *"}, "schedule"),
        ({"schedule": "0 3 * * *", "timeZone": "Europe/Atlantis"}, "time zone"),
        ({"schedule": "0 3 * * *", "startingDeadlineSeconds": -5}, "deadline"),
        ({"schedule": "@every 5m"}, ""),
        ({"schedule": "TZ=Asia/Tokyo 0 3 * * *"}, ""),
        ({"schedule": "99 * * * *", "suspend": True}, ""),
    ],
)
async def test_a_cron_job_that_can_never_start_is_told(tmp_path: Path, spec: Obj, what: str) -> None:
    body = {"spec": {"template": template()}}
    job = made("CronJob", "web", 60, spec={**spec, "jobTemplate": body})
    for answer in await both(tmp_path, job):
        assert [x["attributes"]["what"] for x in facts(answer, "cronjob.unreadable")] == ([what] if what else [])


async def test_endpoints_that_somebody_else_should_fill_and_are_empty_are_a_failure(tmp_path: Path) -> None:
    by_hand = made("Service", "ledger", spec={"ports": [{"port": 80}]})
    by_slices = made("Service", "slices", spec={"ports": [{"port": 80}]})
    async with asked(tmp_path, by_hand, by_slices, made("Endpoints", "ledger", subsets=[])) as ask:
        answer = await ask("kubectl_triage", namespace="shop")
    assert [x["subject"] for x in facts(answer, "service.no_endpoints")] == ["lab|Service/shop/ledger"]


async def test_a_privileged_container_and_an_empty_configuration_are_remarks(tmp_path: Path) -> None:
    body = template(securityContext={"privileged": True})
    async with asked(tmp_path, deployment(body=body), made("ConfigMap", "nothing")) as ask:
        calm = await ask("kubectl_triage", namespace="shop")
        remarks = await ask("kubectl_triage", namespace="shop", hygiene=True)
    for code in ("hygiene.privileged", "hygiene.empty"):
        assert facts(remarks, code) and not facts(calm, code)


@pytest.mark.parametrize(
    ("kind", "field", "other"), [("ConfigMap", "configMapRef", "Secret"), ("Secret", "secretRef", "ConfigMap")]
)
@pytest.mark.parametrize(("name", "is_meant"), [(GHOST, True), ("ghosts", True), ("ghost-of-another", False)])
async def test_what_is_missing_and_there_as_the_other_kind_is_told_with_it(
    tmp_path: Path, kind: str, field: str, other: str, name: str, is_meant: bool
) -> None:
    body = template(envFrom=[{field: {"name": GHOST}}])
    async with asked(tmp_path, deployment(ready=0, body=body), made(other, name, data={"A": "b"})) as ask:
        (observation,) = facts(await ask.explain(), "reference.missing")
    attributes = observation["attributes"]
    assert (attributes["kind"], attributes.get("other_name", "")) == (kind, name if is_meant else "")
    assert attributes.get("other_kind", "") == (other if is_meant else "")


MOUNTED = [{"name": "conf", "mountPath": "/etc/app/app.conf", "subPath": "app.conf"}]
REFUSED_MOUNT = (
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
    "unable to start container process: error during container init: error mounting "
    '"/var/lib/kubelet/pods/7c/volume-subpaths/conf/web/0" to rootfs at "/etc/app/app.conf": mount '
    "/var/lib/kubelet/pods/7c/volume-subpaths/conf/web/0:/etc/app/app.conf (via /proc/self/fd/6), flags: 0x5001: not a "
    "directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)?"
)


@pytest.mark.parametrize(("has", "missing"), [("server.conf", True), ("app.conf", False)])
@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
async def test_a_mount_of_one_file_that_is_no_key_is_what_the_runtime_refuses(
    tmp_path: Path, kind: str, has: str, missing: bool
) -> None:
    source = {"configMap": {"name": "web"}} if kind == "ConfigMap" else {"secret": {"secretName": "web"}}
    body = template(volumeMounts=MOUNTED, pod={"volumes": [{"name": "conf", **source}]})
    last = terminated(128, "StartError", message=REFUSED_MOUNT)
    waits = waiting("CrashLoopBackOff", "back-off 5m0s restarting failed container")
    looping = pod(state=waits, last=last, restarts=5, body=body)
    objects = [deployment(ready=0, body=body), replica_set("6d4f7", 1, 600, body), looping]
    async with asked(tmp_path, *objects, made(kind, "web", data={has: "eA=="})) as ask:
        answer = await ask.explain()
    loop, start = (facts(answer, code) for code in ("container.crash_looping", "container.start_failed"))
    assert "to rootfs at" in loop[0]["excerpt"] and "back-off" not in loop[0]["excerpt"]
    keys = [x["attributes"] for x in facts(answer, "container.config_missing")]
    assert [(x["missing_kind"], x["missing_name"], x["key"]) for x in keys] == [(kind, "web", "app.conf")] * missing
    assert bool(start) is not missing
    assert [x["attributes"]["keys"] for x in facts(answer, "reference.missing")] == [["server.conf"]] * missing


async def test_a_key_that_a_ready_container_has_mounted_is_not_missing(tmp_path: Path) -> None:
    body = template(volumeMounts=MOUNTED, pod={"volumes": [{"name": "conf", "configMap": {"name": "web"}}]})
    pods = [pod(name, body=body) for name in ("web-6d4f7-bcdfg", "web-6d4f7-bcdfh")]
    objects = [deployment(body=body), replica_set("6d4f7", 1, 600, body), *pods]
    async with asked(tmp_path, *objects, made("ConfigMap", "web", data={"server.conf": "x"})) as ask:
        answer = await ask.explain()
    assert not facts(answer, "reference.missing") and facts(answer, "reference.gone")
