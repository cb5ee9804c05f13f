from __future__ import annotations

import base64
from typing import Any

from tests.lab_telemetry.pair import COMPLAINS, Pair, deployment, service

WRITER, READER = "arn:aws:iam::111122223333:role/writer", "arn:aws:iam::111122223333:role/reader"
ROLE = "eks.amazonaws.com/role-arn"


def account(role: str) -> dict[str, Any]:
    meta = {"name": "front", "namespace": "web", "annotations": {ROLE: role}}
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta}


def table(**fields: Any) -> dict[str, Any]:
    front = deployment("front", "web", serviceAccountName="front")
    dependency = {"name": "items", "kind": "dynamodb", "write_units_per_request": 1, "allowed_roles": [WRITER]}
    return {
        "manifests": [account(WRITER), front],
        "front": {"depends_on": ["items"], "calls": []},
        "dependencies": [dependency],
        "tables": [{"name": "items", "key": "id", "write_units": 100}],
        **fields,
    }


def restart(pair: Pair) -> None:
    stamp = {"metadata": {"annotations": {"restarted": "now"}}}
    pair.patch("Deployment", "web", "front", {"spec": {"template": stamp}})


def test_a_role_is_taken_when_a_pod_is_created_and_a_wrong_one_is_denied_by_name() -> None:
    pair = Pair(**table())
    pair.patch("ServiceAccount", "web", "front", {"metadata": {"annotations": {ROLE: READER}}})
    pair.advance(60)
    assert pair.failing() == 0
    restart(pair)
    pair.advance(90)
    assert pair.failing() == 1
    text = pair.last_line()
    assert "AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/reader/front-" in text
    assert "is not authorized to perform: dynamodb:PutItem on resource: arn:aws:dynamodb:eu-west-1:" in text
    assert pair.summed("AWS/DynamoDB", "ConsumedWriteCapacityUnits", {"TableName": "items"}) == 0


def test_without_a_role_a_pod_acts_as_its_node() -> None:
    pair = Pair(**table(manifests=[]))
    assert pair.failing() == 1
    assert ":assumed-role/eks-node-role/i-" in pair.last_line()


def secret(value: str) -> dict[str, Any]:
    data = {"password": base64.b64encode(value.encode()).decode()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "web"}, "data": data}


def database(container: dict[str, Any], **pod: Any) -> dict[str, Any]:
    password = {"secret": "web/db", "key": "password", "value": "old"}
    dependency = {"name": "db", "kind": "rds", "address": "db.test:5432", "password": password}
    return {
        "manifests": [secret("old"), deployment("front", "web", container=container, **pod)],
        "front": {"depends_on": ["db"], "calls": []},
        "dependencies": [dependency],
    }


def rotate(pair: Pair) -> None:
    pair.apply(secret("new"))
    pair.befall(dependency={"db": {"password": {"secret": "web/db", "key": "password", "value": "new"}}})


def test_a_rotated_password_fails_those_who_took_it_at_their_start_until_they_restart() -> None:
    source = {"secretKeyRef": {"name": "db", "key": "password"}}
    pair = Pair(**database({"env": [{"name": "PASSWORD", "valueFrom": source}]}))
    assert pair.failing() == 0
    rotate(pair)
    pair.advance(60)
    assert pair.failing() == 1
    assert "db.test:5432: FATAL: password authentication failed" in pair.last_line()
    restart(pair)
    pair.advance(90)
    assert pair.failing() == 0


def test_who_mounts_the_secret_goes_on_after_a_rotation() -> None:
    mount = {"volumeMounts": [{"name": "db", "mountPath": "/run/db"}]}
    pair = Pair(**database(mount, volumes=[{"name": "db", "secret": {"secretName": "db"}}]))
    rotate(pair)
    pair.advance(60)
    assert pair.failing() == 0


RBAC = "rbac.authorization.k8s.io"
GRANT: list[dict[str, Any]] = [
    {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "front", "namespace": "web"}},
    {
        "apiVersion": f"{RBAC}/v1",
        "kind": "Role",
        "metadata": {"name": "jobs", "namespace": "web"},
        "rules": [{"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["list"]}],
    },
    {
        "apiVersion": f"{RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "jobs", "namespace": "web"},
        "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "jobs"},
        "subjects": [{"kind": "ServiceAccount", "name": "front", "namespace": "web"}],
    },
]
DENIED = (
    'jobs.batch is forbidden: User "system:serviceaccount:web:front" cannot list resource "jobs" in API group "batch" '
    'in the namespace "web"'
)


def test_a_right_that_is_taken_away_is_refused_in_the_api_servers_words() -> None:
    call = {"verb": "list", "resource": "jobs.batch", "share": 1.0}
    images = {"front:1": COMPLAINS | {"api_calls": [call]}}
    pair = Pair(manifests=[*GRANT, deployment("front", "web", serviceAccountName="front")], images=images)
    assert pair.failing() == 0
    assert pair.last_line() == ""
    pair.befall(delete={"kind": "RoleBinding", "namespace": "web", "name": "jobs"})
    pair.advance(60)
    assert pair.failing() == 1
    assert pair.last_line().endswith(DENIED)
    pair.apply(GRANT[2])
    pair.advance(60)
    assert pair.failing() == 0


def test_a_process_may_end_for_want_of_a_right() -> None:
    images = {"front:1": {"exits": [{"after": "2s", "unless_allowed": "list jobs.batch"}]}}
    pair = Pair(manifests=[*GRANT, deployment("front", "web", serviceAccountName="front")], images=images)

    def restarts() -> int:
        pods = pair.world.objects.all("Pod", "web")
        return sum(s["restartCount"] for p in pods for s in p["status"]["containerStatuses"])

    assert restarts() == 0
    pair.befall(delete={"kind": "RoleBinding", "namespace": "web", "name": "jobs"})
    restart(pair)
    pair.advance(60)
    assert restarts() > 0


def test_a_setting_counts_with_the_value_of_the_containers_start() -> None:
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "s", "namespace": "web"}}
    container = {"envFrom": [{"configMapRef": {"name": "s"}}]}
    needs = {"env": "REGION", "accepts": ["north"], "error": "no depot in {value}"}
    pair = Pair(
        manifests=[{**settings, "data": {"REGION": "north"}}, deployment("front", "web", container=container)],
        images={"front:1": COMPLAINS | {"settings": [needs]}},
    )
    pair.apply({**settings, "data": {"REGION": "south"}})
    pair.advance(60)
    assert pair.failing() == 0
    restart(pair)
    pair.advance(90)
    assert pair.failing() == 1
    assert pair.last_line().endswith("no depot in south")


def test_an_egress_rule_decides_which_addresses_outside_are_reached() -> None:
    def rule(cidr: str) -> dict[str, Any]:
        meta = {"name": "out", "namespace": "web"}
        dns = {"ports": [{"port": 53, "protocol": "UDP"}]}
        spec = {"podSelector": {}, "policyTypes": ["Egress"], "egress": [dns, {"to": [{"ipBlock": {"cidr": cidr}}]}]}
        return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta, "spec": spec}

    partner = {"name": "partner", "kind": "http", "address": "api.partner.test:443", "ip": "192.0.2.17"}
    pair = Pair(front={"depends_on": ["partner"], "calls": []}, dependencies=[partner], manifests=[service("x", "web")])
    assert pair.failing() == 0
    pair.apply(rule("10.0.0.0/8"))
    pair.advance(60)
    assert pair.failing() == 1
    assert pair.last_line().endswith("api.partner.test:443: dial tcp 192.0.2.17:443: i/o timeout")
    pair.apply(rule("192.0.2.0/24"))
    pair.advance(60)
    assert pair.failing() == 0
