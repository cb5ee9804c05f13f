"""Whom the addresses in logs mean, where Services send, and what an Ingress or load balancer leads to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mcp_servers.kubernetes.observe import gitops as extract_gitops
from sre_lab.telemetry import ContainerLog
from tests.server_kubernetes.reading_lab import (
    NOW,
    Obj,
    ago,
    asked,
    codes,
    deployment,
    event,
    fact,
    facts,
    made,
    pod,
    replica_set,
    template,
    waiting,
)

pytestmark = pytest.mark.anyio
CALLER = "client-0"


def caller(**spec: Any) -> Obj:
    caller_pod = pod(CALLER, owner=[], spec=spec)
    caller_pod["metadata"]["labels"] = {"app": "client"}
    return caller_pod


def service(name: str = "web", address: str = "10.96.4.7", **spec: Any) -> Obj:
    body = {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}], "clusterIP": address, **spec}
    return made("Service", name, spec=body)


def name_server() -> Obj:
    dns = service("kube-dns", "10.96.0.10")
    dns["metadata"]["namespace"] = "kube-system"
    return dns


def ingress(name: str = "front", backend: str = "web", **meta: Any) -> Obj:
    sends = {"service": {"name": backend, "port": {"number": 80}}}
    rules = [{"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": sends}]}}]
    spec = {"ingressClassName": "alb", "rules": rules}
    return {**made("Ingress", name, meta=meta, spec=spec), "apiVersion": "networking.k8s.io/v1"}


async def explain_log(folder: Path, line: str, *objects: Obj, of: Obj | None = None) -> Obj:
    logs = {CALLER: [ContainerLog(NOW - 900, [(NOW - 30, f"ERROR {line}")])]}
    async with asked(folder, of or caller(), *objects, logs=logs) as ask:
        return await ask("kubectl_logs", namespace="shop", name=CALLER)


def calls(answer: Obj) -> set[str]:
    return {r["target"] for r in answer["relations"] if r["kind"] == "calls"}


async def test_the_logs_of_a_service_are_those_of_the_pods_behind_it_whatever_they_are_called(tmp_path: Path) -> None:
    logs = {CALLER: [ContainerLog(NOW - 900, [(NOW - 30, "ERROR bad schema")])]}
    async with asked(tmp_path, caller(), service("front", selector={"app": "client"}), logs=logs) as ask:
        answer = await ask("kubectl_logs", namespace="shop", name="front")
    assert [x["subject"] for x in facts(answer, "log.error")] == [f"lab|Pod/shop/{CALLER}"]


async def test_an_address_in_a_log_is_told_as_the_service_that_has_it(tmp_path: Path) -> None:
    answer = await explain_log(tmp_path, "dial tcp 10.96.4.7:80: connect: connection refused", service())
    observation = fact(answer, "log.connection_failed")
    assert (observation["address"], observation["in_cluster"]) == ("web.shop.svc:80", True)
    assert calls(answer) == {"lab|Service/shop/web"}


async def test_an_address_of_nobody_stays_what_the_log_says(tmp_path: Path) -> None:
    answer = await explain_log(tmp_path, "dial tcp 10.7.7.7:5432: i/o timeout", service())
    assert fact(answer, "log.connection_failed")["address"] == "10.7.7.7:5432" and not calls(answer)


@pytest.mark.parametrize(("there", "orphans"), [((), True), ((service("shop-web", selector={"app": "web"}),), False)])
async def test_a_name_without_a_service_tells_whether_its_workload_was_left_behind(
    tmp_path: Path, there: tuple[Obj, ...], orphans: bool
) -> None:
    line = "dial tcp: lookup web.shop.svc.cluster.local on 10.96.0.10:53: no such host"
    answer = await explain_log(tmp_path, line, deployment(), name_server(), *there)
    observation = fact(answer, "service.absent")
    assert (observation["subject"], observation["behind"], observation["orphans"]) == (
        "lab|Service/shop/web",
        ["Deployment/shop/web"],
        orphans,
    )
    assert "dns.unanswered" not in codes(answer)


async def test_a_name_of_the_world_outside_is_no_service_of_the_cluster(tmp_path: Path) -> None:
    answer = await explain_log(tmp_path, "lookup api.partner.test on 10.96.0.10:53: no such host", name_server())
    assert {"service.absent", "dns.unanswered"}.isdisjoint(codes(answer))


@pytest.mark.parametrize(("policy", "dns_at_fault"), [("ClusterFirst", True), ("Default", False)])
async def test_the_name_server_is_at_fault_only_for_those_who_ask_it(
    tmp_path: Path, policy: str, dns_at_fault: bool
) -> None:
    line = "lookup web.shop.svc.cluster.local on 10.96.0.10:53: no such host"
    answer = await explain_log(tmp_path, line, service(), name_server(), of=caller(dnsPolicy=policy))
    assert ("dns.unanswered" in codes(answer)) == dns_at_fault
    if dns_at_fault:
        assert fact(answer, "dns.unanswered")["subject"] == "lab|Service/kube-system/kube-dns"


@pytest.mark.parametrize(
    ("host", "ndots", "is_unsearched"),
    [
        ("web.shop", "0", True),
        ("web.shop", "1", True),
        ("web.shop", "2", False),
        ("web.shop.svc", "2", True),
        ("web.shop.svc.cluster.local", "0", False),
    ],
)
async def test_a_name_that_a_pod_asks_for_as_it_stands_says_nothing_of_the_name_server(
    tmp_path: Path, host: str, ndots: str, is_unsearched: bool
) -> None:
    asker = caller(dnsConfig={"options": [{"name": "single-request"}, {"name": "ndots", "value": ndots}]})
    line = f"lookup {host} on 10.96.0.10:53: no such host"
    answer = await explain_log(tmp_path, line, made("Namespace", "shop"), service(), name_server(), of=asker)
    assert ("dns.unanswered" in codes(answer)) != is_unsearched
    assert fact(answer, "log.connection_failed").get("unsearched", False) == is_unsearched


async def test_a_refused_program_is_tied_to_its_account(tmp_path: Path) -> None:
    line = 'pods is forbidden: User "system:serviceaccount:shop:robot" cannot list resource "pods" in API group ""'
    answer = await explain_log(tmp_path, line)
    assert {"lab|ServiceAccount/shop/robot"} == {r["target"] for r in answer["relations"] if r["kind"] == "refers_to"}


def behind(*, labels: tuple[Obj, Obj], **spec: Any) -> list[Obj]:
    """Service shop/web over two pods on two nodes, of two workloads with these labels."""
    objects: list[Obj] = [made("Node", "node-3"), service(selector={"part": "shop"}, **spec)]
    for place, (name, own) in enumerate(zip(("web", "lists"), labels, strict=True), start=1):
        body = template(ports=[{"containerPort": 8080}])
        body["metadata"]["labels"] = {**own, "part": "shop"}
        root = made("Deployment", name, spec={"replicas": 1, "selector": {"matchLabels": own}, "template": body})
        own_set = made("ReplicaSet", f"{name}-6d4f7", spec={"selector": {"matchLabels": own}, "template": body})
        own_set["metadata"]["ownerReferences"] = [{"kind": "Deployment", "name": name, "controller": True, "uid": ""}]
        one = pod(f"{name}-6d4f7-bcdfg", body=body, spec={"nodeName": f"node-{place}"})
        one["metadata"]["labels"] = {**own, "part": "shop"}
        objects += [root, own_set, one]
    return objects


async def explain(folder: Path, *objects: Obj, kind: str = "Service", name: str = "web") -> Obj:
    async with asked(folder, *objects) as ask:
        return await ask.explain(name, kind)


async def test_pods_of_another_program_behind_a_service_are_told(tmp_path: Path) -> None:
    observation = fact(
        await explain(tmp_path, *behind(labels=({"app": "web"}, {"app": "lists"}))), "service.mixed_backends"
    )
    assert (observation["meant"], observation["others"]) == ("Deployment/web", ["Deployment/lists"])


async def test_two_releases_of_one_program_behind_a_service_are_no_mixture(tmp_path: Path) -> None:
    same = ({"app": "web", "track": "stable"}, {"app": "web", "track": "canary"})
    assert "service.mixed_backends" not in codes(await explain(tmp_path, *behind(labels=same)))


async def test_a_worker_with_the_labels_of_the_program_that_a_service_is_for_is_told(tmp_path: Path) -> None:
    objects = behind(labels=({"app": "web"}, {"app": "web", "track": "worker"}))
    worker = next(one for one in objects if one["kind"] == "Deployment" and one["metadata"]["name"] == "lists")
    del worker["spec"]["template"]["spec"]["containers"][0]["ports"]
    observation = fact(await explain(tmp_path, *objects), "service.mixed_backends")
    assert observation["others"] == ["Deployment/lists"]


async def test_a_service_that_keeps_to_the_node_tells_where_it_has_no_pod(tmp_path: Path) -> None:
    objects = behind(labels=({"app": "web"}, {"app": "lists"}), internalTrafficPolicy="Local")
    observation = fact(await explain(tmp_path, *objects), "service.node_local")
    assert (observation["policy"], observation["without"]) == ("internal", ["node-3"])


async def test_an_ingress_tells_the_backend_that_is_not_there(tmp_path: Path) -> None:
    answer = await explain(tmp_path, ingress(backend="web-next"), service(), kind="Ingress", name="front")
    observation = fact(answer, "ingress.no_backend")
    assert (observation["service"], observation["near"]) == ("web-next", ["web"])


async def test_an_ingress_leads_to_its_service_and_the_workload_behind(tmp_path: Path) -> None:
    objects = (ingress(), service(), deployment(), replica_set("6d4f7", 1, 3600), pod())
    answer = await explain(tmp_path, *objects, kind="Ingress", name="front")
    assert "ingress.no_backend" not in codes(answer)
    assert {"lab|Deployment/shop/web"} <= {x["subject"] for x in answer["observations"]}


@pytest.mark.parametrize("how", ["name", "address"])
async def test_a_load_balancer_is_found_by_its_name_or_address(tmp_path: Path, how: str) -> None:
    front = ingress(
        annotations={"alb.ingress.kubernetes.io/load-balancer-name": "shop-public"} if how == "name" else {}
    )
    if how == "address":
        host = "shop-public-1234567890.eu-west-1.elb.amazonaws.com"
        front["status"] = {"loadBalancer": {"ingress": [{"hostname": host}]}}
    async with asked(tmp_path, front) as ask:
        answer = await ask("kubectl_find", name="shop-public", kinds=["Ingress", "Service"])
    assert [(m["kind"], m["name"], m["exact"]) for m in answer["data"]["matches"]] == [("Ingress", "front", True)]


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ('plugin type="aws-cni" name="aws-cni" failed (add): failed to assign an IP address', "no_addresses"),
        ("network is not ready: NetworkReady=false reason:NetworkPluginNotReady cni plugin not initialized", "plugin"),
        ("failed to setup network for sandbox: rpc error: context deadline exceeded", "unknown"),
    ],
)
async def test_a_pod_without_a_network_says_why(tmp_path: Path, message: str, why: str) -> None:
    made_now = pod(state=waiting("ContainerCreating"))
    async with asked(tmp_path, made_now, event(made_now, "FailedCreatePodSandBox", message, count=7)) as ask:
        observation = fact(await ask.explain("web-6d4f7-bcdfg"), "pod.network_failed")
    assert (observation["why"], observation["count"]) == (why, 7)


@pytest.mark.parametrize(
    "message",
    [
        'failed to get sandbox runtime: no runtime for "gvisor" is configured',
        "runc create failed: container init was OOM-killed (memory limit too low?): unknown",
        "rpc error: code = DeadlineExceeded desc = context deadline exceeded",
    ],
)
async def test_a_sandbox_that_fails_for_another_reason_is_no_trouble_of_the_network(
    tmp_path: Path, message: str
) -> None:
    made_now = pod(state=waiting("ContainerCreating"))
    async with asked(tmp_path, made_now, event(made_now, "FailedCreatePodSandBox", message, count=3)) as ask:
        answer = await ask.explain("web-6d4f7-bcdfg")
    observation = fact(answer, "pod.sandbox_failed")
    assert (observation["message"], observation["count"]) == (message, 3)
    assert not facts(answer, "pod.network_failed")


@pytest.mark.parametrize(("policy", "policies"), [("ClusterFirst", []), ("Default", ["Default"])])
async def test_pods_that_ask_another_name_server_are_told(tmp_path: Path, policy: str, policies: list[str]) -> None:
    web = deployment(body=template(pod={"dnsPolicy": policy}))
    observations = facts(await explain(tmp_path, web, kind="Deployment"), "workload.dns_elsewhere")
    assert [x["attributes"]["policy"] for x in observations] == policies


@pytest.mark.parametrize(("ndots", "counts"), [("0", [0]), ("2", [2]), ("5", []), ("8", []), ("many", [])])
async def test_settings_that_leave_the_search_list_out_are_told(tmp_path: Path, ndots: str, counts: list[int]) -> None:
    web = deployment(body=template(pod={"dnsConfig": {"options": [{"name": "ndots", "value": ndots}]}}))
    observations = facts(await explain(tmp_path, web, kind="Deployment"), "workload.dns_elsewhere")
    assert [x["attributes"]["ndots"] for x in observations] == counts


COREFILE = """.:53 {{
  errors
  kubernetes {zone} in-addr.arpa ip6.arpa {{
    pods insecure
  }}
  forward . /etc/resolv.conf
}}
"""


@pytest.mark.parametrize(
    ("corefile", "breaks"),
    [
        (COREFILE.format(zone="cluster.local"), ""),
        (COREFILE.format(zone="other.local"), "dns"),
        (".:53 {\n  forward . 10.0.0.2\n}\n", "dns"),
        ("", ""),
    ],
)
async def test_a_corefile_that_serves_other_names_breaks_the_way(tmp_path: Path, corefile: str, breaks: str) -> None:
    place = {"namespace": "kube-system"}
    objects = [
        made("Service", "kube-dns", spec={"selector": {"k8s-app": "dns"}, "ports": [{"port": 53}]}),
        made("Endpoints", "kube-dns", subsets=[{"addresses": [{"ip": "10.0.9.9"}]}]),
        made("ConfigMap", "coredns", data={"Corefile": corefile}),
    ]
    for obj in objects:
        obj["metadata"] |= place
    endpoints = made("Endpoints", "web", subsets=[{"addresses": [{"ip": "10.0.0.1"}]}])
    web = pod("web-0", owner=[], body=template(ports=[{"containerPort": 8080}]))
    async with asked(tmp_path, caller(), web, service(), endpoints, *objects) as ask:
        answer = await ask("kubectl_network_path", source="shop/client-0", target="shop/web")
    assert answer["data"]["breaks"] == breaks
    assert ("dns.zone_unserved" in codes(answer)) == bool(breaks)


async def test_a_denied_connection_names_each_policy_and_the_last_one_made(tmp_path: Path) -> None:
    web = pod("web-0", owner=[], body=template(ports=[{"containerPort": 8080}]))
    every = [
        {**made("NetworkPolicy", name, seconds, spec={"podSelector": {}}), "apiVersion": "networking.k8s.io/v1"}
        for name, seconds in (("old", 9000), ("new", 60))
    ]
    async with asked(tmp_path, caller(), web, service(), *every) as ask:
        answer = await ask("kubectl_network_path", source="shop/client-0", target="shop/web")
    latest_by_policy = {x["subject"]: x["attributes"]["latest"] for x in facts(answer, "policy.denies")}
    assert latest_by_policy == {"lab|NetworkPolicy/shop/old": False, "lab|NetworkPolicy/shop/new": True}


async def test_an_access_review_that_says_no_tells_the_bindings_that_are_left(tmp_path: Path) -> None:
    binding = made("RoleBinding", "left", roleRef={"kind": "Role", "name": "reader"})
    binding["subjects"] = [{"kind": "ServiceAccount", "name": "web", "namespace": "shop"}]
    binding["apiVersion"] = "rbac.authorization.k8s.io/v1"
    async with asked(tmp_path, binding) as ask:
        answer = await ask("kubectl_can_i", verb="list", resource="pods", namespace="shop", identity="shop/web")
    assert fact(answer, "access.denied")["bindings"] == ["RoleBinding/left -> Role/reader"]


def application(phase: str = "Succeeded", health: str = "Healthy", group: str = "argoproj.io") -> Obj:
    status = {
        "sync": {"status": "OutOfSync", "revision": "4be1c0ffee4be1"},
        "health": {"status": health},
        "operationState": {"phase": phase, "message": "one or more objects failed to apply", "finishedAt": ago(90)},
    }
    return {**made("Application", "web", status=status), "apiVersion": f"{group}/v1alpha1"}


@pytest.mark.parametrize(
    ("obj", "failures"),
    [
        (application(phase="Failed"), [True]),
        (application(health="Degraded"), [False]),
        (application(), []),  # it only waits for somebody to sync it
        (application(phase="Failed", group="app.k8s.io"), []),
    ],
)
def test_a_gitops_object_is_told_when_it_cannot_be_brought_to_what_is_declared(obj: Obj, failures: list[bool]) -> None:
    assert [x.attributes["failed"] for x in extract_gitops.observe(obj, "lab")] == failures


def test_a_helm_release_of_flux_tells_the_reason_that_its_controller_gives() -> None:
    ready = {"type": "Ready", "status": "False", "reason": "UpgradeFailed", "message": "timed out waiting"}
    release = {**made("HelmRelease", "web", status={"conditions": [ready]}), "apiVersion": "helm.toolkit.fluxcd.io/v2"}
    (observation,) = extract_gitops.observe(release, "lab")
    assert (observation.attributes["controller"], observation.attributes["sync"], observation.excerpt) == (
        "flux",
        "UpgradeFailed",
        "timed out waiting",
    )
