"""What the API refuses of a pod, cause by cause in the server's order."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.lab_kubernetes.refusals import causes, change, create, sound
from tests.lab_kubernetes.served_cluster import Served

Obj = dict[str, Any]
MAIN = "spec.containers.0"
AT = "spec.containers[0]"
KEY = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
VALUE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
NOT_NEGATIVE = "must be greater than or equal to 0"
HALF = (
    "resource.Quantity{i:resource.int64Amount{value:1500, scale:-3}, d:resource.infDecAmount{Dec:(*inf.Dec)(nil)}, "
    's:"1500m", Format:"DecimalSI"}'
)
LONG_NAME = "a-very-long-port-name"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        (
            {f"{MAIN}.ports": [{"name": "HTTP", "containerPort": 80}, {"name": LONG_NAME, "containerPort": 81}]},
            [
                f'{AT}.ports[0].name: Invalid value: "HTTP": '
                "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
                f'{AT}.ports[0].name: Invalid value: "HTTP": must contain at least one letter (a-z)',
                f'{AT}.ports[1].name: Invalid value: "{LONG_NAME}": must be no more than 15 characters',
            ],
        ),
        (
            {f"{MAIN}.ports": [{"name": "a", "containerPort": 80}, {"name": "a", "containerPort": 99999}]},
            [
                f'{AT}.ports[1].name: Duplicate value: "a"',
                f"{AT}.ports[1].containerPort: Invalid value: 99999: must be between 1 and 65535, inclusive",
            ],
        ),
        (
            {f"{MAIN}.ports": [{"containerPort": 80, "protocol": "HTTP"}]},
            [f'{AT}.ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"'],
        ),
        (
            {f"{MAIN}.ports": [{"containerPort": 80, "hostPort": 80}, {"containerPort": 81, "hostPort": 80}]},
            [f'{AT}.ports[1].hostPort: Duplicate value: "TCP//80"'],
        ),
        (
            {f"{MAIN}.env": [{"name": "A=B"}, {"value": "x"}]},
            [
                f'{AT}.env[0].name: Invalid value: "A=B": a valid environment variable name must consist only of '
                "printable ASCII characters other than '='",
                f"{AT}.env[1].name: Required value",
            ],
        ),
        (
            {f"{MAIN}.livenessProbe": {"exec": {"command": ["x"]}, "tcpSocket": {"port": 80}, "successThreshold": 2}},
            [
                f"{AT}.livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type",
                f"{AT}.livenessProbe.successThreshold: Invalid value: 2: must be 1",
            ],
        ),
        (
            {f"{MAIN}.readinessProbe": {"initialDelaySeconds": -1, "periodSeconds": -2}},
            [
                f"{AT}.readinessProbe: Required value: must specify a handler type",
                f"{AT}.readinessProbe.initialDelaySeconds: Invalid value: -1: {NOT_NEGATIVE}",
                f"{AT}.readinessProbe.periodSeconds: Invalid value: -2: {NOT_NEGATIVE}",
            ],
        ),
        (
            {f"{MAIN}.livenessProbe": {"httpGet": {"port": 0, "scheme": "FTP"}}},
            [
                f"{AT}.livenessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive",
                f'{AT}.livenessProbe.httpGet.scheme: Unsupported value: "FTP": supported values: "HTTP", "HTTPS"',
            ],
        ),
        (
            {f"{MAIN}.resources": {"requests": {"memory": "2Gi", "gpu": "1"}, "limits": {"memory": "1Gi"}}},
            [
                f'{AT}.resources.requests: Invalid value: "2Gi": must be less than or equal to memory limit of 1Gi',
                f'{AT}.resources.requests[gpu]: Invalid value: "gpu": '
                "must be a standard resource type or fully qualified",
                f'{AT}.resources.requests[gpu]: Invalid value: "gpu": must be a standard resource for containers',
            ],
        ),
        (
            {f"{MAIN}.resources": {"limits": {"example.com/gpu": "1500m", "cpu": "-1"}}},
            [
                problem
                for part in ("limits", "requests")
                for problem in (
                    f"{AT}.resources.{part}[example.com/gpu]: Invalid value: {HALF}: must be an integer",
                    f'{AT}.resources.{part}[cpu]: Invalid value: "-1": {NOT_NEGATIVE}',
                )
            ],
        ),
    ],
)
def test_a_container_that_cannot_be_is_refused(server: Served, changes: Obj, expected: list[str]) -> None:
    assert causes(create(server, sound("Pod", changes))) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {
                "spec.volumes": [{"name": "a", "emptyDir": {}}, {"name": "a", "emptyDir": {}}, {"name": "B_d"}],
                f"{MAIN}.volumeMounts": [{"name": "a", "mountPath": "/a"}, {"name": "no", "mountPath": "/a"}],
            },
            [
                'spec.volumes[1].name: Duplicate value: "a"',
                f'spec.volumes[2].name: Invalid value: "B_d": {LABEL}',
                f'{AT}.volumeMounts[1].name: Not found: "no"',
                f'{AT}.volumeMounts[1].mountPath: Invalid value: "/a": must be unique',
            ],
        ),
        (
            {"spec.volumes": [{"name": "a", "emptyDir": {}, "configMap": {"name": "b"}}]},
            ["spec.volumes[0].configMap: Forbidden: may not specify more than 1 volume type"],
        ),
        (
            {"spec.restartPolicy": "Sometimes", "spec.dnsPolicy": "None"},
            [
                'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
                "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None",
            ],
        ),
        (
            {"spec.dnsPolicy": "None", "spec.dnsConfig": {"searches": ["a.b"]}},
            [
                "spec.dnsConfig.nameservers: Required value: "
                "must provide at least one DNS nameserver when `dnsPolicy` is None"
            ],
        ),
        (
            {"spec.nodeSelector": {"bad key!": "ok", "disk": "not ok!"}},
            [
                f'spec.nodeSelector: Invalid value: "bad key!": {KEY}',
                f'spec.nodeSelector: Invalid value: "not ok!": {VALUE}',
            ],
        ),
        (
            {
                "spec.tolerations": [
                    {"operator": "Equal", "value": "x"},
                    {"key": "a", "operator": "Is", "effect": "Never", "tolerationSeconds": 5},
                ]
            },
            [
                'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, '
                'which means "match all values and all keys"',
                'spec.tolerations[1].effect: Invalid value: "Never": '
                "effect must be 'NoExecute' when `tolerationSeconds` is set",
                'spec.tolerations[1].operator: Unsupported value: "Is": supported values: "Equal", "Exists"',
                'spec.tolerations[1].effect: Unsupported value: "Never": supported values: "NoSchedule", '
                '"PreferNoSchedule", "NoExecute"',
            ],
        ),
        (
            {"spec.topologySpreadConstraints": [{"maxSkew": 0, "topologyKey": "zone", "whenUnsatisfiable": "Foo"}]},
            [
                "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
                'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Foo": '
                'supported values: "DoNotSchedule", "ScheduleAnyway"',
            ],
        ),
        ({"spec.hostname": "a.b"}, ['spec.hostname: Invalid value: "a.b": must not contain dots']),
    ],
)
def test_a_pod_that_cannot_be_is_refused(server: Served, changes: Obj, expected: list[str]) -> None:
    assert causes(create(server, sound("Pod", changes))) == expected


def test_the_operators_of_affinities_are_checked(server: Served) -> None:
    terms = [{"matchExpressions": [{"key": "zone", "operator": "Is", "values": ["a"]}, {"key": "z", "operator": "In"}]}]
    pods = [{"labelSelector": {"matchExpressions": [{"key": "app", "operator": "Exists", "values": ["a"]}]}}]
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    affinity = {
        "nodeAffinity": {required: {"nodeSelectorTerms": terms}},
        "podAntiAffinity": {required: [{**pods[0], "topologyKey": ""}]},
    }
    node, pod = f"spec.affinity.nodeAffinity.{required}", f"spec.affinity.podAntiAffinity.{required}[0]"
    assert causes(create(server, sound("Pod", {"spec.affinity": affinity}))) == [
        f'{node}.nodeSelectorTerms[0].matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator',
        f"{node}.nodeSelectorTerms[0].matchExpressions[1].values: Required value: "
        "must be specified when `operator` is 'In' or 'NotIn'",
        f"{pod}.labelSelector.matchExpressions[0].values: Forbidden: "
        "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        f"{pod}.topologyKey: Required value: can not be empty",
        f'{pod}.topologyKey: Invalid value: "": name part must be non-empty',
        f'{pod}.topologyKey: Invalid value: "": {KEY}',
    ]


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        (
            {"labels": {"bad/key/x": "a", "/k": "b", "k": "a b"}},
            [
                f'metadata.labels: Invalid value: "bad/key/x": a qualified name {KEY.removeprefix("name part ")} '
                "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
                'metadata.labels: Invalid value: "/k": prefix part must be non-empty',
                f'metadata.labels: Invalid value: "a b": {VALUE}',
            ],
        ),
        ({"annotations": {"a b": "x"}}, [f'metadata.annotations: Invalid value: "a b": {KEY}']),
        (
            {"annotations": {"note": "x" * 262_144}},
            ["metadata.annotations: Too long: may not be more than 262144 bytes"],
        ),
        (
            {"finalizers": ["hold"]},
            [
                'metadata.finalizers[0]: Invalid value: "hold": '
                "name is neither a standard finalizer name nor is it fully qualified"
            ],
        ),
    ],
)
def test_labels_annotations_and_finalizers_have_their_forms(server: Served, meta: Obj, expected: list[str]) -> None:
    assert causes(create(server, sound("Pod") | {"metadata": {"name": "new", **meta}})) == expected


def test_an_object_on_its_way_out_gets_no_new_finalizer(server: Served) -> None:
    create(server, sound("ConfigMap") | {"metadata": {"name": "new", "finalizers": ["example.com/hold"]}})
    httpx.delete(f"{server.url}/api/v1/namespaces/shop/configmaps/new")
    patch = {"metadata": {"finalizers": ["example.com/hold", "example.com/more"]}}
    assert causes(change(server, "ConfigMap", patch)) == [
        "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, "
        'found new finalizers []string{"example.com/more"}'
    ]
    assert causes(change(server, "ConfigMap", {"metadata": {"finalizers": None}})) == []


def test_a_pod_keeps_what_it_runs_with(server: Served) -> None:
    create(server, sound("Pod", {"spec.tolerations": [{"key": "a", "operator": "Exists"}]}))
    result = causes(change(server, "Pod", {"spec": {"terminationGracePeriodSeconds": 5}}))
    assert len(result) == 1
    assert result[0].startswith(
        "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`"
    )
    assert "-\u00a0\tTerminationGracePeriodSeconds: &30,\n+\u00a0\tTerminationGracePeriodSeconds: &5,\n" in result[0]
    assert "\u00a0\u00a0\t... // 3 identical fields\n" in result[0]
    text = "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"
    assert causes(change(server, "Pod", {"spec": {"tolerations": []}})) == [text]
    two = [{"name": "web", "image": "a:1"}, {"name": "b", "image": "b:1"}]
    text = "spec.containers: Forbidden: pod updates may not add or remove containers"
    assert causes(change(server, "Pod", {"spec": {"containers": two}})) == [text]
    assert causes(change(server, "Pod", {"spec": {"activeDeadlineSeconds": 600}})) == []
    text = "spec.activeDeadlineSeconds: Invalid value: 700: must be less than or equal to previous value"
    assert causes(change(server, "Pod", {"spec": {"activeDeadlineSeconds": 700}})) == [text]
