"""What the API refuses of Services, Ingresses and NetworkPolicies, and what a Service cannot have."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.lab_kubernetes.refusals import causes, change, create, sound
from tests.lab_kubernetes.served_cluster import Served

Obj = dict[str, Any]
SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
TWICE = (
    'core.ServicePort{Name:"", Protocol:"TCP", AppProtocol:(*string)(nil), Port:80, '
    'TargetPort:intstr.IntOrString{Type:0, IntVal:0, StrVal:""}, NodePort:0}'
)
PATH = "spec.rules.0.http.paths.0"
AT = "spec.rules[0].http.paths[0]"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        (
            {"spec.ports": [{"name": "a", "port": 80}, {"name": "a", "port": 80, "targetPort": "Not-A-Name-1234567"}]},
            [
                'spec.ports[1].name: Duplicate value: "a"',
                'spec.ports[1].targetPort: Invalid value: "Not-A-Name-1234567": must be no more than 15 characters',
                'spec.ports[1].targetPort: Invalid value: "Not-A-Name-1234567": '
                "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
                f"spec.ports[1]: Duplicate value: {TWICE}",
            ],
        ),
        (
            {"spec.type": "ExternalName", "spec.ports": None},
            ["spec.externalName: Required value"],
        ),
        ({"spec.type": "ExternalName", "spec.externalName": "db.example.com."}, []),
        (
            {"spec.ports.0.nodePort": 30080, "spec.sessionAffinity": "Sticky"},
            [
                'spec.sessionAffinity: Unsupported value: "Sticky": supported values: "ClientIP", "None"',
                "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
            ],
        ),
        (
            {"spec.type": "Foo", "spec.clusterIP": "10.96.0"},
            [
                'spec.clusterIPs[0]: Invalid value: "10.96.0": '
                "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
                'spec.type: Unsupported value: "Foo": '
                'supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
            ],
        ),
        (
            {"spec.type": "NodePort", "spec.ports.0.nodePort": 80},
            [
                "spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. "
                "The range of valid ports is 30000-32767"
            ],
        ),
        (
            {"spec.clusterIP": "192.168.1.1"},
            [
                'spec.clusterIPs: Invalid value: []string{"192.168.1.1"}: failed to allocate IP 192.168.1.1: the '
                "provided IP (192.168.1.1) is not in the valid range. The range of valid IPs is 10.96.0.0/12"
            ],
        ),
    ],
)
def test_a_service_that_cannot_be_is_refused(server: Served, changes: Obj, expected: list[str]) -> None:
    assert causes(create(server, sound("Service", changes))) == expected


def test_a_port_and_an_address_are_given_once(server: Served) -> None:
    first = sound("Service", {"spec.type": "NodePort", "spec.ports.0.nodePort": 30080, "metadata.name": "first"})
    assert causes(create(server, first)) == []
    address = server.get("Service", "first")["spec"]["clusterIP"]
    again = {"spec.type": "NodePort", "spec.ports.0.nodePort": 30080, "spec.clusterIP": address}
    assert causes(create(server, sound("Service", again))) == [
        f'spec.clusterIPs: Invalid value: []string{{"{address}"}}: '
        f"failed to allocate IP {address}: provided IP is already allocated",
        "spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated",
    ]
    assert causes(change(server, "Service", {"metadata": {"labels": {"a": "b"}}}, "first")) == []
    text = 'spec.clusterIPs[0]: Invalid value: []string{"10.96.0.77"}: may not change once set'
    changed = {"spec": {"clusterIP": "10.96.0.77", "clusterIPs": ["10.96.0.77"]}}
    assert causes(change(server, "Service", changed, "first")) == [text]


def test_a_service_changes_its_type_and_leaves_behind_what_the_old_one_needed(server: Served) -> None:
    create(server, sound("Service"))
    assert causes(change(server, "Service", {"spec": {"type": "NodePort"}})) == []
    assert 30000 <= server.get("Service", "new")["spec"]["ports"][0]["nodePort"] <= 32767
    assert causes(change(server, "Service", {"spec": {"type": "ClusterIP"}})) == []
    spec = server.get("Service", "new")["spec"]
    assert "nodePort" not in spec["ports"][0] and "externalTrafficPolicy" not in spec
    assert causes(change(server, "Service", {"spec": {"type": "ExternalName", "externalName": "a.example.com"}})) == []
    assert "clusterIP" not in server.get("Service", "new")["spec"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        (
            {f"{PATH}.path": "cart", "spec.rules.0.host": "10.0.0.1"},
            [
                'spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
                f'{AT}.path: Invalid value: "cart": must be an absolute path',
            ],
        ),
        (
            {f"{PATH}.pathType": "Regex", "spec.rules.0.host": "Shop_1"},
            [
                f'spec.rules[0].host: Invalid value: "Shop_1": {SUBDOMAIN}',
                f'{AT}.pathType: Unsupported value: "Regex": '
                'supported values: "Exact", "ImplementationSpecific", "Prefix"',
            ],
        ),
        ({f"{PATH}.pathType": None}, [f"{AT}.pathType: Required value: pathType must be specified"]),
        (
            {f"{PATH}.backend.service.port": {}, f"{PATH}.path": "/a//b"},
            [
                f"{AT}.path: Invalid value: \"/a//b\": must not contain '//'",
                f"{AT}.backend: Required value: port name or number is required",
            ],
        ),
        (
            {"spec.rules": None},
            [
                "spec: Invalid value: []networking.IngressRule(nil): "
                "either `defaultBackend` or `rules` must be specified"
            ],
        ),
    ],
)
def test_an_ingress_that_leads_nowhere_is_refused(server: Served, changes: Obj, expected: list[str]) -> None:
    assert causes(create(server, sound("Ingress", changes))) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        (
            {"spec.ingress.0.from.0.ipBlock.cidr": "10.0.0.0/33"},
            [
                'spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "10.0.0.0/33": '
                "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
            ],
        ),
        (
            {"spec.ingress.0.from.0.ipBlock.except": ["11.0.0.0/16"], "spec.policyTypes": ["Inbound"]},
            [
                'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": '
                "must be a strict subset of `cidr`",
                'spec.policyTypes[0]: Unsupported value: "Inbound": supported values: "Ingress", "Egress"',
            ],
        ),
        (
            {"spec.ingress.0.from.0.podSelector": {}, "spec.ingress.0.ports": [{"port": 0}]},
            [
                "spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
                "spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer",
            ],
        ),
    ],
)
def test_a_network_policy_that_means_nothing_is_refused(server: Served, changes: Obj, expected: list[str]) -> None:
    assert causes(create(server, sound("NetworkPolicy", changes))) == expected


def test_a_dry_run_of_a_service_is_given_what_the_write_after_it_is_given(server: Served) -> None:
    path = f"{server.url}/api/v1/namespaces/shop/services/web"
    head = {"content-type": "application/merge-patch+json"}
    message, created = (
        httpx.patch(path + query, json={"spec": {"type": "NodePort"}}, headers=head, timeout=10).json()["spec"]
        for query in ("?dryRun=All", "")
    )
    assert created["ports"][0]["nodePort"] and message["ports"] == created["ports"]
