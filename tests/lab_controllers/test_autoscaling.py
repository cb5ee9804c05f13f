"""What the autoscaler decides from usage, how fast it acts, and what it says when it cannot."""

from __future__ import annotations

from typing import Any

from sre_lab.kubernetes import deletion
from sre_lab.kubernetes.metrics import availability
from sre_lab.scenario import ImageProfile

from .shop import Obj, Shop, deployment


def autoscaler(*metrics: Obj, most: int = 10, least: int = 1, target: str = "cart", **spec: Any) -> Obj:
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": target}
    body = {"scaleTargetRef": reference, "minReplicas": least, "maxReplicas": most, "metrics": list(metrics), **spec}
    meta = {"name": "cart", "namespace": "shop"}
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": meta, "spec": body}


def cpu(percent: int) -> Obj:
    target = {"type": "Utilization", "averageUtilization": percent}
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


def asking(name: str = "cart", replicas: int = 2, **requests: str) -> Obj:
    result = deployment(name, replicas=replicas)
    result["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": requests}
    return result


def busy(shop: Shop, amount: str, memory: str = "64Mi") -> None:
    behaviour = {"cpu": amount, "memory": {"start": memory, "peak": memory}}
    shop.world.images["cart:1"] = ImageProfile.model_validate(behaviour)


def conditions(shop: Shop) -> dict[str, tuple[str, str, str]]:
    status = shop.get("HorizontalPodAutoscaler", "cart")["status"]
    return {c["type"]: (c["status"], c["reason"], c["message"]) for c in status["conditions"]}


def size(shop: Shop) -> int:
    return int(shop.get("Deployment", "cart")["spec"]["replicas"])


def shop_with_metrics() -> Shop:
    """A cluster whose metrics server has come up."""
    shop = Shop()
    shop.world.clock.advance(120)
    return shop


def test_usage_above_the_target_adds_replicas() -> None:
    shop = shop_with_metrics()
    busy(shop, "150m")
    shop.apply(asking(cpu="100m"), autoscaler(cpu(50)), wait=420)
    assert size(shop) >= 4
    assert shop.events("SuccessfulRescale")[0].endswith(
        "reason: cpu resource utilization (percentage of request) above target"
    )
    status = shop.get("HorizontalPodAutoscaler", "cart")["status"]
    current = status["currentMetrics"][0]["resource"]["current"]
    assert current == {"averageUtilization": 150, "averageValue": "150m"}
    assert conditions(shop)["ScalingActive"][1] == "ValidMetricFound"


def test_usage_near_the_target_changes_nothing() -> None:
    shop = shop_with_metrics()
    busy(shop, "54m")
    shop.apply(asking(cpu="100m"), autoscaler(cpu(50)), wait=900)
    assert size(shop) == 2
    assert conditions(shop)["AbleToScale"] == ("True", "ReadyForNewScale", "recommended size matches current size")
    assert conditions(shop)["ScalingLimited"][1] == "DesiredWithinRange"


def test_fewer_replicas_come_only_after_five_quiet_minutes() -> None:
    shop = shop_with_metrics()
    busy(shop, "50m")
    shop.apply(asking(replicas=6, cpu="100m"), autoscaler(cpu(50), least=2), wait=420)
    assert size(shop) == 6
    busy(shop, "10m")
    shop.world.clock.advance(240)
    assert size(shop) == 6
    assert conditions(shop)["AbleToScale"][1] == "ScaleDownStabilized"
    shop.world.clock.advance(120)
    assert size(shop) == 2
    assert shop.events("SuccessfulRescale") == ["New size: 2; reason: All metrics below target"]


def test_the_declared_maximum_is_kept_and_said() -> None:
    shop = shop_with_metrics()
    busy(shop, "500m")
    shop.apply(asking(cpu="100m"), autoscaler(cpu(50), most=3), wait=420)
    assert size(shop) == 3
    text = "the desired replica count is more than the maximum replica count"
    assert conditions(shop)["ScalingLimited"] == ("True", "TooManyReplicas", text)


def test_a_policy_bounds_the_rate_of_growth() -> None:
    shop = shop_with_metrics()
    busy(shop, "500m")
    slow = {"scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]}}
    shop.apply(asking(cpu="100m"), autoscaler(cpu(50), behavior=slow), wait=100)
    before = size(shop)
    shop.world.clock.advance(120)
    assert before < size(shop) <= before + 3
    text = "the desired replica count is increasing faster than the maximum scale rate"
    assert conditions(shop)["ScalingLimited"] == ("True", "ScaleUpLimit", text)


def test_a_target_without_requests_cannot_be_judged() -> None:
    shop = shop_with_metrics()
    shop.apply(deployment("cart"), autoscaler(cpu(50)), wait=420)
    state, reason, text = conditions(shop)["ScalingActive"]
    assert (state, reason) == ("False", "FailedGetResourceMetric")
    assert text.startswith(
        "the HPA was unable to compute the replica count: failed to get cpu utilization: missing request for cpu in "
        "container cart of Pod cart-"
    )
    assert shop.events("FailedComputeMetricsReplicas")[0].startswith(
        "invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: "
    )
    assert size(shop) == 3


def test_without_the_metrics_api_the_autoscaler_says_what_it_asked_for() -> None:
    shop = Shop(metrics_server=False)
    shop.apply(asking(cpu="100m"), autoscaler(cpu(70), least=2, most=6), wait=40)
    problem = (
        "failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource "
        "metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)"
    )
    assert shop.events("FailedGetResourceMetric") == [problem]
    status = shop.get("HorizontalPodAutoscaler", "cart")["status"]
    assert (status["currentReplicas"], status["desiredReplicas"], status["currentMetrics"]) == (2, 0, [{"type": ""}])
    assert list(conditions(shop)) == ["AbleToScale", "ScalingActive"]


def test_a_metrics_server_without_ready_pods_makes_the_api_unavailable_until_it_is_back() -> None:
    shop = shop_with_metrics()
    busy(shop, "150m")
    scale = shop.world.objects.edit
    scale("Deployment", "kube-system", "metrics-server", lambda d: d["spec"].update(replicas=0))
    shop.apply(asking(cpu="100m"), autoscaler(cpu(50)), wait=420)
    assert "the server is currently unable to handle the request" in conditions(shop)["ScalingActive"][2]
    registered = shop.world.objects.get("APIService", "", "v1beta1.metrics.k8s.io")
    assert registered is not None
    (available,) = registered["status"]["conditions"]
    assert (available["status"], available["reason"]) == ("False", "MissingEndpoints")
    assert size(shop) == 2
    scale("Deployment", "kube-system", "metrics-server", lambda d: d["spec"].update(replicas=1))
    shop.world.clock.advance(120)
    assert size(shop) > 2


def test_average_values_of_memory_count_in_bytes() -> None:
    shop = shop_with_metrics()
    busy(shop, "10m", memory="300Mi")
    target = {"type": "AverageValue", "averageValue": "100Mi"}
    metric = {"type": "Resource", "resource": {"name": "memory", "target": target}}
    shop.apply(asking(memory="100Mi", cpu="10m"), autoscaler(metric, most=4), wait=120)
    assert size(shop) == 4
    assert shop.events("SuccessfulRescale")[0] == "New size: 4; reason: memory resource above target"


def test_one_container_of_a_pod_can_be_what_counts() -> None:
    shop = shop_with_metrics()
    busy(shop, "100m")
    target = {"type": "Utilization", "averageUtilization": 50}
    metric = {"type": "ContainerResource", "containerResource": {"name": "cpu", "container": "cart", "target": target}}
    shop.apply(asking(cpu="100m"), autoscaler(metric), wait=420)
    reason = shop.events("SuccessfulRescale")[0].partition("reason: ")[2]
    assert reason == "cpu container resource utilization (percentage of request) above target"


def test_pods_that_never_become_ready_do_not_add_replicas() -> None:
    shop = shop_with_metrics()
    behaviour = {"cpu": "400m", "probes": {"/": [{"status": 503}]}}
    shop.world.images["cart:1"] = ImageProfile.model_validate(behaviour)
    sick = asking(cpu="100m")
    probe = {"httpGet": {"path": "/", "port": 8080}}
    sick["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] = probe
    shop.apply(sick, autoscaler(cpu(50)), wait=900)
    assert size(shop) == 2
    assert "did not receive metrics for targeted pods (pods might be unready)" in conditions(shop)["ScalingActive"][2]


def test_a_missing_target_is_said() -> None:
    shop = shop_with_metrics()
    shop.apply(autoscaler(cpu(50), target="gone"), wait=40)
    assert shop.events("FailedGetScale") == ['deployments.apps "gone" not found']
    assert conditions(shop)["AbleToScale"][1] == "FailedGetScale"


def test_a_target_at_zero_stays_there() -> None:
    shop = shop_with_metrics()
    shop.apply(asking(replicas=0, cpu="100m"), autoscaler(cpu(50)), wait=60)
    assert size(shop) == 0
    assert conditions(shop)["ScalingActive"][1] == "ScalingDisabled"


def test_metrics_of_applications_need_an_adapter() -> None:
    shop = shop_with_metrics()
    target = {"type": "AverageValue", "averageValue": "10"}
    metric = {"type": "Pods", "pods": {"metric": {"name": "orders_waiting"}, "target": target}}
    shop.apply(asking(cpu="100m"), autoscaler(metric), wait=40)
    assert shop.events("FailedGetPodsMetric") == [
        "unable to get metric orders_waiting: unable to fetch metrics from custom metrics API: no custom metrics API "
        "(custom.metrics.k8s.io) registered"
    ]


def test_the_metrics_group_vanishes_with_its_registration() -> None:
    shop = shop_with_metrics()
    assert availability(shop.world) == "served"
    deletion.delete(shop.world, "APIService", "", "v1beta1.metrics.k8s.io")
    assert availability(shop.world) == "absent"
