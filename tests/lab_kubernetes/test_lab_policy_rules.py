"""What the API refuses of budgets, autoscalers, quotas, configuration, storage and rights."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from tests.lab_kubernetes.refusals import MERGE, causes, change, create, sound
from tests.lab_kubernetes.served_cluster import Served

Obj = dict[str, Any]
LOCKED = "Forbidden: field is immutable when `immutable` is set"
CONFIG_KEY = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or "
    "'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)
LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)


def quantity(value: int, scale: int, text: str) -> str:
    amount = f"i:resource.int64Amount{{value:{value}, scale:{scale}}}, d:resource.infDecAmount{{Dec:(*inf.Dec)(nil)}}"
    return f'resource.Quantity{{{amount}, s:"{text}", Format:"DecimalSI"}}'


@pytest.mark.parametrize(
    ("kind", "changes", "expected"),
    [
        (
            "PodDisruptionBudget",
            {"spec.minAvailable": "150%"},
            [
                'spec.minAvailable: Invalid value: intstr.IntOrString{Type:1, IntVal:0, StrVal:"150%"}: '
                "must not be greater than 100%"
            ],
        ),
        (
            "HorizontalPodAutoscaler",
            {"spec.minReplicas": 0, "spec.maxReplicas": 0},
            [
                "spec.minReplicas: Invalid value: 0: must be greater than or equal to 1",
                "spec.maxReplicas: Invalid value: 0: must be greater than 0",
            ],
        ),
        (
            "HorizontalPodAutoscaler",
            {
                "spec.minReplicas": 5,
                "spec.metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization"}}}],
            },
            [
                "spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`",
                "spec.metrics[0].resource.target.averageUtilization: Required value: "
                "must set either a target raw value or a target utilization",
            ],
        ),
        (
            "LimitRange",
            {"spec.limits.0.min.cpu": "3", "spec.limits.0.default": {"cpu": "2500m"}},
            [
                f"spec.limits[0].min[cpu]: Invalid value: {quantity(3, 0, '3')}: "
                "min value 3 is greater than max value 2",
                f"spec.limits[0].default[cpu]: Invalid value: {quantity(3, 0, '3')}: "
                "min value 3 is greater than default value 2500m",
                f"spec.limits[0].default[cpu]: Invalid value: {quantity(2, 0, '2')}: "
                "default value 2500m is greater than max value 2",
            ],
        ),
        (
            "ResourceQuota",
            {"spec.hard": {"pods": "-1", "gpus": "1"}},
            [
                'spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0',
                'spec.hard[gpus]: Invalid value: "gpus": must be a standard resource type or fully qualified',
                'spec.hard[gpus]: Invalid value: "gpus": must be a standard resource for quota',
            ],
        ),
        (
            "ConfigMap",
            {"data": {"a b": "x", "..": "y"}},
            [
                f'data[a b]: Invalid value: "a b": {CONFIG_KEY}',
                "data[..]: Invalid value: \"..\": must not be '..'",
            ],
        ),
        ("ConfigMap", {"data": {"big": "x" * 1_048_577}}, ["[]: Too long: may not be more than 1048576 bytes"]),
        ("Secret", {"stringData": {"big": "x" * 1_048_577}}, ["data: Too long: may not be more than 1048576 bytes"]),
        (
            "Secret",
            {"type": "kubernetes.io/tls"},
            ["data[tls.crt]: Required value", "data[tls.key]: Required value"],
        ),
        ("Secret", {"type": "kubernetes.io/dockerconfigjson"}, ["data[.dockerconfigjson]: Required value"]),
        (
            "Secret",
            {"type": "kubernetes.io/basic-auth"},
            ["data[username]: Required value", "data[password]: Required value"],
        ),
        (
            "PersistentVolumeClaim",
            {"spec.accessModes": ["ReadSometimes"], "spec.resources.requests.storage": "0"},
            [
                'spec.accessModes: Unsupported value: "ReadSometimes": supported values: "ReadOnlyMany", '
                '"ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
                'spec.resources[storage]: Invalid value: "0": must be greater than zero',
            ],
        ),
        (
            "StorageClass",
            {"reclaimPolicy": "Recycle", "volumeBindingMode": "Later"},
            [
                'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"',
                'volumeBindingMode: Unsupported value: "Later": supported values: "Immediate", "WaitForFirstConsumer"',
            ],
        ),
        (
            "RoleBinding",
            {"roleRef.kind": "Group", "subjects.0.kind": "Robot"},
            [
                'roleRef.kind: Unsupported value: "Group": supported values: "Role", "ClusterRole"',
                'subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
            ],
        ),
        (
            "PriorityClass",
            {"value": 1_000_000_001},
            ["value: Forbidden: maximum allowed value of a user defined priority is 1000000000"],
        ),
        ("Namespace", {"metadata.name": "Bad"}, [f'metadata.name: Invalid value: "Bad": {LABEL}']),
        ("Namespace", {"metadata.name": "a.b"}, ['metadata.name: Invalid value: "a.b": must not contain dots']),
    ],
)
def test_an_object_that_cannot_be_is_refused(server: Served, kind: str, changes: Obj, expected: list[str]) -> None:
    sound_one = sound(kind)
    assert causes(create(server, sound_one)) == []
    assert causes(create(server, sound(kind, {"metadata.name": "other"} | changes))) == expected


def test_a_budget_says_one_thing(server: Served) -> None:
    result = causes(create(server, sound("PodDisruptionBudget", {"spec.maxUnavailable": 1})))
    assert len(result) == 1 and result[0].startswith(
        "spec: Invalid value: policy.PodDisruptionBudgetSpec{MinAvailable:1"
    )
    assert result[0].endswith(": minAvailable and maxUnavailable cannot be both set")


def test_a_docker_secret_holds_json(server: Served) -> None:
    content = base64.b64encode(b"no json").decode()
    changes = {"type": "kubernetes.io/dockerconfigjson", "stringData": None, "data": {".dockerconfigjson": content}}
    assert causes(create(server, sound("Secret", changes))) == [
        'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": '
        "invalid character 'n' looking for beginning of value"
    ]


@pytest.mark.parametrize(
    ("kind", "patch", "expected"),
    [
        ("ConfigMap", {"data": {"key": "other"}}, [f"data: {LOCKED}"]),
        ("ConfigMap", {"immutable": None}, [f"immutable: {LOCKED}"]),
        ("Secret", {"data": {"key": "b3RoZXI="}, "immutable": False}, [f"immutable: {LOCKED}", f"data: {LOCKED}"]),
    ],
)
def test_what_is_immutable_stays(server: Served, kind: str, patch: Obj, expected: list[str]) -> None:
    create(server, sound(kind, {"immutable": True}))
    assert causes(change(server, kind, patch)) == expected
    assert causes(change(server, kind, {"metadata": {"labels": {"a": "b"}}})) == []


@pytest.mark.parametrize(
    ("kind", "patch", "expected"),
    [
        ("Secret", {"type": "Other"}, 'type: Invalid value: "Other": field is immutable'),
        ("PriorityClass", {"value": 5}, "value: Forbidden: may not be changed in an update."),
        (
            "RoleBinding",
            {"roleRef": {"name": "writer"}},
            'roleRef: Invalid value: rbac.RoleRef{APIGroup:"rbac.authorization.k8s.io", Kind:"Role", Name:"writer"}: '
            "cannot change roleRef",
        ),
        ("StorageClass", {"provisioner": "x"}, "provisioner: Forbidden: updates to provisioner are forbidden."),
        (
            "PersistentVolumeClaim",
            {"spec": {"storageClassName": "fast", "accessModes": ["ReadWriteMany"]}},
            "spec: Forbidden: spec is immutable after creation except resources.requests and "
            "volumeAttributesClassName for bound claims\n",
        ),
    ],
)
def test_some_fields_are_decided_once(server: Served, kind: str, patch: Obj, expected: str) -> None:
    create(server, sound(kind))
    assert causes(change(server, kind, patch)) == [expected]


def test_a_bound_claim_grows_and_does_not_shrink(server: Served) -> None:
    create(server, sound("PersistentVolumeClaim", {"spec.resources.requests.storage": "4Gi"}))
    status = {"phase": "Bound", "capacity": {"storage": "4Gi"}}
    server.on_loop(lambda: server.world.objects.put_status("PersistentVolumeClaim", "shop", "new", status))
    size = {"spec": {"resources": {"requests": {"storage": "2Gi"}}}}
    text = "spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"
    assert causes(change(server, "PersistentVolumeClaim", size)) == [text]
    size["spec"]["resources"]["requests"]["storage"] = "8Gi"
    assert causes(change(server, "PersistentVolumeClaim", size)) == []


def test_a_node_keeps_its_addresses(server: Served) -> None:
    path = f"{server.url}/api/v1/nodes/node-1"
    answer = httpx.patch(path, json={"spec": {"podCIDR": "10.9.0.0/24"}}, headers=MERGE)
    text = 'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid'
    assert causes((answer.status_code, answer.json())) == [text]
    taint = {"spec": {"taints": [{"key": "a b", "effect": "Never"}]}}
    answer = httpx.patch(path, json=taint, headers=MERGE)
    assert [c.split(":")[0] for c in causes((answer.status_code, answer.json()))] == [
        "metadata.taints[0].key",
        "metadata.taints[0].effect",
    ]
