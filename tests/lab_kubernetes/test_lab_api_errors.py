"""Errors of the API: codes, reasons and texts of the real server."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from sre_lab.world import RecordedRefusal
from tests.lab_kubernetes.served_cluster import Served, deployment, stamp

Obj = dict[str, Any]
PODS = "/api/v1/namespaces/shop/pods"
DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments"
MERGE = {"content-type": "application/merge-patch+json"}
STRATEGIC = {"content-type": "application/strategic-merge-patch+json"}


NO_NUMBER = (
    "unable to parse requirement: values[0]: Invalid value: \"big\": for 'Gt', 'Lt' operators, the value must be an "
    "integer"
)


def ask(server: Served, method: str, path: str, **arguments: Any) -> tuple[int, Obj]:
    answer = httpx.request(method, server.url + path, timeout=10, **arguments)
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("fieldSelector=spec.foo%3Dbar", "field label not supported: spec.foo"),
        ("labelSelector=a%20b%20c", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("labelSelector=a%3D%3D%3D", "unable to parse requirement: found '=', expected: identifier"),
        ("labelSelector=app%3Dbad%20value!!", "found 'value', expected: ',' or 'end of string'"),
        ("labelSelector=app%20in%20(a", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("labelSelector=app%3Dx,", "found '', expected: identifier after ','"),
        ("labelSelector=size%3Ebig", NO_NUMBER),
        ("fieldSelector=nonsense", "invalid selector: 'nonsense'; can't understand 'nonsense'"),
    ],
)
def test_a_selector_that_cannot_be_read_is_a_bad_request(server: Served, query: str, message: str) -> None:
    code, status = ask(server, "GET", f"{PODS}?{query}")
    assert (code, status["reason"], status["message"]) == (400, "BadRequest", message)


def test_missing_objects_resources_and_groups_are_three_kinds_of_404(server: Served) -> None:
    _, status = ask(server, "GET", f"{PODS}/nosuch")
    assert status["message"] == 'pods "nosuch" not found' and status["details"] == {"name": "nosuch", "kind": "pods"}
    _, status = ask(server, "GET", "/apis/apps/v1/namespaces/shop/widgets")
    assert status["message"] == "the server could not find the requested resource"
    answer = httpx.get(f"{server.url}/apis/nosuch.example.com/v1/things")
    assert (answer.status_code, answer.text) == (404, "404 page not found\n")


def test_a_new_object_needs_its_namespace(server: Served) -> None:
    code, status = ask(server, "POST", "/api/v1/namespaces/nosuch/configmaps", json={"metadata": {"name": "x"}})
    assert (code, status["message"]) == (404, 'namespaces "nosuch" not found')


def test_creating_what_exists_conflicts(server: Served) -> None:
    code, status = ask(server, "POST", DEPLOYMENTS, json=deployment())
    assert (code, status["reason"]) == (409, "AlreadyExists")
    assert status["message"] == 'deployments.apps "web" already exists'


def test_an_update_from_an_old_version_conflicts(server: Served) -> None:
    obj = deployment() | {"metadata": {"name": "web", "resourceVersion": "1"}}
    code, status = ask(server, "PUT", f"{DEPLOYMENTS}/web", json=obj)
    assert (code, status["reason"]) == (409, "Conflict")
    assert status["message"].startswith(
        'Operation cannot be fulfilled on deployments.apps "web": the object has been modified'
    )
    code, _ = ask(server, "PATCH", f"{DEPLOYMENTS}/web", json={"metadata": {"resourceVersion": "1"}}, headers=MERGE)
    assert code == 409


def test_a_delete_obeys_its_preconditions(server: Served) -> None:
    body = {"preconditions": {"uid": "another"}}
    code, status = ask(server, "DELETE", f"{DEPLOYMENTS}/web", json=body)
    assert code == 409 and "the UID in the precondition (another) does not match" in status["message"]


def test_a_finished_delete_answers_a_status_with_the_uid(server: Served) -> None:
    _, before = ask(server, "GET", f"{DEPLOYMENTS}/web")
    code, status = ask(server, "DELETE", f"{DEPLOYMENTS}/web")
    assert (code, status["status"]) == (200, "Success")
    uid = before["metadata"]["uid"]
    assert status["details"] == {"name": "web", "group": "apps", "kind": "deployments", "uid": uid}


@pytest.mark.parametrize(
    ("obj", "field", "text"),
    [
        ({"metadata": {"name": "x"}, "spec": {}}, "spec.containers", "Required value"),
        (
            {"metadata": {"name": "Bad_Name"}},
            "metadata.name",
            'Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain',
        ),
        (
            {"metadata": {"name": "x"}, "spec": {"containers": [{"name": "a"}]}},
            "spec.containers[0].image",
            "Required value",
        ),
        (
            {
                "metadata": {"name": "x"},
                "spec": {"containers": [{"name": "a", "image": "b", "volumeMounts": [{"name": "v"}]}]},
            },
            "spec.containers[0].volumeMounts[0].name",
            'Not found: "v"',
        ),
    ],
)
def test_an_invalid_pod_is_refused_field_by_field(server: Served, obj: Obj, field: str, text: str) -> None:
    code, status = ask(server, "POST", PODS, json=obj)
    assert (code, status["reason"]) == (422, "Invalid")
    assert any(c["field"] == field and c["message"].startswith(text) for c in status["details"]["causes"])


def test_a_wrong_quantity_is_refused_in_objects_and_in_patches(server: Served) -> None:
    containers = [{"name": "web", "image": "b", "resources": {"limits": {"memory": "64 MB"}}}]
    code, status = ask(server, "POST", PODS, json={"metadata": {"name": "x"}, "spec": {"containers": containers}})
    assert code == 400 and "quantities must match the regular expression" in status["message"]
    patch = {"spec": {"template": {"spec": {"containers": containers}}}}
    code, status = ask(server, "PATCH", f"{DEPLOYMENTS}/web", json=patch, headers=STRATEGIC)
    assert code == 422 and status["message"].startswith(' "" is invalid: patch: Invalid value: "map[spec:map[template:')


def test_strict_validation_names_every_unknown_field(server: Served) -> None:
    obj = {
        "metadata": {"name": "x"},
        "spec": {"contaners": [], "containers": [{"name": "a", "image": "b", "imag": "c"}]},
    }
    code, status = ask(server, "POST", f"{PODS}?fieldValidation=Strict", json=obj)
    assert code == 400
    assert status["message"] == (
        'Pod in version "v1" cannot be handled as a Pod: strict decoding error: '
        'unknown field "spec.contaners", unknown field "spec.containers[0].imag"'
    )


def test_a_value_of_the_wrong_type_is_refused_in_the_words_of_go(server: Served) -> None:
    code, status = ask(server, "PATCH", f"{DEPLOYMENTS}/web", json={"spec": {"replicas": "three"}}, headers=MERGE)
    field = "Go struct field DeploymentSpec.spec.replicas of type int32"
    assert code == 422 and status["message"].endswith(f"json: cannot unmarshal string into {field}")


def test_bodies_methods_and_representations_that_are_not_served_are_refused(server: Served) -> None:
    code, status = ask(server, "POST", PODS, content=b'{"metadata":')
    assert code == 400 and status["message"].endswith('json parse error: unexpected end of JSON input ({"metadata":)')
    assert ask(server, "POST", f"{PODS}/web-6d4f-aaaaa", json={})[0] == 405
    assert ask(server, "GET", PODS, headers={"accept": "text/html"})[0] == 406
    assert ask(server, "PATCH", f"{PODS}/web-6d4f-aaaaa", json={})[0] == 415
    protobuf = {"content-type": "application/vnd.kubernetes.protobuf"}
    code, status = ask(server, "POST", PODS, content=b"k8s\0\x0a\xff", headers=protobuf)
    assert code == 400 and "its protobuf encoding is broken" in status["message"]


def test_a_stream_needs_an_upgrade_and_what_is_not_streamed_is_refused_with_501(server: Served) -> None:
    code, status = ask(server, "POST", f"{PODS}/web-6d4f-aaaaa/exec?command=ls")
    assert (code, status["message"]) == (400, "Upgrade request required")
    code, status = ask(server, "POST", f"{PODS}/web-6d4f-aaaaa/portforward")
    assert (code, status["reason"]) == (501, "NotImplemented")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("tailLines=-2", "tailLines: Invalid value: -2: must be greater than or equal to 0"),
        ("sinceSeconds=0", "sinceSeconds: Invalid value: 0: must be greater than 0"),
        (
            "tailLines=-1&limitBytes=0",
            "[tailLines: Invalid value: -1: must be greater than or equal to 0, "
            "limitBytes: Invalid value: 0: must be greater than 0]",
        ),
    ],
)
def test_a_log_is_asked_for_in_sensible_numbers(server: Served, query: str, message: str) -> None:
    code, status = ask(server, "GET", f"{PODS}/web-6d4f-aaaaa/log?{query}")
    assert (code, status["reason"]) == (422, "Invalid")
    assert status["message"] == f'PodLogOptions "web-6d4f-aaaaa" is invalid: {message}'
    code, status = ask(server, "GET", f"{PODS}/web-6d4f-aaaaa/log?tailLines=two")
    assert (code, status["message"]) == (400, 'strconv.ParseInt: parsing "two": invalid syntax')


def test_a_json_patch_that_does_not_fit_is_refused_without_a_cause(server: Served) -> None:
    headers = {"content-type": "application/json-patch+json"}
    patch = [{"op": "remove", "path": "/spec/nosuch/field"}]
    code, status = ask(server, "PATCH", f"{DEPLOYMENTS}/web", json=patch, headers=headers)
    assert (code, status["reason"], status["details"]) == (422, "Invalid", {})
    assert status["message"] == "the server rejected our request due to an error in our request"


def test_a_wrong_container_has_no_log(server: Served) -> None:
    code, status = ask(server, "GET", f"{PODS}/web-6d4f-aaaaa/log?container=zz")
    assert (code, status["message"]) == (400, "container zz is not valid for pod web-6d4f-aaaaa")


@pytest.mark.parametrize(
    ("reason", "text"),
    [("ContainerCreating", "ContainerCreating"), ("ImagePullBackOff", "trying and failing to pull image")],
)
def test_a_container_that_never_started_says_what_it_waits_for(server: Served, reason: str, text: str) -> None:
    def wait(obj: Obj) -> None:
        obj["status"]["containerStatuses"][0] |= {"state": {"waiting": {"reason": reason}}, "lastState": {}}
        obj["metadata"]["name"] = "waits"

    waiting = server.get("Pod", "web-6d4f-aaaaa")
    obj = {**waiting, "metadata": {"name": "waits", "namespace": "shop", "creationTimestamp": stamp(5)}}
    server.put(obj)
    server.on_loop(lambda: server.world.objects.edit("Pod", "shop", "waits", wait))
    code, status = ask(server, "GET", f"{PODS}/waits/log")
    assert (code, status["message"]) == (400, f'container "web" in pod "waits" is waiting to start: {text}')


@pytest.mark.parametrize(
    ("refusal", "path", "code"),
    [
        (RecordedRefusal("list", "nodes", "cluster", "no nodes for you"), "/api/v1/nodes", 403),
        (RecordedRefusal("list", "nodes", "cluster", "no nodes for you"), "/api/v1/nodes/node-1", 200),
        (RecordedRefusal("*", "pods/log", "shop", "no logs for you"), f"{PODS}/web-6d4f-aaaaa/log", 403),
        (RecordedRefusal("*", "pods/log", "shop", "no logs for you"), f"{PODS}/web-6d4f-aaaaa", 200),
        (RecordedRefusal("list", "pods", "default", "not there"), PODS, 200),
        (RecordedRefusal("get", "deployments.apps", "namespace shop", ""), f"{DEPLOYMENTS}/web", 403),
    ],
)
def test_a_refusal_of_the_world_meets_exactly_its_verb_resource_and_scope(
    server: Served, refusal: RecordedRefusal, path: str, code: int
) -> None:
    server.on_loop(lambda: server.world.refusals.append(refusal))
    answer = httpx.get(server.url + path)
    assert answer.status_code == code
    if code == 403:
        status = answer.json()
        assert status["reason"] == "Forbidden"
        assert refusal.message in status["message"] and status["message"]


def test_eviction_against_a_budget_is_429_with_its_cause(server: Served) -> None:
    budget = {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}
    server.put({"kind": "PodDisruptionBudget", "metadata": {"name": "web", "namespace": "shop"}, "spec": budget})
    code, status = ask(server, "POST", f"{PODS}/web-6d4f-aaaaa/eviction", json={"metadata": {"name": "web-6d4f-aaaaa"}})
    assert (code, status["reason"]) == (429, "TooManyRequests")
    assert status["details"]["causes"] == [
        {"reason": "DisruptionBudget", "message": "The disruption budget web needs 1 healthy pods and has 1 currently"}
    ]
