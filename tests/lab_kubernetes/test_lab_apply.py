"""Server-side apply: who applied a field owns it, and loses it to whoever changes it."""

from __future__ import annotations

from typing import Any

import httpx

from tests.lab_kubernetes.served_cluster import Served, need_kubectl

Obj = dict[str, Any]
PATH = "/apis/apps/v1/namespaces/shop/deployments/web"


def apply(server: Served, manager: str, spec: Obj, *, force: bool = False, **meta: Any) -> tuple[int, Obj]:
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", **meta}, "spec": spec}
    query = {"fieldManager": manager, "force": str(force).lower()}
    headers = {"content-type": "application/apply-patch+yaml"}
    answer = httpx.patch(server.url + PATH, params=query, json=body, headers=headers, timeout=10)
    return answer.status_code, answer.json()


def template(*containers: Obj) -> Obj:
    return {"template": {"spec": {"containers": list(containers)}}}


def test_what_is_no_longer_applied_goes_and_everything_else_stays(server: Served) -> None:
    env = {"name": "web", "env": [{"name": "MODE", "value": "safe"}, {"name": "TIER", "value": "1"}]}
    assert apply(server, "ops", template(env), annotations={"note": "x"})[0] == 200
    code, now = apply(server, "ops", template({"name": "web", "env": [{"name": "TIER", "value": "1"}]}))
    (container,) = now["spec"]["template"]["spec"]["containers"]
    assert code == 200 and container["env"] == [{"name": "TIER", "value": "1"}]
    assert container["image"].endswith("web:1.0") and "note" not in now["metadata"]["annotations"]
    (entry,) = now["metadata"]["managedFields"]
    assert (entry["manager"], entry["operation"]) == ("ops", "Apply")
    fields = entry["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:containers"]['k:{"name":"web"}']
    assert sorted(fields) == [".", "f:env", "f:name"]


def test_applying_the_same_again_is_no_write(server: Served) -> None:
    before = apply(server, "ops", {"replicas": 3})[1]["metadata"]["resourceVersion"]
    server.on_loop(lambda: server.world.clock.advance(60))
    assert apply(server, "ops", {"replicas": 3})[1]["metadata"]["resourceVersion"] == before


def test_a_second_manager_meets_a_conflict_unless_it_forces(server: Served) -> None:
    apply(server, "ops", {"replicas": 3})
    assert apply(server, "dev", {"replicas": 3})[0] == 200
    code, status = apply(server, "late", {"replicas": 5})
    assert (code, status["reason"]) == (409, "Conflict")
    causes = [(c["reason"], c["message"], c["field"]) for c in status["details"]["causes"]]
    assert causes == [
        ("FieldManagerConflict", f'conflict with "{manager}"', ".spec.replicas") for manager in ("ops", "dev")
    ]
    code, now = apply(server, "late", {"replicas": 5}, force=True)
    assert (code, now["spec"]["replicas"]) == (200, 5)
    assert [entry["manager"] for entry in now["metadata"]["managedFields"]] == ["late"]


def test_who_changes_an_applied_field_by_other_means_owns_it_then(server: Served) -> None:
    apply(server, "ops", {"replicas": 3})
    headers = {"content-type": "application/merge-patch+json"}
    scale_up = {"spec": {"replicas": 7}}
    httpx.patch(f"{server.url}{PATH}?fieldManager=hand", json=scale_up, headers=headers, timeout=10).raise_for_status()
    code, status = apply(server, "ops", {"replicas": 3})
    text = 'Apply failed with 1 conflict: conflict with "hand" using apps/v1: .spec.replicas'
    assert (code, status["message"]) == (409, text)


def test_a_conflict_names_the_subresource_through_which_a_field_was_changed(server: Served) -> None:
    need_kubectl()
    apply(server, "ops", {"replicas": 3})
    assert server.kubectl("scale", "deployment", "web", "--replicas=7")[0] == 0
    code, status = apply(server, "ops", {"replicas": 3})
    text = (
        'Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas'
    )
    assert (code, status["message"]) == (409, text)
