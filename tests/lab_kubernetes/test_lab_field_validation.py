"""Fields that a kind does not have are dropped and told, and values of another type are refused in the words of Go."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
import yaml

from sre_lab.kubernetes.quantities import WRONG
from tests.lab_kubernetes.served_cluster import Served, deployment, need_kubectl

Obj = dict[str, Any]
CONFIG_MAPS = "/api/v1/namespaces/shop/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"


def send(server: Served, method: str, path: str, body: Any, media: str = "application/json") -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.request(method, server.url + path, content=content, headers={"content-type": media}, timeout=30)


def warnings_of(answer: httpx.Response) -> list[str]:
    return answer.headers.get_list("warning")


def misspelt() -> Obj:
    obj = deployment("api")
    obj["spec"]["tempate"] = {"metadata": {}}
    obj["spec"]["template"]["spec"]["containers"][0]["imag"] = "x"
    return obj


UNMARSHAL = "json: cannot unmarshal "
DECODING = f"error decoding patch: {UNMARSHAL}"
TOLD = [
    '299 - "unknown field \\"spec.template.spec.containers[0].imag\\""',
    '299 - "unknown field \\"spec.tempate\\""',
]


@pytest.mark.parametrize(
    ("query", "warnings"), [("", TOLD), ("?fieldValidation=Warn", TOLD), ("?fieldValidation=Ignore", [])]
)
def test_a_field_that_the_kind_does_not_have_is_dropped(server: Served, query: str, warnings: list[str]) -> None:
    answer = send(server, "POST", DEPLOYMENTS + query, misspelt())
    assert answer.status_code == 201 and sorted(warnings_of(answer)) == sorted(warnings)
    item = server.get("Deployment", "api")
    assert "tempate" not in item["spec"]
    assert "imag" not in item["spec"]["template"]["spec"]["containers"][0]


def test_a_field_validation_of_another_name_is_refused(server: Served) -> None:
    answer = send(server, "POST", f"{DEPLOYMENTS}?fieldValidation=Hard", misspelt())
    assert answer.status_code == 422
    assert answer.json()["message"] == (
        'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Hard": '
        'supported values: "", "Ignore", "Strict", "Warn"'
    )


@pytest.mark.parametrize("media", [MERGE, STRATEGIC])
def test_a_patch_drops_unknown_fields_with_a_warning_and_strictly_is_refused(server: Served, media: str) -> None:
    path = f"{DEPLOYMENTS}/web"
    change: Obj = {"spec": {"tempate": {}}}
    before = server.get("Deployment", "web")["metadata"]["resourceVersion"]
    answer = send(server, "PATCH", path, change, media)
    assert answer.status_code == 200 and warnings_of(answer) == ['299 - "unknown field \\"spec.tempate\\""']
    assert server.get("Deployment", "web")["metadata"]["resourceVersion"] == before
    refused = send(server, "PATCH", f"{path}?fieldValidation=Strict", change, media)
    assert refused.status_code == 422
    assert refused.json()["message"].endswith('": strict decoding error: unknown field "spec.tempate"')


def test_a_json_patch_drops_unknown_fields_too(server: Served) -> None:
    operations = [{"op": "add", "path": "/spec/template/spec/nodeSelecter", "value": {"a": "b"}}]
    answer = send(server, "PATCH", f"{DEPLOYMENTS}/web", operations, "application/json-patch+json")
    assert warnings_of(answer) == ['299 - "unknown field \\"spec.template.spec.nodeSelecter\\""']
    assert "nodeSelecter" not in server.get("Deployment", "web")["spec"]["template"]["spec"]


def test_what_is_refused_for_another_reason_still_brings_its_warnings(server: Served) -> None:
    obj = misspelt() | {"metadata": {"name": "Not A Name"}}
    answer = send(server, "POST", DEPLOYMENTS, obj)
    assert answer.status_code == 422 and sorted(warnings_of(answer)) == sorted(TOLD)


def test_kubectl_warns_of_a_misspelt_field_and_changes_nothing(server: Served) -> None:
    need_kubectl()
    code, out = server.kubectl("patch", "deployment", "web", "-p", '{"spec":{"tempate":{}}}')
    assert code == 0
    assert out.splitlines() == ["deployment.apps/web patched (no change)", 'Warning: unknown field "spec.tempate"']


def test_fields_that_stand_twice_are_told_and_the_last_one_counts(server: Served) -> None:
    body = b'{"metadata":{"name":"two"},"data":{"a":"1","a":"2"},"data":{"a":"1","b":"3","b":"4"}}'
    answer = send(server, "POST", CONFIG_MAPS, body)
    assert warnings_of(answer) == ['299 - "duplicate field \\"data.b\\""', '299 - "duplicate field \\"data\\""']
    assert server.get("ConfigMap", "two")["data"] == {"a": "1", "b": "4"}
    refused = send(server, "POST", f"{CONFIG_MAPS}?fieldValidation=Strict", body)
    assert refused.status_code == 400 and 'strict decoding error: duplicate field "data.b"' in refused.json()["message"]


def test_what_has_no_fixed_fields_is_kept_as_it_is(server: Served) -> None:
    obj = {"metadata": {"name": "free", "annotations": {"any.key/of": "mine"}}, "data": {"tempate": "yes"}}
    assert warnings_of(send(server, "POST", CONFIG_MAPS, obj)) == []
    schema = {"type": "object", "properties": {"odd": {"x-kubernetes-preserve-unknown-fields": True}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"kind": "Odd", "plural": "odds", "singular": "odd", "listKind": "OddList"}
    spec = {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]}
    crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    created = send(server, "POST", crds, {"metadata": {"name": "odds.example.com"}, "spec": spec})
    assert warnings_of(created) == [] and created.json()["spec"]["versions"][0]["schema"]["openAPIV3Schema"] == schema


def test_nulls_are_the_same_as_nothing(server: Served) -> None:
    obj = deployment("api")
    obj["spec"] |= {"replicas": None, "paused": None}
    obj["spec"]["template"]["spec"]["volumes"] = [{"name": "scratch", "emptyDir": None}]
    spec = send(server, "POST", DEPLOYMENTS, obj).json()["spec"]
    assert spec["replicas"] == 1 and "paused" not in spec
    assert spec["template"]["spec"]["volumes"] == [{"name": "scratch", "emptyDir": {}}]


def field(json_type: str, place: str, go_type: str) -> str:
    return f"json: cannot unmarshal {json_type} into Go struct field {place} of type {go_type}"


Kind = tuple[str, str, Obj]  # name, path, what is sent
POD: Kind = "Pod", "/api/v1/namespaces/shop/pods", {"spec": {"containers": [{"name": "a", "image": "b"}]}}
DEPLOYMENT: Kind = "Deployment", DEPLOYMENTS, deployment("api")
CONFIG_MAP: Kind = "ConfigMap", CONFIG_MAPS, {}
SECRET: Kind = "Secret", "/api/v1/namespaces/shop/secrets", {}
SERVICE: Kind = "Service", "/api/v1/namespaces/shop/services", {"spec": {"ports": [{"port": 80}]}}
TEMPLATE = "spec.template.spec"


@pytest.mark.parametrize(
    ("kind", "where", "value", "problem"),
    [
        (POD, "spec.nodeSelector.gpu", True, field("bool", "PodSpec.spec.nodeSelector", "string")),
        (POD, "spec.dnsPolicy", 5, field("number", "PodSpec.spec.dnsPolicy", "v1.DNSPolicy")),
        (POD, "spec.containers", {}, field("object", "PodSpec.spec.containers", "[]v1.Container")),
        (
            POD,
            "spec.securityContext.runAsUser",
            "root",
            field("string", "PodSecurityContext.spec.securityContext.runAsUser", "int64"),
        ),
        (CONFIG_MAP, "data.PORT", 8080, field("number", "ConfigMap.data", "string")),
        (CONFIG_MAP, "data", ["a"], field("array", "ConfigMap.data", "map[string]string")),
        (CONFIG_MAP, "metadata.annotations.n", 5, field("number", "ObjectMeta.metadata.annotations", "string")),
        (CONFIG_MAP, "metadata", "x", field("string", "ConfigMap.metadata", "v1.ObjectMeta")),
        (DEPLOYMENT, "spec.replicas", 1.5, field("number 1.5", "DeploymentSpec.spec.replicas", "int32")),
        (DEPLOYMENT, "spec.replicas", 2**31, field("number 2147483648", "DeploymentSpec.spec.replicas", "int32")),
        (
            DEPLOYMENT,
            f"{TEMPLATE}.containers.0.env",
            [{"name": "A", "value": 1}],
            field("number", f"EnvVar.{TEMPLATE}.containers.env.value", "string"),
        ),
        (DEPLOYMENT, f"{TEMPLATE}.containers.0.resources.limits.cpu", True, WRONG),
        (
            DEPLOYMENT,
            "spec.strategy",
            {"rollingUpdate": {"maxSurge": True}},
            field("bool", "RollingUpdateDeployment.spec.strategy.rollingUpdate.maxSurge", "int32"),
        ),
        (SERVICE, "spec.ports.0.targetPort", 1.5, field("number 1.5", "ServicePort.spec.ports.targetPort", "int32")),
        (SECRET, "data.password", "not base64!", "illegal base64 data at input byte 3"),
        (SECRET, "data.password", "c2VjcmV0c", "illegal base64 data at input byte 8"),
    ],
)
def test_a_value_of_another_type_is_refused(server: Served, kind: Kind, where: str, value: Any, problem: str) -> None:
    name, path, start = kind
    obj: Obj = json.loads(json.dumps(start))
    obj.setdefault("metadata", {})["name"] = "wrong"
    *above, last = where.split(".")
    place: Any = obj
    for step in above:
        place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
    place[last] = value
    answer = send(server, "POST", path, obj)
    assert answer.status_code == 400
    assert answer.json()["message"] == f'{name} in version "v1" cannot be handled as a {name}: {problem}'


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"replicas": "three"}, "unrecognized type: int32"),
        ({"template": {"spec": {"nodeSelector": {"gpu": True}}}}, "unrecognized type: string"),
        ({"template": {"spec": {"nodeSelector": {"gpu": 1}}}}, "cannot convert int64 to string"),
        ({"template": {"spec": {"tolerations": "all"}}}, "cannot restore slice from string"),
        ({"template": {"spec": {"nodeSelector": "gpu"}}}, "cannot restore map from string"),
        ({"template": {"spec": {"affinity": 1}}}, "cannot restore struct from: int64"),
    ],
)
def test_a_strategic_patch_is_refused_by_its_converter(server: Served, change: Any, problem: str) -> None:
    answer = send(server, "PATCH", f"{DEPLOYMENTS}/web", {"spec": change}, STRATEGIC)
    assert answer.status_code == 422
    message = answer.json()["message"]
    assert message.startswith(' "" is invalid: patch: Invalid value: "map[spec:map[') and message.endswith(
        f'": {problem}'
    )


def apply(server: Served, obj: Any) -> httpx.Response:
    name = obj["metadata"]["name"]
    path = f"{DEPLOYMENTS}/{name}?fieldManager=me&fieldValidation=Ignore"
    return send(server, "PATCH", path, yaml.safe_dump(obj).encode(), "application/apply-patch+yaml")


def test_server_side_apply_refuses_what_its_schema_does_not_have(server: Served) -> None:
    obj = misspelt()
    del obj["status"]
    answer = apply(server, obj)
    assert answer.status_code == 500 and "reason" not in answer.json()
    assert answer.json()["message"] == (
        "failed to create typed patch object (shop/api; apps/v1, Kind=Deployment): errors:\n"
        "  .spec.tempate: field not declared in schema\n"
        '  .spec.template.spec.containers[name="api"].imag: field not declared in schema'
    )


@pytest.mark.parametrize(
    ("where", "value", "problem"),
    [
        ("replicas", "three", ".spec.replicas: expected numeric (int or float), got string"),
        ("selector", 1, ".spec.selector: expected map, got &{1}"),
        ("paused", "yes", ".spec.paused: expected boolean, got &{yes}"),
    ],
)
def test_server_side_apply_refuses_other_types(server: Served, where: str, value: Any, problem: str) -> None:
    obj = deployment("api")
    obj["spec"][where] = value
    assert apply(server, obj).json()["message"].endswith(f"(shop/api; apps/v1, Kind=Deployment): {problem}")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"{a:1}", "invalid character 'a' looking for beginning of object key string ({a:1})"),
        (b'{"a" 1}', "invalid character '1' after object key ({\"a\" 1})"),
        (b'{"a":tru}', "invalid character '}' in literal true (expecting 'e') ({\"a\":tru})"),
        (b'{"a":1}}', "invalid character '}' after top-level value ({\"a\":1}})"),
        (b'{"a":[1,]}', "invalid character ']' looking for beginning of value ({\"a\":[1,]})"),
        (b'{"a":NaN}', "invalid character 'N' looking for beginning of value ({\"a\":NaN})"),
        (b'{"a":"b\nc"}', "invalid character '\\n' in string literal ({\"a\":\"b\nc\"})"),
        (b"", "unexpected end of JSON input (<empty>)"),
        (b"\xff", "invalid character '\ufffd' looking for beginning of value (ff)"),
    ],
)  # fmt: skip
def test_a_body_that_is_no_json_is_refused_as_by_a_go_program(server: Served, body: bytes, problem: str) -> None:
    answer = send(server, "POST", CONFIG_MAPS, body)
    assert answer.status_code == 400
    assert answer.json()["message"] == (
        f"the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; "
        f"json parse error: {problem}"
    )


def test_an_object_of_another_kind_is_not_converted(server: Served) -> None:
    answer = send(server, "POST", CONFIG_MAPS, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}})
    assert answer.json()["message"] == (
        'Secret in version "v1" cannot be handled as a ConfigMap: '
        "converting (v1.Secret) to (core.ConfigMap): unknown conversion"
    )


@pytest.mark.parametrize(
    ("media", "change", "code", "message"),
    [
        ("json-patch", {"op": "add"}, 400, f"{DECODING}object into Go value of type []handlers.jsonPatchOp"),
        ("json-patch", [1], 400, f"{DECODING}number into Go value of type handlers.jsonPatchOp"),
        ("json-patch", [{"op": 1}], 400, f"{DECODING}number into Go struct field jsonPatchOp.op of type string"),
        ("merge-patch", [1], 400, f"{DECODING}array into Go value of type map[string]interface {{}}"),
        ("strategic-merge-patch", "x", 400, f"{UNMARSHAL}string into Go value of type map[string]interface {{}}"),
        (
            "strategic-merge-patch",
            {"spec": {"template": {"spec": {"containers": [{"image": "x"}]}}}},
            500,
            "map: map[image:x] does not contain declared merge key: name",
        ),
    ],
)
def test_a_patch_of_another_shape_is_refused(server: Served, media: str, change: Any, code: int, message: str) -> None:
    answer = send(server, "PATCH", f"{DEPLOYMENTS}/web", change, f"application/{media}+json")
    assert (answer.status_code, answer.json()["message"]) == (code, message)


def test_nothing_that_is_sent_breaks_the_server(server: Served) -> None:
    odd = {"spec": None, "übel": 1, "a\nb": 2, "metadata": {"name": "odd"}}
    reply = send(server, "POST", "/api/v1/namespaces/shop/resourcequotas", odd)
    assert reply.status_code == 201 and reply.json()["spec"] == {}
    assert warnings_of(reply) == ['299 - "unknown field \\"übel\\""']
    bare = [{"op": "remove", "path": "/metadata"}, {"op": "replace", "path": "/kind", "value": "Pod"}]
    remaining = send(server, "PATCH", f"{DEPLOYMENTS}/web", bare, "application/json-patch+json")
    assert remaining.status_code == 200 and remaining.json()["kind"] == "Deployment"


def test_server_side_apply_needs_the_keys_of_lists(server: Served) -> None:
    obj = deployment("api")
    obj["spec"]["template"]["spec"]["containers"] = [{"image": "x"}]
    assert (
        apply(server, obj)
        .json()["message"]
        .endswith(
            ".spec.template.spec.containers: element 0: associative list with keys has an element that omits key field "
            '"name" (and doesn\'t have default value)'
        )
    )
