"""What a Service or Ingress that leads astray would have to say: told where the cluster leaves one answer, else not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.server_kubernetes.reading_lab import (
    Obj,
    asked,
    deployment,
    fact,
    facts,
    made,
    pod,
    replica_set,
    template,
    waiting,
)
from tests.server_kubernetes.test_whom_it_calls import behind, ingress, service

pytestmark = pytest.mark.anyio


def program(
    name: str, ports: tuple[Obj, ...] = ({"containerPort": 8080},), *, ready: bool = True, **labels: str
) -> list[Obj]:
    """A Deployment with one pod, which carries app=NAME and these labels."""
    own = {"app": name}
    body = template(ports=list(ports))
    body["metadata"]["labels"] = {**own, **labels}
    root = made("Deployment", name, spec={"replicas": 1, "selector": {"matchLabels": own}, "template": body})
    own_set = made("ReplicaSet", f"{name}-6d4f7", spec={"selector": {"matchLabels": own}, "template": body})
    own_set["metadata"]["ownerReferences"] = [{"kind": "Deployment", "name": name, "controller": True, "uid": ""}]
    one = pod(f"{name}-6d4f7-bcdfg", body=body)
    one["metadata"]["labels"] = {**own, **labels}
    if not ready:
        one["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
    return [root, own_set, one]


async def fitting(folder: Path, code: str, *objects: Obj, kind: str = "Service", name: str = "web") -> Any:
    async with asked(folder, *objects) as ask:
        [candidate] = {
            observation["attributes"]["fitting"] for observation in facts(await ask.explain(name, kind), code)
        }
    return candidate


SELECTORS: dict[str, tuple[Obj, list[Obj], str]] = {
    "a label that no pod has is left out": ({"app": "web", "line": "b"}, program("web"), "app=web"),
    "labels that hold stay": ({"app": "web", "tier": "a", "line": "b"}, program("web", tier="a"), "app=web,tier=a"),
    "the workload of the Service's name is meant": ({"app": "wep"}, [*program("web"), *program("webshop")], "app=web"),
    "the only near one": ({"app": "webs"}, program("webshop"), "app=webshop"),
    "two that are near": ({"app": "webs"}, [*program("webshop"), *program("webstore")], ""),
    "a near one that has its own Service": ({"app": "webs"}, [*program("webshop"), service("webshop")], ""),
    "pods that are not ready": ({"app": "web", "line": "b"}, program("web", ready=False), ""),
    "a label of a group": ({"app": "basket", "tier": "a"}, program("printer", tier="a"), ""),
    "a label of a group is not enough": ({"app": "wep", "tier": "a"}, program("web", tier="a"), "app=web,tier=a"),
    "nothing near": ({"app": "basket"}, program("printer"), ""),
}  # fmt: skip


@pytest.mark.parametrize("case", SELECTORS)
async def test_a_selector_is_offered_only_where_one_workload_can_be_meant(tmp_path: Path, case: str) -> None:
    selector, objects, candidate = SELECTORS[case]
    assert await fitting(tmp_path, "service.selects_nothing", service(selector=selector), *objects) == candidate


async def test_a_service_without_pods_is_told_of_the_workload_that_is_meant_and_of_no_other(tmp_path: Path) -> None:
    objects = [
        *program("quartz-worker"),
        *program("harbor-worker"),
        service("quartz-worker", selector={"app": "quartz-worker-2"}),
    ]
    async with asked(tmp_path, *objects) as ask:
        observations = {name: facts(await ask.explain(name, "Deployment"), "service.selects_nothing")
                for name in ("quartz-worker", "harbor-worker")}  # fmt: skip
    assert observations["quartz-worker"] and not observations["harbor-worker"]


async def test_a_revision_that_was_replaced_is_nothing_that_a_service_selects(tmp_path: Path) -> None:
    old, new = template("1"), template("2")
    for body, tier in ((old, "front"), (new, "edge")):
        body["metadata"]["labels"] = {"app": "web", "tier": tier}
    sets = (replica_set("6d4f7", 2, 600, new), replica_set("5c9b2", 1, 90_000, old))
    for one, count in zip(sets, (1, 0), strict=True):
        one["spec"]["replicas"] = count
    front = service("web", selector={"app": "web", "tier": "front"})
    async with asked(tmp_path, deployment(1, body=new), *sets, front) as ask:
        assert facts(await ask.explain("web", "Deployment"), "service.selects_nothing")


async def test_a_selector_that_takes_two_programs_is_narrowed_to_the_one_it_is_named_after(tmp_path: Path) -> None:
    objects = behind(labels=({"app": "web"}, {"app": "lists"}))
    assert await fitting(tmp_path, "service.mixed_backends", *objects) == "app=web,part=shop"


HTTP, ADMIN = {"containerPort": 8080, "name": "http"}, {"containerPort": 9000, "name": "admin"}
PORTS: dict[str, tuple[list[Obj], tuple[Obj, ...], str]] = {
    "the only one, as a number": ([{"port": 80, "targetPort": 8088}], (HTTP,), "8080"),
    "the only one, by its name": ([{"port": 80, "targetPort": "web"}], (HTTP,), "http"),
    "the one of the same name": ([{"name": "http", "port": 80, "targetPort": 8088}], (HTTP, ADMIN), "8080"),
    "the one that no other port takes": (
        [{"name": "a", "port": 80, "targetPort": 8088}, {"name": "b", "port": 81, "targetPort": "admin"}],
        (HTTP, ADMIN),
        "8080",
    ),
    "the only one of a near name": ([{"port": 80, "targetPort": "htpp"}], (HTTP, ADMIN), "http"),
    "one of two": ([{"port": 80, "targetPort": 8088}], (HTTP, ADMIN), ""),
    "one of another protocol": ([{"port": 80, "targetPort": 53}], ({"containerPort": 8053, "protocol": "UDP"},), ""),
    "two ports that lead astray": (
        [{"name": "a", "port": 80, "targetPort": 8088}, {"name": "b", "port": 81, "targetPort": 8089}],
        (HTTP,),
        "",
    ),
}


@pytest.mark.parametrize("case", PORTS)
async def test_a_target_port_is_offered_only_where_one_declared_port_can_be_meant(tmp_path: Path, case: str) -> None:
    ports, container_ports, candidate = PORTS[case]
    objects = program("web", container_ports)
    assert await fitting(tmp_path, "service.port_mismatch", service(ports=ports), *objects) == candidate


BACKENDS: dict[str, tuple[list[Obj], tuple[str, str]]] = {
    "the only near one": ([*program("web"), service()], ("web", "80")),
    "a near one with nobody behind": ([service()], ("", "")),
    "two near ones": ([*program("web"), service(), *program("web-new"), service("web-new")], ("", "")),
    "its only port": ([*program("web"), service(ports=[{"port": 8000, "targetPort": 8080}])], ("web", "8000")),
    "one of two ports": (
        [*program("web"), service(ports=[{"name": "a", "port": 8000}, {"name": "b", "port": 8001}])],
        ("", ""),
    ),
}


@pytest.mark.parametrize("case", BACKENDS)
async def test_a_backend_is_offered_only_where_one_service_can_be_meant(tmp_path: Path, case: str) -> None:
    objects, backend = BACKENDS[case]
    async with asked(tmp_path, ingress(backend="web-next"), *objects) as ask:
        observation = fact(await ask.explain("front", "Ingress"), "ingress.no_backend")
    assert (observation["fitting"], observation["fitting_port"]) == backend and (
        observation["host"],
        observation["path"],
    ) == ("", "/")


async def test_where_several_rules_lead_astray_no_backend_is_offered(tmp_path: Path) -> None:
    wrong = ingress(backend="web-next")
    wrong["spec"]["rules"].append({**wrong["spec"]["rules"][0], "host": "other.test"})
    objects = (wrong, *program("web"), service())
    assert await fitting(tmp_path, "ingress.no_backend", *objects, kind="Ingress", name="front") == ""


def running(image: str) -> Obj:
    body = template()
    body["spec"]["containers"][0]["image"] = image
    return body


def pulled_from(name: str, host: str) -> Obj:
    """A Deployment that serves with an image from this host."""
    body = running(f"{host}/shop/{name}:3")
    return made("Deployment", name, spec={"replicas": 1, "template": body}, status={"readyReplicas": 1})


@pytest.mark.parametrize(
    ("others", "problem", "image"),
    [
        ([pulled_from("a", "registry.example.com")], "no such host", "registry.example.com/shop/web:2"),
        ([pulled_from("a", "registry.example.com")], "i/o timeout", ""),
        ([pulled_from("a", "images.corp.example.org")], "no such host", ""),
        ([pulled_from("a", "registry.example.com"), pulled_from("b", "registry.examples.com")], "no such host", ""),
        ([pulled_from("a", "registry.example.com"), pulled_from("b", "registry.exmaple.com")], "no such host", ""),
    ],
    ids=["the only near host", "a host that is known", "another name", "two near hosts", "a host that serves others"],
)
async def test_a_registry_whose_name_nobody_knows_is_told_with_the_one_that_serves_others(
    tmp_path: Path, others: list[Obj], problem: str, image: str
) -> None:
    host = "registry.exmaple.com"
    body = running(f"{host}/shop/web:2")
    message = f'failed to do request: Head "https://{host}/v2/": dial tcp: lookup {host} on 10.0.0.2:53: {problem}'
    pulling = pod(state=waiting("ErrImagePull", message), body=body)
    own = [deployment(1, body=body), replica_set("6d4f7", 1, 3600, body), pulling]
    async with asked(tmp_path, *own, *others) as ask:
        values = facts(await ask.explain(), "template.other_value")
    corrections = [(x["attributes"]["field"], x["attributes"]["value"]) for x in values]
    assert corrections == ([("registry", image)] if image else [])


@pytest.mark.parametrize(
    ("memory", "right"), [("512m", "512Mi"), ("1288490188800m", "")], ids=["a slip", "as Kubernetes keeps 1.2Gi"]
)
async def test_memory_in_thousandths_of_a_byte_is_meant_in_megabytes(tmp_path: Path, memory: str, right: str) -> None:
    body = template(resources={"limits": {"memory": memory}, "requests": {"memory": "128Mi", "cpu": "250m"}})
    async with asked(tmp_path, deployment(1, body=body), replica_set("6d4f7", 1, 3600, body), pod(body=body)) as ask:
        values = facts(await ask.explain(), "template.other_value")
    corrections = [(x["attributes"]["name"], x["attributes"]["value"], x["attributes"]["source"]) for x in values]
    assert corrections == ([("memory limit", right, "unit")] if right else [])


@pytest.mark.parametrize(
    ("others", "image"),
    [
        (["docker.io/bitnamilegacy/web:2"], "docker.io/bitnamilegacy/web:2"),
        (["docker.io/bitnamilegacy/web:3"], ""),
        (["docker.io/bitnamilegacy/web:2", "quay.io/mirror/web:2"], ""),
    ],
    ids=["the same tag from elsewhere", "another tag from elsewhere", "two other places"],
)
async def test_an_image_that_is_gone_is_told_with_the_one_place_that_others_have_it_from(
    tmp_path: Path, others: list[str], image: str
) -> None:
    body = running("docker.io/bitnami/web:2")
    own = [deployment(1, body=body), replica_set("6d4f7", 1, 3600, body),
           pod(state=waiting("ImagePullBackOff", "not found"), body=body)]  # fmt: skip
    siblings = [
        made("Deployment", f"other-{n}", spec={"replicas": 1, "template": running(one)}, status={"readyReplicas": 1})
        for n, one in enumerate(others)
    ]
    async with asked(tmp_path, *own, *siblings) as ask:
        values = facts(await ask.explain(), "template.other_value")
    assert [x["attributes"]["value"] for x in values] == ([image] if image else [])
