from __future__ import annotations

from typing import Any

from sre_lab.kubernetes import deletion
from sre_lab.world import World

from .recorded import CRASH_LOOP, container_states, deployment, open_world, patch_container, pod, termination

OOM = termination(137, "OOMKilled")


def crashing(log: str = "", **kind: Any) -> World:
    faulty = pod(CRASH_LOOP, restarts=5, **{"last": termination(1), **kind})
    logs = [{"namespace": "shop", "pod": "api-1a2b3c-xyz", "text": log}] if log else []
    return open_world(faulty, deployment(faulty), k8s={"logs": logs})


def test_a_remedy_that_does_not_touch_the_cause_does_not_heal() -> None:
    world = crashing("FATAL cannot go on\n")
    patch_container(world, {"env": [{"name": "TRY", "value": "again"}]})
    world.clock.advance(120)
    assert set(container_states(world)) <= {"CrashLoopBackOff", "Error"}
    run = world.containers.run("shop", world.objects.all("Pod", "shop")[-1]["metadata"]["name"], "api")
    assert run is not None
    assert run.lines[-1][1] == "FATAL cannot go on"


def test_another_image_ends_a_crash() -> None:
    world = crashing()
    patch_container(world, {"image": "api:0"})
    world.clock.advance(60)
    assert container_states(world) == ["running"]


def test_the_variable_that_the_log_misses_ends_a_crash() -> None:
    world = crashing("2024-05-01T11:58:01Z ERROR required environment variable DB_URL is not set\n")
    patch_container(world, {"env": [{"name": "DB_URL", "value": "postgres://db"}]})
    world.clock.advance(60)
    assert container_states(world) == ["running"]


def test_out_of_memory_returns_below_the_recorded_limit_and_ends_above_it() -> None:
    world = crashing(last=OOM, limit="128Mi")
    patch_container(world, {"resources": {"limits": {"memory": "120Mi"}}})
    world.clock.advance(120)
    ends = [
        s["lastState"]["terminated"]["reason"]
        for p in world.objects.all("Pod", "shop")
        for s in p["status"]["containerStatuses"]
    ]
    assert set(ends) == {"OOMKilled"}
    patch_container(world, {"resources": {"limits": {"memory": "256Mi"}}})
    world.clock.advance(300)
    assert container_states(world) == ["running"]
    current = world.objects.get("Deployment", "shop", "api")
    assert current is not None
    assert current["status"]["availableReplicas"] == 1


def test_a_limit_ends_an_out_of_memory_whose_limit_was_not_recorded() -> None:
    world = crashing(last=OOM)
    patch_container(world, {"resources": {"limits": {"memory": "1Gi"}}})
    world.clock.advance(60)
    assert container_states(world) == ["running"]


def test_an_image_that_was_not_found_stays_so() -> None:
    waiting = {"waiting": {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "api:1": not found'}}
    faulty = pod(waiting)
    world = open_world(faulty, deployment(faulty))
    patch_container(world, {"env": [{"name": "A", "value": "b"}]})
    world.clock.advance(60)
    assert set(container_states(world)) <= {"ErrImagePull", "ImagePullBackOff"}
    patch_container(world, {"image": "api:0"})
    world.clock.advance(60)
    assert container_states(world) == ["running"]


def test_a_config_map_that_appears_is_taken_up_by_the_waiting_pod() -> None:
    waiting = {"waiting": {"reason": "CreateContainerConfigError", "message": 'configmap "settings" not found'}}
    faulty = pod(waiting)
    faulty["spec"]["containers"][0]["envFrom"] = [{"configMapRef": {"name": "settings"}}]
    world = open_world(faulty, deployment(faulty))
    meta = {"namespace": "shop"}
    world.objects.create({"kind": "ConfigMap", "metadata": {"name": "other", **meta}, "data": {}})
    world.clock.advance(60)
    assert world.frozen
    world.objects.create({"kind": "ConfigMap", "metadata": {"name": "settings", **meta}, "data": {"A": "b"}})
    world.clock.advance(60)
    assert not world.frozen
    assert container_states(world) == ["running"]
    assert world.objects.all("Pod", "shop")[0]["metadata"]["name"] == "api-1a2b3c-xyz"


def test_another_command_ends_a_start_that_failed() -> None:
    failed = {"terminated": {"exitCode": 128, "reason": "StartError", "message": 'exec: "srv": not found'}}
    world = crashing(last=failed)
    patch_container(world, {"env": [{"name": "A", "value": "b"}]})
    world.clock.advance(60)
    assert "running" not in container_states(world)
    patch_container(world, {"command": ["server"]})
    world.clock.advance(60)
    assert container_states(world) == ["running"]


def test_a_probe_that_was_refused_is_refused_until_it_asks_elsewhere() -> None:
    probe = {"httpGet": {"path": "/ready", "port": 8080}, "periodSeconds": 2}
    unready = pod({"running": {"startedAt": "2024-05-01T11:31:00Z"}}, probe=probe)
    world = open_world(unready, deployment(unready))
    patch_container(world, {"env": [{"name": "A", "value": "b"}]})
    world.clock.advance(60)
    current = world.objects.get("Deployment", "shop", "api")
    assert current is not None
    assert current["status"].get("availableReplicas", 0) == 0
    patch_container(world, {"readinessProbe": {"httpGet": {"path": "/healthz"}}})
    world.clock.advance(60)
    current = world.objects.get("Deployment", "shop", "api")
    assert current is not None
    assert current["status"]["availableReplicas"] == 1


def test_a_deleted_pod_comes_back_through_the_replica_set_that_the_recording_lacks() -> None:
    well = pod({"running": {"startedAt": "2024-05-01T11:31:00Z"}})
    world = open_world(well, deployment(well))
    deletion.delete(world, "Pod", "shop", "api-1a2b3c-xyz")
    world.clock.advance(60)
    (result,) = world.objects.all("Pod", "shop")
    assert result["metadata"]["name"] != "api-1a2b3c-xyz"
    assert result["metadata"]["ownerReferences"][0]["name"] == "api-1a2b3c"
    assert container_states(world) == ["running"]


def test_a_workload_that_nobody_touched_stays_frozen_beside_one_that_thaws() -> None:
    faulty = pod(CRASH_LOOP, last=termination(1), restarts=5)
    other = {**faulty, "metadata": {"name": "lone", "namespace": "shop", "creationTimestamp": "2024-05-01T11:30:00Z"}}
    world = open_world(faulty, deployment(faulty), other)
    patch_container(world, {"image": "api:0"})
    before = world.objects.get("Pod", "shop", "lone")
    world.clock.advance(300)
    assert world.objects.get("Pod", "shop", "lone") == before
    assert world.frozen == {("Pod", "shop", "lone")}


def test_what_recorded_pods_name_was_there_unless_the_recording_says_otherwise() -> None:
    well = pod({"running": {"startedAt": "2024-05-01T11:31:00Z"}})
    well["spec"] |= {"serviceAccountName": "api", "priorityClassName": "high", "priority": 1000}
    parent = deployment(well)
    parent["spec"]["template"]["spec"] |= {"serviceAccountName": "api", "priorityClassName": "high"}
    world = open_world(well, parent)
    deletion.delete(world, "Pod", "shop", "api-1a2b3c-xyz")
    world.clock.advance(60)
    (result,) = world.objects.all("Pod", "shop")
    assert (result["spec"]["serviceAccountName"], result["spec"]["priority"]) == ("api", 1000)

    text = 'pods "api-" is forbidden: error looking up service account shop/gone: serviceaccount "gone" not found'
    lacking = {**parent, "status": {"conditions": [{"type": "ReplicaFailure", "status": "True", "message": text}]}}
    lacking["spec"] = {**parent["spec"], "template": {"spec": {"serviceAccountName": "gone", "containers": []}}}
    assert open_world(lacking).objects.get("ServiceAccount", "shop", "gone") is None
