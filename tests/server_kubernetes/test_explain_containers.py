"""What containers and pods show becomes facts, also when objects are incomplete."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.server_kubernetes.reading_lab import (
    IMAGE,
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
LIMITED: dict[str, Any] = {"resources": {"limits": {"memory": "64Mi"}}}


async def test_an_oom_kill_counts_also_while_its_container_waits_in_back_off(tmp_path: Path) -> None:
    looping = pod(
        state=waiting("CrashLoopBackOff", "back-off 40s restarting failed container"),
        last=terminated(137, "OOMKilled", finish=20, ran=4),
        restarts=3,
        body=template(**LIMITED),
    )
    back_off = event(looping, "BackOff", "Back-off restarting", first=300, count=9, container="web")
    async with asked(tmp_path, looping, back_off) as ask:
        answer = await ask.explain("web-6d4f7-bcdfg")
    oom_kill, crash = fact(answer, "container.oom_killed"), fact(answer, "container.crash_looping")
    assert (oom_kill["memory_limit"], oom_kill["restarts"], oom_kill["exit_code"]) == ("64Mi", 3, 137)
    assert oom_kill["at"] == ago(20)
    assert crash["at"] == ago(300)
    assert crash["excerpt"] == "back-off 40s restarting failed container"
    assert fact(answer, "container.ended_with_error")["ran_seconds"] == 4


async def test_a_container_that_ended_with_0_and_runs_again_is_restarted_and_not_crash_looping(tmp_path: Path) -> None:
    async with asked(tmp_path, pod(last=terminated(0, "Completed", finish=1700), restarts=1)) as ask:
        answer = await ask.explain("web-6d4f7-bcdfg")
    assert codes(answer) == {"container.restarted", "pod.ready"}


async def test_between_two_crashes_a_container_is_still_crash_looping(tmp_path: Path) -> None:
    run = {"running": {"startedAt": ago(2)}}
    flapping = pod(state=run, last=terminated(1, finish=40, ran=3), restarts=5)
    async with asked(tmp_path, flapping) as ask:
        assert "container.crash_looping" in codes(await ask.explain("web-6d4f7-bcdfg"))


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("rpc error: code = NotFound desc = failed to resolve reference: not found", "not_found"),
        ("pull access denied, repository does not exist or may require authorization", "hidden"),
        ('failed to do request: Head "https://r.example/v2": dial tcp: lookup r.example: no such host', "unreachable"),
        ("429 Too Many Requests - toomanyrequests: You have reached your pull rate limit", "throttled"),
        ("no match for platform in manifest: not found", "wrong_platform"),
        ("unexpected status from HEAD request: 401 Unauthorized", "unauthorized"),
        ("no basic auth credentials", "unauthorized"),
        ("something new", "unknown"),
    ],
)
async def test_why_an_image_cannot_be_had_is_read_from_the_kubelets_words(
    tmp_path: Path, message: str, why: str
) -> None:
    pulling = pod(state=waiting("ImagePullBackOff", "Back-off pulling image"))
    failed = event(pulling, "Failed", f"Failed to pull image: {message}", container="web")
    async with asked(tmp_path, pulling, failed) as ask:
        observation = fact(await ask.explain("web-6d4f7-bcdfg"), "container.image_pull_failed")
    assert (observation["why"], observation["image"]) == (why, IMAGE.format("1"))
    assert message[:40] in observation["excerpt"]


@pytest.mark.parametrize(
    ("message", "missing"),
    [
        ('configmap "web-config" not found', ("ConfigMap", "web-config", "")),
        ("couldn't find key port in Secret shop/web-keys", ("Secret", "web-keys", "port")),
    ],
)
async def test_a_missing_configuration_is_named_with_kind_name_and_key(
    tmp_path: Path, message: str, missing: tuple[str, str, str]
) -> None:
    async with asked(tmp_path, pod(state=waiting("CreateContainerConfigError", message))) as ask:
        observation = fact(await ask.explain("web-6d4f7-bcdfg"), "container.config_missing")
    assert (observation["missing_kind"], observation["missing_name"], observation["key"]) == missing


async def test_a_command_that_does_not_exist_is_a_failed_start(tmp_path: Path) -> None:
    last_run = terminated(
        128, "StartError", message='exec: "/app/webd": no such file', startedAt="1970-01-01T00:00:00Z"
    )
    async with asked(tmp_path, pod(state=waiting("CrashLoopBackOff"), last=last_run, restarts=2)) as ask:
        answer = await ask.explain("web-6d4f7-bcdfg")
    assert "no such file" in fact(answer, "container.start_failed")["excerpt"]
    assert "ran_seconds" not in fact(answer, "container.ended_with_error")


async def test_a_readiness_probe_fails_only_while_its_container_is_unready(tmp_path: Path) -> None:
    running: dict[str, Any] = {"running": {"startedAt": ago(1700)}}
    unready, ready = pod(state=running), pod("web-6d4f7-ready")
    text = "Readiness probe failed: HTTP probe failed with statuscode: 503"
    events = [event(p, "Unhealthy", text, count=40, container="web") for p in (unready, ready)]
    async with asked(tmp_path, deployment(1), replica_set("6d4f7", 1, 3600), unready, ready, *events) as ask:
        observation = fact(await ask.explain(), "container.probe_failing")
    assert observation["subject"] == "lab|Pod/shop/web-6d4f7-bcdfg"
    assert (observation["probe"], observation["count"]) == ("readiness", 40)


async def test_a_volume_that_cannot_be_mounted_names_what_is_missing(tmp_path: Path) -> None:
    creating = pod(state=waiting("ContainerCreating"))
    vague = event(creating, "FailedMount", "Unable to attach or mount volumes: unmounted volumes=[tls], timed out")
    clear = event(
        creating, "FailedMount", 'MountVolume.SetUp failed for volume "tls" : secret "web-tls" not found', first=500
    )
    async with asked(tmp_path, creating, vague, clear) as ask:
        observation = fact(await ask.explain("web-6d4f7-bcdfg"), "pod.mount_failed")
    assert (observation["volume"], observation["missing_kind"], observation["missing_name"]) == (
        "tls",
        "Secret",
        "web-tls",
    )


@pytest.mark.parametrize(
    ("output", "why"),
    [
        ("mount.nfs4: access denied by server while mounting 127.0.0.1:/", "denied"),
        ("mount error(13): Permission denied", "denied"),
        ("mount.nfs: mounting 10.0.3.7:/data failed, reason given by server: No such file or directory", "absent"),
        ("mount.nfs: Failed to resolve server nas.test: Name or service not known", "name_unknown"),
        ("mount.nfs4: Connection timed out", "unreachable"),
        ("transport: Error while dialing: dial unix /x/efs.csi.aws.com/csi.sock: connect: refused", "no_driver"),
        ("mount: /data: wrong fs type, bad option, bad superblock on /dev/nvme1n1", "unknown"),
    ],
)
async def test_why_a_volume_cannot_be_mounted_is_read_and_quoted_from_the_innermost_words(
    tmp_path: Path, output: str, why: str
) -> None:
    creating, at = pod(state=waiting("ContainerCreating")), f"/var/lib/kubelet/pods/{'7' * 36}/volumes/csi/pv-1/mount"
    text = (
        f'MountVolume.SetUp failed for volume "pv-1" : rpc error: code = Internal desc = Could not mount "fs-0a1:/" at'
        f' "{at}": mount failed: exit status 32\nMounting command: mount\nMounting arguments: -t efs -o tls,iam'
        f" fs-0a1:/ {at}\nOutput: {output}"
    )
    async with asked(tmp_path, creating, event(creating, "FailedMount", text)) as ask:
        observation = fact(await ask.explain("web-6d4f7-bcdfg"), "pod.mount_failed")
    assert observation["why"] == why
    assert observation["excerpt"].endswith(output)


async def test_a_pod_that_no_node_takes_carries_the_schedulers_words(tmp_path: Path) -> None:
    condition = {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": "0/2 nodes: Insufficient cpu",
    }
    pending = pod(
        state=waiting(""),
        spec={"nodeName": ""},
        status={"phase": "Pending", "conditions": [condition], "containerStatuses": []},
    )
    async with asked(tmp_path, pending) as ask:
        answer = await ask.explain("web-6d4f7-bcdfg")
    assert fact(answer, "pod.unschedulable")["message"] == "0/2 nodes: Insufficient cpu"
    assert "pod.not_ready" in codes(answer)


async def test_an_evicted_pod_that_ended_with_0_is_known_by_its_event_alone(tmp_path: Path) -> None:
    evicted_pod = pod(status={"phase": "Succeeded", "conditions": []})
    async with asked(
        tmp_path, evicted_pod, event(evicted_pod, "Evicted", "Usage of EmptyDir exceeds the limit")
    ) as ask:
        answer = await ask.explain("web-6d4f7-bcdfg")
    assert codes(answer) == {"pod.evicted", "event.warning"}


async def test_a_pod_that_ended_with_an_error_and_is_not_restarted_has_failed(tmp_path: Path) -> None:
    failed_pod = pod(state=terminated(3), spec={"restartPolicy": "Never"}, status={"phase": "Failed"})
    async with asked(tmp_path, failed_pod) as ask:
        answer = await ask.explain("web-6d4f7-bcdfg")
    assert codes(answer) == {"container.ended_with_error", "pod.failed"}


async def test_a_node_that_does_not_report_or_lacks_memory_is_told_with_its_pods(tmp_path: Path) -> None:
    conditions = [
        {"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting"},
        {"type": "MemoryPressure", "status": "True", "message": "little is left"},
    ]
    bad, other = (made("Node", n, status={"conditions": conditions}) for n in ("node-1", "node-2"))
    async with asked(tmp_path, pod(), bad, other) as ask:
        answer = await ask.explain("web-6d4f7-bcdfg")
    assert fact(answer, "node.not_ready")["subject"] == "lab|Node//node-1"
    assert fact(answer, "node.pressure")["condition"] == "MemoryPressure"
    assert {"kind": "runs_on", "source": "lab|Pod/shop/web-6d4f7-bcdfg", "target": "lab|Node//node-1"} in answer[
        "relations"
    ]


async def test_resources_that_differ_from_the_template_are_told(tmp_path: Path) -> None:
    body = template(resources={"limits": {"memory": "256Mi", "cpu": "1"}})
    shrunk = template(resources={"limits": {"memory": "64Mi", "cpu": "1000m"}})
    running = pod(body=shrunk)
    async with asked(tmp_path, deployment(1, body=body), replica_set("6d4f7", 1, 3600, body), running) as ask:
        observation = fact(await ask.explain(), "container.resources_differ")
    assert (observation["declared"], observation["running"]) == ("limits.memory 256Mi", "limits.memory 64Mi")


async def test_many_failing_pods_stay_within_one_answer_and_what_is_left_out_is_counted(tmp_path: Path) -> None:
    pods = [
        pod(f"web-6d4f7-b{i:04d}", waiting("CrashLoopBackOff", "back-off " * 30), terminated(1), restarts=i)
        for i in range(60)
    ]
    async with asked(tmp_path, deployment(0), replica_set("6d4f7", 1, 3600), *pods) as ask:
        answer = await ask.explain()
    assert answer["left_out"]["observations"] > 0
    assert fact(answer, "rollout.newest_failing")["of"] == 60
    assert facts(answer, "container.crash_looping")
