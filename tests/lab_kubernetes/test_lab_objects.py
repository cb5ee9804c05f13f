"""What the rest of the lab calls: defaults, writes from inside, deletion, patches, and the pod's printed status."""

from __future__ import annotations

from typing import Any

import pytest

from sre_lab.kubernetes import changes, deletion, patches
from sre_lab.kubernetes.defaults import with_defaults
from sre_lab.kubernetes.printing.pods import status_text
from sre_lab.scenario import ClusterSpec
from sre_lab.world import World, new_world
from tests.lab_kubernetes.served_cluster import NOW, deployment, owner, pod, populate, stamp

Obj = dict[str, Any]


@pytest.fixture
def world() -> World:
    result = new_world(ClusterSpec(nodes=1), NOW, 7)
    populate(result)
    return result


def test_defaults_are_complete_stable_and_leave_the_given_object_alone() -> None:
    arguments = {
        "kind": "Deployment",
        "metadata": {"name": "x"},
        "spec": {"template": {"spec": {"containers": [{"name": "a", "image": "b"}]}}},
    }
    once = with_defaults(arguments)
    assert with_defaults(once) == once
    assert once["apiVersion"] == "apps/v1" and once["metadata"]["namespace"] == "default"
    assert once["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": "25%", "maxUnavailable": "25%"}
    assert once["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] == "Always"
    assert "strategy" not in arguments["spec"]


def test_a_pod_takes_its_missing_requests_from_its_limits() -> None:
    resources = {"limits": {"cpu": 0.5, "memory": "64Mi"}}
    created = with_defaults(
        {
            "kind": "Pod",
            "metadata": {"name": "x"},
            "spec": {"containers": [{"name": "a", "image": "b:1", "resources": resources}]},
        }
    )
    assert created["spec"]["containers"][0]["resources"]["requests"] == {"cpu": "500m", "memory": "64Mi"}


def test_apply_keeps_status_addresses_and_the_controllers_annotations(world: World) -> None:
    address = world.objects.get("Service", "shop", "web")["spec"]["clusterIP"]  # type: ignore[index]
    ports = [{"port": 81}]
    after = changes.apply(
        world, {"kind": "Service", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"ports": ports}}
    )
    assert after["spec"]["clusterIP"] == address and after["spec"]["ports"][0]["targetPort"] == 81
    plain = deployment()
    del plain["status"], plain["metadata"]["annotations"]
    plain["spec"]["replicas"] = 3
    after = changes.apply(world, plain)
    assert after["status"]["readyReplicas"] == 2 and after["metadata"]["generation"] == 2
    assert after["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"


def test_a_pod_on_a_node_waits_for_its_grace_and_a_second_request_only_shortens_it(world: World) -> None:
    deletion.delete(world, "Pod", "shop", "web-6d4f-aaaaa", grace=10)
    deletion.delete(world, "Pod", "shop", "web-6d4f-aaaaa", grace=60)
    meta = world.objects.get("Pod", "shop", "web-6d4f-aaaaa")["metadata"]  # type: ignore[index]
    assert (meta["deletionTimestamp"], meta["deletionGracePeriodSeconds"]) == (stamp(-10), 10)
    deletion.delete(world, "Pod", "shop", "web-6d4f-aaaaa", grace=0)
    assert world.objects.get("Pod", "shop", "web-6d4f-aaaaa") is None


def test_unscheduled_pods_go_at_once_and_finalizers_hold_an_object(world: World) -> None:
    changes.apply(world, pod("pending", nodeName=""))
    deletion.delete(world, "Pod", "shop", "pending")
    assert world.objects.get("Pod", "shop", "pending") is None
    present = {"name": "held", "namespace": "shop", "finalizers": ["example.com/keep"]}
    changes.apply(world, {"kind": "ConfigMap", "metadata": present})
    deletion.delete(world, "ConfigMap", "shop", "held")
    assert world.objects.get("ConfigMap", "shop", "held")["metadata"]["deletionTimestamp"] == stamp(0)  # type: ignore[index]


def test_orphan_deletion_cuts_the_dependents_loose(world: World) -> None:
    web = world.objects.get("Deployment", "shop", "web")
    assert web is not None
    deletion.delete(world, "Deployment", "shop", "web", propagation="Orphan")
    left = world.objects.get("ReplicaSet", "shop", "web-6d4f")
    assert left is not None and left["metadata"]["ownerReferences"] == [] and owner(web)[0]["uid"]


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ({"c": {"containers": [{"name": "b", "image": "2"}]}}, [("b", "2"), ("a", "1")]),
        ({"c": {"containers": [{"name": "a", "$patch": "delete"}]}}, []),
        ({"c": {"containers": [{"$patch": "replace"}, {"name": "n", "image": "9"}]}}, [("n", "9")]),
        (
            {
                "c": {
                    "$setElementOrder/containers": [{"name": "a"}, {"name": "b"}],
                    "containers": [{"name": "b", "image": "2"}],
                }
            },
            [("a", "1"), ("b", "2")],
        ),
    ],
)
def test_strategic_merge_obeys_merge_keys_and_directives(patch: Obj, expected: list[tuple[str, str]]) -> None:
    base = {"c": {"containers": [{"name": "a", "image": "1"}]}}
    after = patches.strategic_merge("Pod", base, patch)
    assert [(c["name"], c["image"]) for c in after["c"]["containers"]] == expected
    assert base == {"c": {"containers": [{"name": "a", "image": "1"}]}}


def test_strategic_merge_retains_keys_and_removes_from_sets() -> None:
    base = {"strategy": {"type": "RollingUpdate", "rollingUpdate": {}}, "finalizers": ["a", "b"]}
    patch = {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}, "$deleteFromPrimitiveList/finalizers": ["a"]}
    assert patches.strategic_merge("Deployment", base, patch) == {"strategy": {"type": "Recreate"}, "finalizers": ["b"]}


def test_json_patch_tests_moves_and_appends_and_names_what_is_missing() -> None:
    after = patches.json_patch(
        {"a": [1], "b/c": 2},
        [
            {"op": "test", "path": "/a/0", "value": 1},
            {"op": "add", "path": "/a/-", "value": 3},
            {"op": "move", "from": "/b~1c", "path": "/d"},
        ],
    )
    assert after == {"a": [1, 3], "d": 2}
    with pytest.raises(patches.PatchError, match='missing path: "/nosuch"'):
        patches.json_patch({}, [{"op": "remove", "path": "/nosuch"}])


def termination(reason: str = "", code: int = 1, signal: int = 0) -> Obj:
    return {
        "terminated": {"exitCode": code}
        | ({"reason": reason} if reason else {})
        | ({"signal": signal} if signal else {})
    }


def with_init(state: Obj) -> Obj:
    result = pod("x", state={"waiting": {"reason": "PodInitializing"}}, initContainers=[{"name": "i", "image": "i"}])
    result["status"]["initContainerStatuses"] = [{"name": "i", "state": state}]
    return result


@pytest.mark.parametrize(
    ("obj", "text"),
    [
        (pod("x"), "Running"),
        (pod("x", state={"waiting": {"reason": "ImagePullBackOff"}}), "ImagePullBackOff"),
        (pod("x", state=termination("OOMKilled", 137)), "OOMKilled"),
        (pod("x", state=termination("Error")), "Error"),
        (pod("x", state=termination("Completed", 0)), "Completed"),
        (pod("x", state=termination("", 137, 9)), "Signal:9"),
        (pod("x", state=termination("", 3)), "ExitCode:3"),
        (with_init({"running": {}}), "Init:0/1"),
        (with_init({"waiting": {"reason": "CrashLoopBackOff"}}), "Init:CrashLoopBackOff"),
        (with_init(termination("Error")), "Init:Error"),
        (with_init(termination("Completed", 0)), "PodInitializing"),
    ],
)
def test_the_printed_status_follows_the_containers(obj: Obj, text: str) -> None:
    assert status_text(obj) == text


def test_a_pod_that_is_being_deleted_is_terminating_unless_it_has_ended() -> None:
    leaving = pod("x")
    leaving["metadata"]["deletionTimestamp"] = stamp(0)
    assert status_text(leaving) == "Terminating"
    leaving["status"] |= {"phase": "Failed", "reason": "Evicted", "containerStatuses": []}
    assert status_text(leaving) == "Evicted"
