"""Two objects that have to fit: each is read, and what one asks for is told beside what the other is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.server_kubernetes.reading_lab import (
    Obj,
    asked,
    codes,
    deployment,
    fact,
    facts,
    made,
    pod,
    replica_set,
    template,
)
from tests.server_kubernetes.test_places_for_pods import node, pending

pytestmark = pytest.mark.anyio
TARGET = {"kind": "Deployment", "name": "web"}
SHARE = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}


def scaler(target: Obj = TARGET, metric: Obj | None = None, **status: Any) -> Obj:
    metrics = [metric or {"type": "Resource", "resource": SHARE}]
    return made("HorizontalPodAutoscaler", "sizes", spec={"scaleTargetRef": target, "metrics": metrics}, status=status)


def waits(body: Obj, *more: Obj) -> list[Obj]:
    return [deployment(0, body=body), replica_set("6d4f7", 1, 600, body), pending(body=body), *more]


@pytest.mark.parametrize(
    ("one", "body", "what", "there"),
    [
        (scaler({"kind": "StatefulSet", "name": "web"}), template(), "target", ["Deployment web"]),
        (scaler(), template(resources={"requests": {"memory": "1Gi"}}), "request", []),
        (scaler(metric={"containerResource": SHARE | {"container": "proxy"}}), template(), "container", ["web"]),
    ],
)
async def test_an_autoscaler_that_its_workload_does_not_fit_is_told_without_a_word_of_its_controller(
    tmp_path: Path, one: Obj, body: Obj, what: str, there: list[str]
) -> None:
    objects = [deployment(1, body=body), replica_set("6d4f7", 1, 600, body), pod(body=body), node(), one]
    async with asked(tmp_path, *objects) as ask:
        observation = fact(await ask.explain("sizes", "HorizontalPodAutoscaler"), "scaler.unfit")
    assert (observation["what"], observation["there"]) == (what, there)


async def test_a_limit_stands_for_a_request_and_an_autoscaler_that_scales_fits(tmp_path: Path) -> None:
    with_limit = template(resources={"limits": {"cpu": "1"}})
    bare = template(resources={})
    active: Obj = {"conditions": [{"type": "ScalingActive", "status": "True"}]}
    for body, one in ((with_limit, scaler()), (bare, scaler(**active))):
        objects = [deployment(1, body=body), replica_set("6d4f7", 1, 600, body), pod(body=body), node(), one]
        async with asked(tmp_path, *objects) as ask:
            assert "scaler.unfit" not in codes(await ask.explain("sizes", "HorizontalPodAutoscaler"))


@pytest.mark.parametrize(
    ("holder", "against"),
    [
        (None, ["it does not exist"]),
        ({"namespace": "shop", "name": "other"}, ["it is kept for the claim shop/other"]),
        (
            {"namespace": "shop", "name": "data", "uid": "old"},
            ["it is kept for an earlier claim of this name, which is gone"],
        ),
    ],
)  # fmt: skip
async def test_a_claim_that_names_a_volume_is_compared_with_that_one(
    tmp_path: Path, holder: Obj | None, against: list[str]
) -> None:
    size = {"requests": {"storage": "5Gi"}}
    spec = {"volumeName": "pv-7", "accessModes": ["ReadWriteOnce"], "resources": size}
    claim = made("PersistentVolumeClaim", "data", spec=spec, status={"phase": "Pending"}, meta={"uid": "new"})
    has = {"capacity": {"storage": "5Gi"}, "accessModes": ["ReadWriteOnce"], "claimRef": holder}
    volumes = [made("PersistentVolume", "pv-7", spec=has, status={"phase": "Bound"})] if holder else []
    async with asked(tmp_path, claim, *volumes) as ask:
        observation = fact(await ask.explain("data", "PersistentVolumeClaim"), "volume.unfit")
    assert (observation["volume"], observation["against"], observation["named"]) == ("pv-7", against, True)


async def test_a_volume_of_a_node_that_is_gone_is_told_beside_the_nodes_that_are_there(tmp_path: Path) -> None:
    body = template()
    body["spec"]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    claim = made("PersistentVolumeClaim", "data", spec={"volumeName": "pv-7"}, status={"phase": "Bound"})
    rule = {"key": "kubernetes.io/hostname", "operator": "In", "values": ["gone-1"]}
    affinity = {"required": {"nodeSelectorTerms": [{"matchExpressions": [rule]}]}}
    volume = made("PersistentVolume", "pv-7", spec={"nodeAffinity": affinity}, status={"phase": "Bound"})
    here = node(labels={"kubernetes.io/hostname": "node-1"})
    async with asked(tmp_path, *waits(body, claim, volume, here)) as ask:
        observation = fact(await ask.explain(), "volume.in_other_zone")
    assert (observation["label"], observation["zones"]) == ("kubernetes.io/hostname", ["gone-1"])
    assert observation["node_zones"] == ["node-1"]


@pytest.mark.parametrize(
    ("rule", "demand", "requirement"),
    [
        ({"topologySpreadConstraints": [{"topologyKey": "rack", "maxSkew": 1}]}, "spread_label", "rack"),
        ({"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
            {"topologyKey": "host", "labelSelector": {"matchLabels": {"app": "cache"}}}]}}},
         "pod_affinity", "app=cache"),
        ({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
            {"topologyKey": "host", "labelSelector": {"matchLabels": {"app": "web"}}}]}}},
         "anti_affinity", "2 replicas apart by host"),
    ],
)  # fmt: skip
async def test_a_rule_about_other_pods_that_no_node_can_meet_is_told(
    tmp_path: Path, rule: Obj, demand: str, requirement: str
) -> None:
    body = template()
    body["spec"] |= rule
    async with asked(tmp_path, *waits(body, node(labels={"host": "node-1"}))) as ask:
        observation = fact(await ask.explain(), "placement.unmet")
    assert (observation["demand"], observation["wanted"]) == (demand, requirement)


async def test_a_request_is_compared_with_the_nodes_that_its_labels_leave_and_devices_are_counted(
    tmp_path: Path,
) -> None:
    small = node(labels={"pool": "batch"})
    large = node("node-2")
    large["status"]["allocatable"] = {"cpu": "8", "memory": "64Gi"}
    body = template(resources={"requests": {"memory": "6Gi"}})
    body["spec"]["nodeSelector"] = {"pool": "batch"}
    async with asked(tmp_path, *waits(body, small, large)) as ask:
        observation = fact(await ask.explain(), "workload.too_large")
    assert [observation[key] for key in ("requested", "largest", "among")] == ["6Gi", "4Gi", "pool=batch"]
    body = template(resources={"limits": {"nvidia.com/gpu": "1"}})
    async with asked(tmp_path, *waits(body, small)) as ask:
        observation = fact(await ask.explain(), "workload.too_large")
    assert [observation[key] for key in ("resource", "requested", "largest")] == ["nvidia.com/gpu", "1", "0"]


async def test_what_a_namespace_does_not_allow_is_told_with_the_object_that_does_not(tmp_path: Path) -> None:
    body = template(resources={"requests": {"cpu": "50m", "memory": "1Gi"}})
    bounds = {"limits": [{"type": "Container", "min": {"cpu": "100m"}}]}
    hard, used = {"requests.memory": "2Gi"}, {"requests.memory": "1500Mi"}
    limits = made("LimitRange", "bounds", spec=bounds)
    quota = made("ResourceQuota", "team", spec={"hard": hard}, status={"hard": hard, "used": used})
    async with asked(tmp_path, deployment(0, body=body), replica_set("6d4f7", 1, 600, body), limits, quota) as ask:
        answer = await ask.explain()
    bound = fact(answer, "range.broken")
    assert [bound[key] for key in ("range", "allowed", "asked")] == ["bounds", "100m", "50m"]
    small = fact(answer, "quota.too_small")
    assert [small[key] for key in ("quota", "asked", "used", "hard")] == ["team", "1Gi", "1500Mi", "2Gi"]


async def test_what_a_namespace_lacks_is_told_with_where_it_is(tmp_path: Path) -> None:
    settings, service = made("ConfigMap", "settings", data={}), made("Service", "ledger", spec={"ports": []})
    for one in (settings, service):
        one["metadata"]["namespace"] = "billing"
    body = template(env=[{"name": "LEDGER_URL", "value": "http://ledger:80"}])
    body["spec"]["containers"][0]["envFrom"] = [{"configMapRef": {"name": "settings"}}]
    async with asked(tmp_path, *waits(body, node(), settings, service)) as ask:
        answer = await ask.explain()
    assert fact(answer, "reference.missing")["in_namespaces"] == ["billing"]
    assert fact(answer, "reference.no_such_host")["in_namespaces"] == ["billing"]


async def test_a_port_that_a_service_does_not_have_is_told_by_who_calls_it(tmp_path: Path) -> None:
    service = made("Service", "ledger", spec={"ports": [{"port": 80}], "selector": {"app": "ledger"}})
    body = template(env=[{"name": "LEDGER_URL", "value": "http://ledger:9443"}])
    objects = [deployment(1, body=body), replica_set("6d4f7", 1, 600, body), pod(body=body), node(), service]
    async with asked(tmp_path, *objects) as ask:
        observation = fact(await ask("kubectl_callees", namespace="shop", name="web"), "reference.no_such_port")
    assert (observation["port"], observation["ports"]) == ("9443", ["80"])


async def test_a_route_of_a_class_that_does_not_exist_is_unserved_only_while_it_has_no_address(tmp_path: Path) -> None:
    addresses = {"loadBalancer": {"ingress": [{"ip": "192.0.2.7"}]}}
    for status, is_unserved in (({}, True), (addresses, False)):
        route = made("Ingress", "front", spec={"ingressClassName": "inner", "rules": []}, status=status)
        async with asked(tmp_path, route) as ask:
            assert ("ingress.no_class" in codes(await ask.explain("front", "Ingress"))) == is_unserved


async def test_a_claim_for_one_node_that_pods_of_two_use_is_told_while_one_of_them_waits(tmp_path: Path) -> None:
    body = template()
    body["spec"]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    claim = made("PersistentVolumeClaim", "data", spec={"accessModes": ["ReadWriteOncePod"]}, status={"phase": "Bound"})
    async with asked(tmp_path, *waits(body, claim, node(), pod("web-6d4f7-other", body=body))) as ask:
        observation = fact(await ask.explain(), "volume.shared")
    assert (observation["claim"], observation["modes"]) == ("data", ["ReadWriteOncePod"])


async def test_the_architecture_is_told_of_the_nodes_where_pods_do_not_come_up(tmp_path: Path) -> None:
    arm = node(labels={"kubernetes.io/arch": "arm64"})
    failing = pod()
    failing["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
    failing["spec"]["nodeName"] = "node-1"
    async with asked(tmp_path, deployment(0), replica_set("6d4f7", 1, 600), failing, arm) as ask:
        assert fact(await ask.explain(), "workload.architecture")["architectures"] == ["arm64"]


@pytest.mark.parametrize(("before", "value"), [("600m", "600m"), ("16", None)])
async def test_a_request_that_outgrew_every_node_is_told_with_what_the_revision_before_asked_for(
    tmp_path: Path, before: str, value: str | None
) -> None:
    now, earlier = (template(resources={"requests": {"cpu": cpu}}) for cpu in ("600", before))
    objects = [deployment(0, 2, body=now), replica_set("6d4f7", 2, 600, now), replica_set("5c9b2", 1, 90_000, earlier)]
    async with asked(tmp_path, *objects, pending(body=now), node()) as ask:
        answer = await ask.explain()
    assert fact(answer, "workload.too_large").get("before") == value
    values = [x["attributes"] for x in facts(answer, "template.other_value")]
    assert [(x["field"], x["name"], x["now"], x["value"], x["of"]) for x in values] == (
        [("resources", "cpu request", "600", "600m", "1")] if value else []
    )


async def test_what_a_limit_range_fills_in_is_held_against_the_nodes(tmp_path: Path) -> None:
    body = template()
    body["spec"]["containers"][0].pop("resources", None)
    waiting_pod = pending(body=template(resources={"requests": {"memory": "90Gi"}}))
    default = {"limits": [{"type": "Container", "defaultRequest": {"memory": "90Gi"}}]}
    objects = [deployment(0, body=body), replica_set("6d4f7", 1, 600, body), waiting_pod, node()]
    async with asked(tmp_path, *objects, made("LimitRange", "defaults", spec=default)) as ask:
        observation = fact(await ask.explain(), "workload.too_large")
    assert (observation["requested"], observation["defaults"]) == ("90Gi", "defaults")
