from __future__ import annotations

from typing import Any

from tests.lab_telemetry.pair import Pair

NAMESPACE = "AWS/ApplicationELB"


def ingress(**backend: Any) -> dict[str, Any]:
    service = {"name": "front", "port": {"number": 80}, **backend}
    rule = {"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": service}}]}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {
            "name": "public",
            "namespace": "web",
            "annotations": {"alb.ingress.kubernetes.io/load-balancer-name": "shop"},
        },
        "spec": {"ingressClassName": "alb", "rules": [rule]},
    }


def publish() -> Pair:
    return Pair(manifests=[ingress()], front={"ingress": "public", "calls": []})


def where(pair: Pair, *, group: bool = False) -> dict[str, str]:
    """The dimensions that the load balancer's requests were last counted under."""
    results = [dict(key[2]) for key, _ in pair.world.metrics.find(NAMESPACE, "RequestCount")]
    return next(d for d in results if ("TargetGroup" in d) == group)


def count(pair: Pair, metric: str, *, group: bool = False) -> float:
    return pair.summed(NAMESPACE, metric, where(pair, group=group))


def hosts(pair: Pair) -> tuple[float, float]:
    series = [
        pair.world.metrics.get(NAMESPACE, m, where(pair, group=True))
        for m in ("HealthyHostCount", "UnHealthyHostCount")
    ]
    return tuple(s.values[-1] if s else -1 for s in series)  # type: ignore[return-value]


def test_a_load_balancer_counts_requests_for_itself_and_for_its_target_group() -> None:
    pair = publish()
    names = where(pair, group=True)
    assert names["LoadBalancer"].startswith("app/shop/")
    assert names["TargetGroup"].startswith("targetgroup/k8s-web-front-")
    assert count(pair, "RequestCount") == count(pair, "RequestCount", group=True) > 200
    assert count(pair, "HTTPCode_Target_2XX_Count", group=True) == count(pair, "RequestCount")
    assert hosts(pair) == (2, 0)


def test_an_ingress_says_by_which_name_its_balancer_is_reached() -> None:
    ingress = publish().world.objects.get("Ingress", "web", "public")
    assert ingress is not None
    host = ingress["status"]["loadBalancer"]["ingress"][0]["hostname"]
    assert host.startswith("shop-")
    assert host.endswith(".eu-west-1.elb.amazonaws.com")


def test_errors_of_targets_are_not_errors_of_the_balancer() -> None:
    pair = publish()
    pair.befall(image={"front:1": {"failing_share": 1.0}})
    pair.advance(60)
    assert count(pair, "HTTPCode_Target_5XX_Count", group=True) == count(pair, "RequestCount") > 200
    assert count(pair, "HTTPCode_ELB_5XX_Count") == 0


def test_a_port_on_which_no_target_listens_is_502_and_unhealthy() -> None:
    pair = publish()
    pair.patch("Service", "web", "front", {"spec": {"ports": [{"port": 80, "protocol": "TCP", "targetPort": 8181}]}})
    pair.advance(60)
    assert count(pair, "HTTPCode_ELB_502_Count") == count(pair, "HTTPCode_ELB_5XX_Count") == count(pair, "RequestCount")
    assert count(pair, "TargetConnectionErrorCount") > 200
    assert count(pair, "HTTPCode_Target_5XX_Count") == 0
    assert hosts(pair) == (0, 2)


def test_without_a_target_the_balancer_answers_503() -> None:
    pair = publish()
    pair.patch("Deployment", "web", "front", {"spec": {"replicas": 0}})
    pair.advance(90)
    assert count(pair, "HTTPCode_ELB_503_Count") == count(pair, "RequestCount") > 200
    assert hosts(pair) == (0, 0)


def test_a_policy_that_shuts_the_balancer_out_is_504() -> None:
    pair = publish()
    meta = {"name": "shut", "namespace": "web"}
    spec = {"podSelector": {}, "policyTypes": ["Ingress"]}
    pair.apply({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta, "spec": spec})
    pair.advance(60)
    assert count(pair, "HTTPCode_ELB_504_Count") == count(pair, "RequestCount") > 200


def test_an_ingress_for_a_service_that_is_not_there_answers_503_by_itself() -> None:
    pair = publish()
    pair.apply(ingress(name="nobody"))
    pair.advance(60)
    assert count(pair, "HTTPCode_ELB_503_Count") == count(pair, "RequestCount") > 200


def test_an_ingress_of_another_class_is_served_by_nobody() -> None:
    pair = publish()
    pair.patch("Ingress", "web", "public", {"spec": {"ingressClassName": "nginx"}})
    pair.advance(60)
    assert count(pair, "HTTP_Fixed_Response_Count") > 200
    assert count(pair, "HTTPCode_Target_2XX_Count") == 0
