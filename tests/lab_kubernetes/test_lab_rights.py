"""Rights that concern rights: escalation, acting for others, reviews about others, and tokens."""

from __future__ import annotations

from typing import Any

import httpx

from tests.lab_kubernetes.served_cluster import Served

Obj = dict[str, Any]
RBAC = "/apis/rbac.authorization.k8s.io/v1"
ANN = {"authorization": "Bearer user:ann"}


def send(server: Served, method: str, path: str, body: Obj, headers: dict[str, str] | None = None) -> tuple[int, Obj]:
    answer = httpx.request(method, server.url + path, json=body, headers=headers or {}, timeout=10)
    return answer.status_code, answer.json()


def role(name: str, *rules: Obj) -> Obj:
    return {"kind": "Role", "metadata": {"name": name, "namespace": "shop"}, "rules": list(rules)}


def rule(resources: str, *verbs: str, group: str = "") -> Obj:
    return {"apiGroups": [group], "resources": resources.split(), "verbs": list(verbs)}


def bind(server: Served, name: str, user: str = "ann") -> None:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name}
    subjects = [{"kind": "User", "name": user}]
    meta = {"name": f"{name}-{user}", "namespace": "shop"}
    server.put({"kind": "RoleBinding", "metadata": meta, "roleRef": reference, "subjects": subjects})


def test_nobody_writes_a_role_with_rights_that_he_lacks(server: Served) -> None:
    server.put(role("roles", rule("roles", "create", group="rbac.authorization.k8s.io"), rule("pods", "get", "list")))
    bind(server, "roles")
    path = f"{RBAC}/namespaces/shop/roles"
    assert send(server, "POST", path, role("fine", rule("pods", "get")), ANN)[0] == 201
    code, status = send(server, "POST", path, role("more", rule("pods", "get", "delete"), rule("secrets", "get")), ANN)
    assert (code, status["message"]) == (
        403,
        'roles.rbac.authorization.k8s.io "more" is forbidden: user "ann" (groups=["system:authenticated"]) is '
        "attempting to grant RBAC permissions not currently held:\n"
        '{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}\n'
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
    )
    assert send(server, "POST", path, role("more", rule("secrets", "get")))[0] == 201


def test_a_binding_hands_on_only_what_its_writer_has_unless_he_may_bind(server: Served) -> None:
    group = "rbac.authorization.k8s.io"
    server.put(role("binder", rule("rolebindings", "create", group=group)))
    server.put(role("secrets", rule("secrets", "get")))
    bind(server, "binder")
    binding = {
        "metadata": {"name": "mine"},
        "roleRef": {"apiGroup": group, "kind": "Role", "name": "secrets"},
        "subjects": [{"kind": "User", "name": "ann", "apiGroup": group}],
    }
    path = f"{RBAC}/namespaces/shop/rolebindings"
    code, status = send(server, "POST", path, binding, ANN)
    assert code == 403 and "permissions not currently held" in status["message"]
    allowed = {"apiGroups": [group], "resources": ["roles"], "verbs": ["bind"], "resourceNames": ["secrets"]}
    server.put(role("binder", rule("rolebindings", "create", group=group), allowed))
    assert send(server, "POST", path, binding, ANN)[0] == 201


def test_acting_for_others_takes_the_right_to_do_so(server: Served) -> None:
    meta = {"name": "actors"}
    server.put({"kind": "ClusterRole", "metadata": meta, "rules": [rule("users groups", "impersonate")]})
    reference = {"kind": "ClusterRole", "name": "actors"}
    subjects = [{"kind": "User", "name": "ann"}]
    server.put({"kind": "ClusterRoleBinding", "metadata": meta, "roleRef": reference, "subjects": subjects})
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    as_bob = {**ANN, "impersonate-user": "bob", "impersonate-group": "devs"}
    info = send(server, "POST", path, {}, as_bob)[1]["status"]["userInfo"]
    assert info == {"username": "bob", "groups": ["devs", "system:authenticated"]}
    code, status = send(server, "POST", path, {}, {**ANN, "impersonate-user": "system:serviceaccount:shop:web"})
    assert (code, status["message"]) == (
        403,
        'serviceaccounts "web" is forbidden: User "ann" cannot impersonate resource "serviceaccounts" in API group "" '
        'in the namespace "shop"',
    )


def test_a_review_answers_about_another_user(server: Served) -> None:
    server.put(role("looker", rule("pods", "list")))
    bind(server, "looker")
    attributes = {"verb": "list", "resource": "pods", "namespace": "shop"}
    path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
    why = 'RBAC: allowed by RoleBinding "looker-ann/shop" of Role "looker" to User "ann"'
    status = send(server, "POST", path, {"spec": {"user": "ann", "resourceAttributes": attributes}})[1]["status"]
    assert status == {"allowed": True, "reason": why}
    status = send(server, "POST", path, {"spec": {"user": "bob", "resourceAttributes": attributes}})[1]["status"]
    assert status == {"allowed": False}
    local = "/apis/authorization.k8s.io/v1/namespaces/other/localsubjectaccessreviews"
    assert send(server, "POST", local, {"spec": {"user": "ann", "resourceAttributes": attributes}})[0] == 400


def test_a_requested_token_is_its_account_until_it_expires(server: Served) -> None:
    server.put({"kind": "ServiceAccount", "metadata": {"name": "bot", "namespace": "shop"}})
    path = "/api/v1/namespaces/shop/serviceaccounts/bot/token"
    assert send(server, "POST", path, {"spec": {"expirationSeconds": 60}})[0] == 422
    code, result = send(server, "POST", path, {"spec": {"expirationSeconds": 600}})
    assert (code, result["status"]["expirationTimestamp"]) == (201, "2026-09-21T14:23:20Z")
    token = {"authorization": f"Bearer {result['status']['token']}"}
    whoami = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    name = "system:serviceaccount:shop:bot"
    assert send(server, "POST", whoami, {}, token)[1]["status"]["userInfo"]["username"] == name
    review = {"spec": {"token": result["status"]["token"]}}
    reviews = "/apis/authentication.k8s.io/v1/tokenreviews"
    assert send(server, "POST", reviews, review)[1]["status"]["authenticated"] is True
    server.on_loop(lambda: server.world.clock.advance(601))
    assert send(server, "POST", whoami, {}, token)[0] == 401
    assert "authenticated" not in send(server, "POST", reviews, review)[1]["status"]
