"""Scheduling many pods: what is remembered of nodes saves work and never decides wrongly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from sre_lab.behaviour.controllers.fit_cache import FitCache
from sre_lab.behaviour.controllers.hosts import Host, Hosts
from sre_lab.objects.store import Obj
from tests.lab_controllers.shop import Shop, deployment


def spread(shop: Shop, app: str) -> Counter[str]:
    return Counter(pod["spec"].get("nodeName", "") for pod in shop.pods(app))


def _pending(shop: Shop, manifest: Obj) -> list[Obj]:
    shop.apply(manifest)
    return shop.pods(manifest["metadata"]["name"])


def asking(cpu: str, **pod: object) -> Obj:
    container = {"name": "app", "image": "app:1", "resources": {"requests": {"cpu": cpu}}}
    return {"containers": [container], **pod}


def test_equal_pods_share_the_looks_at_the_nodes(shop: Shop) -> None:
    shop.apply(deployment("cart", replicas=4, pod={"schedulerName": "nobody"}))
    looks = 0

    def judging(pod: Obj) -> Callable[[Host], str]:
        def judge(host: Host) -> str:
            nonlocal looks
            looks += 1
            return f"{host.name}: {len(host.pods)}"

        return judge

    judgements = FitCache(Hosts(shop.world), judging)
    one, *others = shop.pods("cart")
    for pod in others:
        assert judgements.of(pod) == judgements.of(one)
    assert looks == 6
    shop.apply(deployment("till", replicas=1))
    (till,) = shop.pods("till")
    result = judgements.of(one)
    assert looks == 7
    node = till["spec"]["nodeName"]
    assert result[node] == f"{node}: {len([p for p in shop.all('Pod') if p['spec'].get('nodeName') == node])}"
    (other,) = _pending(shop, deployment("other", replicas=1, pod=asking("1", schedulerName="nobody")))
    judgements.of(other)
    assert looks == 13


def test_a_cordoned_node_gets_no_further_pod_of_a_known_kind(shop: Shop) -> None:
    shop.apply(deployment("cart", replicas=6))
    assert spread(shop, "cart") == {f"worker-{number}": 1 for number in range(1, 7)}
    shop.patch("Node", "worker-3", {"spec": {"unschedulable": True}})
    shop.patch("Deployment", "cart", {"spec": {"replicas": 16}})
    assert spread(shop, "cart") == {"worker-3": 1} | {f"worker-{number}": 3 for number in (1, 2, 4, 5, 6)}


def test_a_node_is_filled_to_what_it_has_and_no_further(shop: Shop) -> None:
    shop.apply(deployment("big", replicas=40, pod=asking("1")))
    placement = spread(shop, "big")
    waiting = placement.pop("")
    assert len(set(placement.values())) == 1 and set(placement) == {f"worker-{number}" for number in range(1, 7)}
    shop.patch("Deployment", "big", {"spec": {"replicas": 40 - waiting}})
    shop.apply(deployment("small", replicas=1, pod=asking("1")))
    assert spread(shop, "small") == {"": 1}
    shop.delete("Pod", shop.pods("big")[0]["metadata"]["name"], wait=60)
    assert spread(shop, "small") + spread(shop, "big") == placement + Counter({"": 1})


def test_pods_that_must_not_meet_are_judged_by_what_is_there_now(shop: Shop) -> None:
    term = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "cart"}}}
    affinity = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    shop.apply(deployment("cart", replicas=7, pod=asking("10m", affinity=affinity)))
    assert spread(shop, "cart") == {"": 1} | {f"worker-{number}": 1 for number in range(1, 7)}


def test_a_pod_that_vanishes_at_once_is_replaced(shop: Shop) -> None:
    shop.apply(deployment("cart", replicas=2))
    name = shop.pods("cart")[0]["metadata"]["name"]
    shop.world.objects.delete("Pod", "shop", name)
    shop.world.clock.advance(10)
    assert len(shop.pods("cart")) == 2 and name not in {p["metadata"]["name"] for p in shop.pods("cart")}
