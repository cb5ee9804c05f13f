"""What a user who is not the administrator may do, and how the API says no."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from sre_lab.kubernetes.default_roles import default_roles
from tests.lab_kubernetes.served_cluster import Served

Obj = dict[str, Any]
GROUP = "rbac.authorization.k8s.io"
PODS = "/api/v1/namespaces/shop/pods"
ACCOUNT = "system:serviceaccount:shop:reader"
VIEWER = "user:oncall-viewer"


def account(server: Served, name: str = "reader") -> None:
    server.put({"kind": "ServiceAccount", "metadata": {"name": name, "namespace": "shop"}})


def role(server: Served, kind: str, name: str, *rules: Obj) -> None:
    place = {"namespace": "shop"} if kind == "Role" else {}
    server.put({"kind": kind, "metadata": {"name": name, **place}, "rules": list(rules)})


def bind(server: Served, kind: str, role_kind: str, role_name: str, subject: Obj) -> None:
    place = {"namespace": "shop"} if kind == "RoleBinding" else {}
    reference = {"apiGroup": GROUP, "kind": role_kind, "name": role_name}
    server.put({"kind": kind, "metadata": {"name": "given", **place}, "roleRef": reference, "subjects": [subject]})


def rule(verbs: str, resources: str, group: str = "", **more: Any) -> Obj:
    return {"verbs": verbs.split(), "apiGroups": [group], "resources": resources.split(), **more}


def ask(server: Served, token: str, method: str, path: str, **arguments: Any) -> tuple[int, Obj]:
    headers = {"authorization": f"Bearer {token}", **arguments.pop("headers", {})}
    answer = httpx.request(method, server.url + path, headers=headers, timeout=10, **arguments)
    return answer.status_code, answer.json()


def test_an_account_without_any_role_is_refused_by_name(server: Served) -> None:
    account(server)
    code, status = ask(server, ACCOUNT, "GET", PODS)
    assert (code, status["reason"], status["details"]) == (403, "Forbidden", {"kind": "pods"})
    assert status["message"] == (
        f'pods is forbidden: User "{ACCOUNT}" cannot list resource "pods" in API group "" in the namespace "shop"'
    )


def test_a_role_gives_what_it_lists_in_its_namespace_only(server: Served) -> None:
    account(server)
    role(server, "Role", "pod-reader", rule("get list", "pods pods/log"))
    subject = {"kind": "ServiceAccount", "name": "reader", "namespace": "shop"}
    bind(server, "RoleBinding", "Role", "pod-reader", subject)
    assert ask(server, ACCOUNT, "GET", PODS)[0] == 200
    assert ask(server, ACCOUNT, "GET", "/api/v1/namespaces/default/pods")[0] == 403
    code, status = ask(server, ACCOUNT, "DELETE", f"{PODS}/web-6d4f-aaaaa")
    assert (code, status["details"]) == (403, {"name": "web-6d4f-aaaaa", "kind": "pods"})
    assert f'User "{ACCOUNT}" cannot delete resource "pods"' in status["message"]
    code, status = ask(server, ACCOUNT, "POST", f"{PODS}/web-6d4f-aaaaa/exec?command=ls")
    assert code == 403 and 'cannot create resource "pods/exec" in API group ""' in status["message"]


def test_a_cluster_role_binding_reaches_everywhere_and_cluster_scoped_kinds(server: Served) -> None:
    code, status = ask(server, VIEWER, "GET", "/api/v1/nodes")
    text = 'nodes is forbidden: User "oncall-viewer" cannot list resource "nodes" in API group "" at the cluster scope'
    assert (code, status["message"]) == (403, text)
    role(server, "ClusterRole", "looker", rule("get list watch", "*"))
    bind(server, "ClusterRoleBinding", "ClusterRole", "looker", {"kind": "User", "name": "oncall-viewer"})
    assert ask(server, VIEWER, "GET", "/api/v1/nodes")[0] == 200
    assert ask(server, VIEWER, "GET", "/api/v1/pods")[0] == 200
    assert ask(server, VIEWER, "GET", "/apis/apps/v1/namespaces/shop/deployments")[0] == 403


def test_a_scale_needs_its_own_right(server: Served) -> None:
    role(server, "Role", "patcher", rule("patch", "deployments", "apps"))
    bind(server, "RoleBinding", "Role", "patcher", {"kind": "Group", "name": "oncall"})
    path = "/apis/apps/v1/namespaces/shop/deployments/web/scale"
    merge = {"content-type": "application/merge-patch+json"}
    body: Obj = {"json": {"spec": {"replicas": 3}}, "headers": merge}
    code, status = ask(server, "user:ann:oncall", "PATCH", path, **body)
    assert (code, status["details"]) == (403, {"name": "web", "group": "apps", "kind": "deployments"})
    assert status["message"] == (
        'deployments.apps "web" is forbidden: User "ann" cannot patch resource "deployments/scale" '
        'in API group "apps" in the namespace "shop"'
    )
    role(server, "Role", "patcher", rule("patch", "*/scale", "apps"))
    assert ask(server, "user:ann:oncall", "PATCH", path, **body)[0] == 200


def test_a_rule_for_named_objects_does_not_reach_others(server: Served) -> None:
    role(server, "Role", "one", rule("get list", "pods", resourceNames=["web-6d4f-aaaaa"]))
    bind(server, "RoleBinding", "Role", "one", {"kind": "User", "name": "oncall-viewer"})
    codes = [ask(server, VIEWER, "GET", PODS + path)[0] for path in ("/web-6d4f-aaaaa", "/web-6d4f-bbbbb", "")]
    assert codes == [200, 403, 403]


@pytest.mark.parametrize("token", ["nobody", "system:serviceaccount:shop:gone", "user:", "system:serviceaccount:"])
def test_a_token_that_names_nobody_is_unauthorized(server: Served, token: str) -> None:
    code, status = ask(server, token, "GET", PODS)
    assert (code, status["reason"], status["message"]) == (401, "Unauthorized", "Unauthorized")
    assert "details" not in status


def test_the_token_in_a_secret_stands_for_its_account(server: Served) -> None:
    account(server)
    meta = {"name": "key", "namespace": "shop", "annotations": {"kubernetes.io/service-account.name": "reader"}}
    data = {"token": "b3Blbi1zZXNhbWU="}
    server.put({"kind": "Secret", "type": "kubernetes.io/service-account-token", "metadata": meta, "data": data})
    code, status = ask(server, "open-sesame", "GET", PODS)
    assert code == 403 and f'User "{ACCOUNT}"' in status["message"]


def test_an_access_review_answers_as_the_request_would_be(server: Served) -> None:
    for one in default_roles():
        server.put(one)
    bind(server, "RoleBinding", "ClusterRole", "view", {"kind": "User", "name": "oncall-viewer"})

    def review(verb: str, resource: str) -> Obj:
        attributes = {"verb": verb, "resource": resource, "namespace": "shop"}
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        body = {"spec": {"resourceAttributes": attributes}}
        return dict(ask(server, VIEWER, "POST", path, json=body)[1]["status"])

    assert review("delete", "pods") == {"allowed": False}
    why = 'RBAC: allowed by RoleBinding "given/shop" of ClusterRole "view" to User "oncall-viewer"'
    assert review("list", "pods") == {"allowed": True, "reason": why}
    assert review("get", "secrets") == {"allowed": False}
    assert ask(server, VIEWER, "GET", "/api/v1/namespaces/shop/secrets")[0] == 403


def test_kubectl_can_i_for_another_user(server: Served) -> None:
    role(server, "Role", "pod-reader", rule("get list watch", "pods"))
    bind(server, "RoleBinding", "Role", "pod-reader", {"kind": "User", "name": "ann"})
    assert server.kubectl("auth", "can-i", "list", "pods", "--as", "ann") == (0, "yes\n")
    assert server.kubectl("auth", "can-i", "delete", "pods", "--as", "ann") == (1, "no\n")
    assert server.kubectl("auth", "can-i", "delete", "pods") == (0, "yes\n")
    listing = server.kubectl("auth", "can-i", "--list", "--as", "ann")[1]
    assert "pods " in listing and "secrets" not in listing
    code, out = server.kubectl("get", "secrets", "--as", "ann")
    assert code == 1 and 'Error from server (Forbidden): secrets is forbidden: User "ann" cannot list' in out


def test_only_the_administrator_acts_as_others(server: Served) -> None:
    code, status = ask(server, VIEWER, "GET", PODS, headers={"Impersonate-User": "ann"})
    assert (code, status["message"]) == (
        403,
        'users "ann" is forbidden: User "oncall-viewer" cannot impersonate resource "users" '
        'in API group "" at the cluster scope',
    )
