from __future__ import annotations

from typing import Any

import pytest

from sre_lab.history import build
from sre_lab.scenario import Dependency, Fault, ImageProfile, Scenario, ScenarioError, Traffic
from sre_lab.world import World

from .shop import BROKEN, NOW, deployment, service


def scenario(*faults: Fault, applications: int = 1, **parts: object) -> Scenario:
    names = ["api", *(f"app{i}" for i in range(1, applications))]
    return Scenario.model_validate(
        {
            "name": "test",
            "title": "A test",
            "story": "Something breaks.",
            "manifests": [m for name in names for m in (deployment(name), service(name))],
            "faults": faults,
            "trigger": "none",
            **parts,
        }
    )


def new_image(image: str, at: float) -> Fault:
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "api", "image": image}]}}}}
    return Fault(at=at, patch={"kind": "Deployment", "namespace": "shop", "name": "api", "patch": patch})


def images(world: World) -> set[str]:
    return {p["spec"]["containers"][0]["image"] for p in world.objects.all("Pod", "shop")}


def test_a_fault_of_the_past_has_happened_and_one_of_the_future_has_not() -> None:
    world = build(scenario(new_image("api:2", -600), new_image("api:3", 30)), now=NOW)
    assert world.clock.now() == NOW
    assert images(world) == {"api:2"}
    world.clock.advance(90)
    assert images(world) == {"api:3"}


def test_every_kind_of_fault_changes_its_fact() -> None:
    config = {"kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "shop"}, "data": {"A": "b"}}
    fault = Fault(
        at=-60,
        apply=[config],
        delete={"kind": "Service", "namespace": "shop", "name": "api"},
        image={"api:1": ImageProfile(cpu="2")},
        dependency={"orders-db": False},
        rate={"shop/api": 99.0},
    )
    parts: dict[str, Any] = {
        "dependencies": [Dependency(name="orders-db", kind="rds")],
        "traffic": [Traffic(service="api", namespace="shop")],
    }
    world = build(scenario(fault, **parts), now=NOW)
    assert world.objects.get("ConfigMap", "shop", "settings") is not None
    assert world.objects.get("Service", "shop", "api") is None
    assert world.images["api:1"].cpu == "2"
    assert world.dependencies["orders-db"].up is False
    assert world.traffic[("shop", "api")].rate == 99.0


@pytest.mark.parametrize(
    "fault",
    [
        Fault(at=-60, patch={"kind": "Deployment", "namespace": "shop", "name": "nobody", "patch": {}}),
        Fault(at=-60, delete={"kind": "Deployment", "namespace": "shop", "name": "nobody"}),
        Fault(at=-60, dependency={"nobody": False}),
        Fault(at=-60, rate={"nobody": 1.0}),
    ],
)
def test_a_fault_that_names_nothing_is_an_error_of_the_scenario(fault: Fault) -> None:
    with pytest.raises(ScenarioError, match="nobody"):
        build(scenario(fault), now=NOW)


def test_one_seed_gives_one_history() -> None:
    one, other = (build(scenario(new_image("api:2", -600), images={"api:2": BROKEN}), now=NOW) for _ in range(2))
    assert [one.objects.all(kind) for kind in sorted(one.objects.kinds())] == [
        other.objects.all(kind) for kind in sorted(other.objects.kinds())
    ]


def test_half_an_hour_of_a_quiet_cluster_changes_little() -> None:
    world = build(scenario(applications=6), now=NOW)
    assert len(world.objects.all("Pod", "shop")) == 18
    assert world.objects.version < 3000
