"""What contradicts itself, is past, or has only begun does not mislead: pods decide, and silence is no fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from starlette.types import ASGIApp, Receive, Scope, Send

from mcp_servers.kubernetes.connection.clusters import Clusters
from mcp_servers.kubernetes.server import build
from sre_lab.containers import kubelets
from sre_lab.kubernetes import api
from sre_lab.world import RecordedRefusal
from tests.server_aws.wire import serving_app
from tests.server_kubernetes.reading_lab import (
    READ_ONLY,
    ago,
    asked,
    codes,
    deployment,
    event,
    fact,
    kubeconfig,
    made,
    pod,
    replica_set,
    template,
    terminated,
    usage,
    waiting,
    world_of,
)

pytestmark = pytest.mark.anyio
LOOPING = pod("web-6d4f7-zzzzz", waiting("CrashLoopBackOff"), terminated(137, "OOMKilled"), restarts=8)
KEYED = [{"name": "PORT", "valueFrom": {"secretKeyRef": {"name": "web-keys", "key": "port"}}}]


async def test_a_status_that_says_all_replicas_serve_yields_to_pods_that_do_not(tmp_path: Path) -> None:
    async with asked(tmp_path, deployment(ready=2), replica_set("6d4f7", 1, 3600), pod(), LOOPING) as ask:
        answer = await ask.explain()
    lacking = fact(answer, "workload.unavailable")
    assert (lacking["desired"], lacking["ready"]) == (2, 1)
    assert "workload.available" not in codes(answer)


async def test_without_any_pod_the_status_is_what_there_is(tmp_path: Path) -> None:
    async with asked(tmp_path, deployment(ready=2)) as ask:
        assert fact(await ask.explain(), "workload.available")["ready"] == 2


async def test_a_mount_that_failed_before_the_container_ran_is_history(tmp_path: Path) -> None:
    failed = event(
        LOOPING, "FailedMount", 'MountVolume.SetUp failed for volume "tls" : timed out', first=1790, last=1780
    )
    async with asked(tmp_path, LOOPING, failed) as ask:
        answer = await ask.explain(LOOPING["metadata"]["name"])
    assert "container.crash_looping" in codes(answer)
    assert "pod.mount_failed" not in codes(answer)


async def test_a_pod_that_has_only_begun_to_start_is_not_called_unready(tmp_path: Path) -> None:
    starting, late = pod(state=waiting("ContainerCreating"), seconds=20), pod(state=waiting("ContainerCreating"))
    slow = template(startupProbe={"failureThreshold": 300, "periodSeconds": 10})
    for one, reports in ((starting, False), (late, True), (pod(state={"running": {}}, body=slow), False)):
        async with asked(tmp_path, one) as ask:
            assert ("pod.not_ready" in codes(await ask.explain("web-6d4f7-bcdfg"))) is reports


async def test_nothing_is_said_of_a_pod_whose_status_was_not_recorded(tmp_path: Path) -> None:
    bare: dict[str, Any] = made("Pod", "apple", spec={"containers": [{"name": "apple", "image": "apple:1"}]})
    async with asked(tmp_path, bare) as ask:
        assert codes(await ask.explain("apple", "Pod")) == set()


async def test_an_undo_whose_events_are_gone_dates_from_its_pods(tmp_path: Path) -> None:
    progressing = {
        "type": "Progressing",
        "status": "True",
        "lastTransitionTime": ago(86_000),
        "lastUpdateTime": ago(100),
    }
    again, undone = replica_set("6d4f7", 3, 86_400), replica_set("7aaaa", 2, 900, template("2"))
    first, second = pod(seconds=300), pod("web-6d4f7-hhhhh", seconds=290)
    objects = (deployment(2, 3, conditions=[progressing]), again, undone, first, second)
    async with asked(tmp_path, *objects) as ask:
        assert fact(await ask.explain(), "rollout.started")["at"] == ago(300)


async def test_an_undo_before_anything_of_the_undone_served_dates_from_when_that_was_scaled_down(
    tmp_path: Path,
) -> None:
    root = deployment(2, 3)
    again, undone = replica_set("6d4f7", 3, 900), replica_set("7aaaa", 2, 400, template("2"))
    first = event(root, "ScalingReplicaSet", "Scaled up replica set web-6d4f7 from 0 to 2", first=900, last=900)
    last = event(root, "ScalingReplicaSet", "Scaled down replica set web-7aaaa from 1 to 0", first=200, last=200)
    async with asked(tmp_path, root, again, undone, first, last, pod(seconds=899)) as ask:
        assert fact(await ask.explain(), "rollout.started")["at"] == ago(200)


@pytest.mark.parametrize("proof", ["its pods backed off", "it never had all its pods"])
async def test_a_revision_that_failed_before_it_was_undone_did_not_serve(tmp_path: Path, proof: str) -> None:
    available = {"type": "Available", "status": "True", "lastTransitionTime": ago(86_000)}
    root = deployment(2, 3, conditions=[available])
    sets = [replica_set("6d4f7", 3, 86_400), replica_set("7aaaa", 2, 1200, template("2"))]
    proofs = {
        "its pods backed off": event(pod("web-7aaaa-jjjjj"), "BackOff", "Back-off restarting failed container"),
        "it never had all its pods": event(root, "ScalingReplicaSet", "Scaled up replica set web-7aaaa from 0 to 1"),
    }
    async with asked(tmp_path, root, *sets, pod(seconds=300), proofs[proof]) as ask:
        assert "rollout.earlier_healthy" not in codes(await ask.explain())


async def test_being_scaled_down_says_nothing_against_a_revision(tmp_path: Path) -> None:
    available = {"type": "Available", "status": "True", "lastTransitionTime": ago(86_000)}
    root = deployment(2, 2, template("2"), conditions=[available])
    sets = [replica_set("6d4f7", 1, 86_400), replica_set("7aaaa", 2, 600, template("2"))]
    scale_down = event(root, "ScalingReplicaSet", "Scaled down replica set web-6d4f7 from 1 to 0")
    async with asked(tmp_path, root, *sets, scale_down, pod("web-7aaaa-jjjjj", seconds=590)) as ask:
        assert fact(await ask.explain(), "rollout.earlier_healthy")["revision"] == 1


async def test_after_two_bad_revisions_the_one_to_return_to_is_that_which_served(tmp_path: Path) -> None:
    looping = pod("web-8bbbb-kkkkk", waiting("CrashLoopBackOff"), terminated(1), restarts=5, seconds=300)
    sets = [replica_set("6d4f7", 1, 86_400), replica_set("7aaaa", 2, 900, template("2"))]
    newest = replica_set("8bbbb", 3, 310, template("3"))
    failed = event(pod("web-7aaaa-jjjjj"), "BackOff", "Back-off restarting failed container")
    async with asked(tmp_path, deployment(0, 3, template("3")), *sets, newest, looping, failed) as ask:
        assert fact(await ask.explain(), "rollout.earlier_revision")["revision"] == 1


async def test_of_equal_names_the_workload_is_found_before_its_service(tmp_path: Path) -> None:
    async with asked(tmp_path, made("Service", "web", spec={}), deployment()) as ask:
        matches = (await ask("kubectl_find", name="web"))["data"]["matches"]
    assert [m["kind"] for m in matches] == ["Deployment", "Service"]


async def explain(folder: Path, front: ASGIApp) -> dict[str, Any]:
    """What is told of Deployment shop/web by the server over this API."""
    with serving_app(front) as url, kubeconfig(folder, url) as path:
        async with Client(build(Clusters(kubeconfig=str(path)), READ_ONLY).mcp) as client:
            result = await client.call_tool("kubectl_explain_workload", {"namespace": "shop", "name": "web"})
    assert not result.is_error, result.content
    return dict(result.structured_content or {})


class Accepts:
    """In front of the API: the path and the form in which Secrets were asked for, in order."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self.asked = app, list[tuple[str, str]]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "/secrets" in scope["path"]:
            form = dict(scope["headers"])[b"accept"].decode()
            self.asked.append((scope["path"].rpartition("/secrets")[2], form.rpartition("as=")[2].partition(";")[0]))
        await self._app(scope, receive, send)


async def test_secrets_are_listed_by_name_and_with_their_content_only_where_a_key_is_needed(tmp_path: Path) -> None:
    keys = [made("Secret", name, data={"Port": "ODA4MC1zZWNyZXQ="}) for name in ("web-keys", "ledger-keys")]
    world = world_of([deployment(0, body=template(env=KEYED)), *keys])
    front = Accepts(api.app(world, kubelets(usage)))
    answer = await explain(tmp_path, front)
    missing = fact(answer, "reference.missing")
    assert (missing["name"], missing["key"], missing["near"]) == ("web-keys", "port", ["Port"])
    assert front.asked == [("", "PartialObjectMetadataList"), ("", "application/json, */*")]
    assert "ODA4MC1zZWNyZXQ=" not in str(answer)
    world = world_of([deployment(0, body=template(envFrom=[{"secretRef": {"name": "web-keys"}}])), *keys])
    keyless = Accepts(api.app(world, kubelets(usage)))
    await explain(tmp_path, keyless)
    assert keyless.asked == [("", "PartialObjectMetadataList")]


async def test_keys_that_may_not_be_read_are_a_gap_and_not_missing(tmp_path: Path) -> None:
    world = world_of([deployment(0, body=template(env=KEYED)), made("Secret", "web-keys", data={})])
    world.refusals.append(RecordedRefusal("list", "secrets", "*", ""))
    answer = await explain(tmp_path, api.app(world, kubelets(usage)))
    assert "reference.missing" not in codes(answer)
    assert [c["state"] for c in answer["coverage"] if "secrets" in c["looked_at"]] == ["denied"]
