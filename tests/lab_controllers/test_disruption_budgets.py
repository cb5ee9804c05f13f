from __future__ import annotations

import pytest

from .shop import Obj, Shop, deployment


def budget(**spec: object) -> Obj:
    body = {"selector": {"matchLabels": {"app": "cart"}}, **spec}
    return {"kind": "PodDisruptionBudget", "metadata": {"name": "cart", "namespace": "shop"}, "spec": body}


@pytest.mark.parametrize(
    ("spec", "needed", "allowed"),
    [
        ({"minAvailable": 3}, 3, 0),
        ({"minAvailable": 1}, 1, 2),
        ({"minAvailable": "50%"}, 2, 1),
        ({"maxUnavailable": 1}, 2, 1),
        ({"maxUnavailable": "34%"}, 1, 2),
    ],
)
def test_a_budget_says_how_many_pods_may_go(shop: Shop, spec: Obj, needed: int, allowed: int) -> None:
    shop.apply(deployment("cart"), budget(**spec))
    status = shop.get("PodDisruptionBudget", "cart")["status"]
    assert (status["expectedPods"], status["currentHealthy"]) == (3, 3)
    assert (status["desiredHealthy"], status["disruptionsAllowed"]) == (needed, allowed)
    (condition,) = status["conditions"]
    expected = ("True", "SufficientPods") if allowed else ("False", "InsufficientPods")
    assert (condition["type"], condition["status"], condition["reason"]) == ("DisruptionAllowed", *expected)


def test_a_budget_follows_the_health_of_its_pods(shop: Shop) -> None:
    shop.apply(deployment("cart"), budget(minAvailable=2))
    before = shop.get("PodDisruptionBudget", "cart")["status"]
    shop.patch("Deployment", "cart", {"spec": {"replicas": 2}})
    after = shop.get("PodDisruptionBudget", "cart")["status"]
    assert (before["disruptionsAllowed"], after["disruptionsAllowed"], after["currentHealthy"]) == (1, 0, 2)
    assert after["conditions"][0]["lastTransitionTime"] > before["conditions"][0]["lastTransitionTime"]


def test_a_budget_that_selects_nothing_says_so_once(shop: Shop) -> None:
    shop.apply(budget(minAvailable=1), wait=60)
    status = shop.get("PodDisruptionBudget", "cart")["status"]
    assert (status["expectedPods"], status["disruptionsAllowed"]) == (0, 0)
    (event,) = [e for e in shop.all("Event") if e["reason"] == "NoPods"]
    assert (event["message"], event["source"]) == ("No matching pods found", {"component": "controllermanager"})
    assert event["count"] == 1
