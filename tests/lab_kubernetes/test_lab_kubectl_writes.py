"""kubectl, unchanged, changes the lab; what it may not do is refused with the real server's words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lab_kubernetes.served_cluster import Served, deployment, need_kubectl


@pytest.fixture(autouse=True)
def kubectl_is_there() -> None:
    need_kubectl()


def web(server: Served) -> dict[str, Any]:
    result = server.get("Deployment", "web")
    assert result is not None
    return result


def test_rollout_history_and_undo_bring_the_earlier_template_back(server: Served) -> None:
    _, out = server.kubectl("rollout", "history", "deployment/web")
    assert [line.split()[0] for line in out.splitlines()[2:4]] == ["1", "2"]
    assert server.kubectl("rollout", "undo", "deployment/web")[1] == "deployment.apps/web rolled back\n"
    old = server.get("ReplicaSet", "web-5c9b")
    template = json.loads(json.dumps(old["spec"]["template"]))
    del template["metadata"]["labels"]["pod-template-hash"]
    assert web(server)["spec"]["template"] == template
    assert web(server)["metadata"]["generation"] == 2


def test_rollout_status_waits_until_the_controller_has_seen_the_change(server: Served) -> None:
    assert "successfully rolled out" in server.kubectl("rollout", "status", "deployment/web")[1]
    server.kubectl("rollout", "restart", "deployment/web")
    out = server.follow("rollout", "status", "deployment/web", enough=lambda text: text.endswith("\n"))
    assert out == "Waiting for deployment spec update to be observed...\n"


def test_scale_goes_through_the_scale_subresource(server: Served) -> None:
    assert server.kubectl("scale", "deployment/web", "--replicas=4")[1] == "deployment.apps/web scaled\n"
    assert web(server)["spec"]["replicas"] == 4
    assert server.kubectl("get", "deployment", "web")[1].splitlines()[1].split()[1] == "2/4"


def test_set_image_resources_and_env_change_only_their_container(server: Served) -> None:
    server.kubectl("set", "image", "deployment/web", "web=registry.example.com/shop/web:2.0")
    server.kubectl("set", "resources", "deployment/web", "--limits=memory=128Mi")
    server.kubectl("set", "env", "deployment/web", "MODE=safe")
    (container,) = web(server)["spec"]["template"]["spec"]["containers"]
    assert container["image"].endswith(":2.0")
    assert container["resources"] == {"limits": {"memory": "128Mi"}, "requests": {"memory": "32Mi"}}
    assert container["env"] == [{"name": "MODE", "value": "safe"}]
    assert container["ports"] == [{"containerPort": 8080, "protocol": "TCP"}]


def test_patch_works_in_its_three_forms(server: Served) -> None:
    replace = '[{"op":"replace","path":"/spec/replicas","value":3}]'
    assert server.kubectl("patch", "deployment", "web", "--type=json", "-p", replace)[0] == 0
    assert server.kubectl("patch", "deployment", "web", "--type=merge", "-p", '{"spec":{"paused":true}}')[0] == 0
    added = '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"registry.example.com/side:1"}]}}}}'
    assert server.kubectl("patch", "deployment", "web", "-p", added)[0] == 0
    spec = web(server)["spec"]
    assert (spec["replicas"], spec["paused"]) == (3, True)
    assert [c["name"] for c in spec["template"]["spec"]["containers"]] == ["side", "web"]


def test_server_side_dry_run_answers_the_result_and_stores_nothing(server: Served) -> None:
    before = server.on_loop(lambda: server.world.objects.version)
    _, out = server.kubectl(
        "set", "image", "deployment/web", "web=x/y:9", "--dry-run=server", "-o", "jsonpath={..containers[0].image}"
    )
    assert out == "x/y:9"
    assert "deleted (server dry run)" in server.kubectl("delete", "pod", "web-6d4f-aaaaa", "--dry-run=server")[1]
    assert server.on_loop(lambda: server.world.objects.version) == before


def test_labels_and_annotations_are_added_and_removed(server: Served) -> None:
    server.kubectl("label", "pod", "web-6d4f-aaaaa", "tier=front")
    server.kubectl("annotate", "pod", "web-6d4f-aaaaa", "note=seen")
    assert "tier=front" in server.kubectl("get", "pods", "--show-labels")[1]
    assert "unlabeled" in server.kubectl("label", "pod", "web-6d4f-aaaaa", "tier-")[1]
    pod = server.get("Pod", "web-6d4f-aaaaa")
    assert pod["metadata"]["annotations"]["note"] == "seen" and "tier" not in pod["metadata"]["labels"]


def test_a_deleted_pod_is_terminating_until_its_node_has_stopped_it(server: Served) -> None:
    server.kubectl("delete", "pod", "web-6d4f-aaaaa", "--wait=false")
    assert "Terminating" in server.kubectl("get", "pod", "web-6d4f-aaaaa")[1]
    assert "force deleted" in server.kubectl("delete", "pod", "web-6d4f-aaaaa", "--force", "--grace-period=0")[1]
    assert server.kubectl("get", "pod", "web-6d4f-aaaaa")[0] == 1


def test_a_deployment_goes_at_once_and_a_namespace_is_left_to_its_controller(server: Served) -> None:
    assert server.kubectl("delete", "deployment", "web")[1] == 'deployment.apps "web" deleted\n'
    assert 'namespace "shop" deleted' in server.kubectl("delete", "namespace", "shop", "--wait=false")[1]
    assert "Terminating" in server.kubectl("get", "namespace", "shop")[1]
    code, out = server.kubectl("create", "configmap", "late")
    assert code == 1
    assert "unable to create new content in namespace shop because it is being terminated" in out


def test_apply_creates_then_changes_nothing_then_only_what_differs(server: Served) -> None:
    manifest = deployment("applied")
    for one in ("status",):
        manifest.pop(one)
    manifest["metadata"].pop("creationTimestamp")
    assert "created" in server.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))[1]
    assert "unchanged" in server.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))[1]
    manifest["spec"]["replicas"] = 5
    assert "configured" in server.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))[1]
    assert (
        "serverside-applied"
        in server.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=json.dumps(manifest))[1]
    )
    manifest["spec"]["replcas"] = 5
    code, out = server.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))
    assert code == 1 and 'unknown field "spec.replcas"' in out


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            ["patch", "deployment", "web", "--type=merge", "-p", '{"spec":{"replicas":-1}}'],
            "must be greater than or equal to 0",
        ),
        (
            ["patch", "deployment", "web", "-p", '{"spec":{"selector":{"matchLabels":{"app":"o"}}}}'],
            "field is immutable",
        ),
        (
            ["set", "resources", "deployment/web", "--limits=memory=16Mi"],
            "must be less than or equal to memory limit of 16Mi",
        ),
        (["patch", "pod", "web-6d4f-aaaaa", "-p", '{"spec":{"nodeName":"n"}}'], "pod updates may not change fields"),
    ],
)
def test_a_change_that_is_not_allowed_is_refused_with_the_reason(
    server: Served, arguments: list[str], text: str
) -> None:
    code, out = server.kubectl(*arguments)
    assert code == 1 and text in out


def test_drain_cordons_the_node_and_evicts_its_pods(server: Served) -> None:
    code, out = server.kubectl("drain", "node-1", "--force", "--grace-period=0", "--timeout=60s")
    assert code == 0 and "node/node-1 drained" in out
    assert server.kubectl("get", "nodes")[1].splitlines()[1].split()[1] == "Ready,SchedulingDisabled"
    assert "No resources found" in server.kubectl("get", "pods")[1]


def test_auth_can_i_answers_by_the_refusals_of_the_world(server: Served) -> None:
    from sre_lab.world import RecordedRefusal

    assert server.kubectl("auth", "can-i", "list", "secrets")[1] == "yes\n"
    text = 'secrets is forbidden: User "viewer" cannot list resource "secrets" in API group "" in the namespace "shop"'
    server.on_loop(lambda: server.world.refusals.append(RecordedRefusal("list", "secrets", "shop", text)))
    assert server.kubectl("auth", "can-i", "list", "secrets")[1] == "no\n"
    assert server.kubectl("get", "secrets")[1] == f"Error from server (Forbidden): {text}\n"
    assert "secrets" in server.kubectl("auth", "can-i", "--list")[1]


@pytest.mark.parametrize(("version", "kind"), [("apps/v1beta1", "Deployment"), ("ovens.test/v1", "Oven")])
def test_apply_says_which_kind_the_cluster_does_not_have(server: Served, version: str, kind: str) -> None:
    manifest = f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: one}}\n"
    code, out = server.kubectl("apply", "-f", "-", stdin=manifest)
    assert code == 1
    assert f'no matches for kind "{kind}" in version "{version}"' in out
