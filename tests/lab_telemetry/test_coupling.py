from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from sre_lab.history import build
from sre_lab.scenario import Scenario
from tests.lab_telemetry.conftest import SHOP, START, Lab

Shop = Callable[..., Lab]
ERRORS, REQUESTS = "HTTPCode_Target_5XX_Count", "RequestCount"
AWAY = {"at": "-60s", "dependency": {"cart-db": False}}


def total(lab: Lab, metric: str, seconds: float, *, namespace: str = "Shop/Services", **dimensions: str) -> float:
    """The sum of a metric over the last `seconds`."""
    series = lab.world.metrics.get(namespace, metric, dimensions or {"Service": "cart"})
    return sum(v * n for _, v, n in series.between(lab.now - seconds, lab.now)) if series else 0.0


def alarm(lab: Lab) -> str:
    return str(lab.client("cloudwatch").describe_alarms(AlarmNames=["cart-5xx"])["MetricAlarms"][0]["StateValue"])


def image_patch(image: str, at: str = "-60s") -> dict[str, Any]:
    spec = {"template": {"spec": {"containers": [{"name": "cart", "image": image}]}}}
    patch = {"spec": {**spec, "strategy": {"type": "Recreate", "rollingUpdate": None}}}
    return {"at": at, "patch": {"kind": "Deployment", "namespace": "default", "name": "cart", "patch": patch}}


def test_a_healthy_service_is_quiet(shop: Shop) -> None:
    lab = shop()
    assert 5500 < total(lab, REQUESTS, 600) < 6500
    assert total(lab, ERRORS, 600) == 0
    assert alarm(lab) == "OK"
    changes = lab.client("cloudwatch").describe_alarm_history(AlarmName="cart-5xx", HistoryItemType="StateUpdate")
    assert [item["HistorySummary"] for item in changes["AlarmHistoryItems"]] == [
        "Alarm updated from INSUFFICIENT_DATA to OK"
    ]


def test_a_crashing_release_fails_requests_and_healing_ends_it(shop: Shop) -> None:
    lab = shop(faults=[image_patch("cart:2")])
    assert total(lab, ERRORS, 30) > 100
    assert alarm(lab) == "ALARM"
    lab.world.clock.after(0, lambda: roll_back(lab))
    lab.advance(60)
    assert total(lab, ERRORS, 20) == 0
    assert alarm(lab) == "OK"


def roll_back(lab: Lab) -> None:
    def change(deployment: dict[str, Any]) -> None:
        deployment["spec"]["template"]["spec"]["containers"][0]["image"] = "cart:1"

    lab.world.objects.edit("Deployment", "default", "cart", change)


def test_a_database_that_is_gone_fails_every_request_and_is_named_in_the_log(shop: Shop) -> None:
    lab = shop(faults=[AWAY])
    assert total(lab, ERRORS, 40) == total(lab, REQUESTS, 40) > 300
    connections = lab.world.metrics.get("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "cart-db"})
    assert connections is not None
    assert (connections.values[0], connections.values[-1]) == (10.0, 0.0)
    events = lab.client("logs").filter_log_events(logGroupName="/shop/cart", filterPattern="ERROR")["events"]
    assert {event["message"] for event in events} == {"ERROR no answer from db.test:5432"}
    pods = {pod["metadata"]["name"] for pod in lab.world.objects.all("Pod", "default")}
    assert {event["logStreamName"] for event in events} == pods
    assert len(events) <= 2 * 60 / 5 + 2
    lab.world.dependencies["cart-db"] = lab.world.dependencies["cart-db"].model_copy(update={"up": True})
    lab.advance(30)
    assert total(lab, ERRORS, 20) == 0
    assert alarm(lab) == "OK"


def test_a_table_below_its_demand_throttles_the_excess_until_it_is_raised(shop: Shop) -> None:
    lab = shop(faults=[{"at": "-60s", "rate": {"cart": 40}}])
    table = {"namespace": "AWS/DynamoDB", "TableName": "carts"}
    assert total(lab, "WriteThrottleEvents", 40, **table) == 800
    assert total(lab, "ConsumedWriteCapacityUnits", 40, **table) == 800
    assert 700 < total(lab, ERRORS, 40) < 900
    lab.client("dynamodb").update_table(
        TableName="carts", ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 60}
    )
    lab.advance(20)
    assert total(lab, ERRORS, 10) == total(lab, "WriteThrottleEvents", 10, **table) == 0
    assert total(lab, "ProvisionedWriteCapacityUnits", 5, **table) == 60


def test_a_service_whose_port_nothing_listens_on_fails_its_requests(shop: Shop) -> None:
    service = {"kind": "Service", "namespace": "default", "name": "cart"}
    lab = shop(
        faults=[{"at": "-60s", "patch": {**service, "patch": {"spec": {"ports": [{"port": 80, "targetPort": 81}]}}}}]
    )
    assert total(lab, ERRORS, 30) == total(lab, REQUESTS, 30) > 200


def test_container_lines_are_shipped_in_order_with_their_own_times(shop: Shop) -> None:
    lab = shop(faults=[AWAY])
    query = (
        "fields log, kubernetes.pod_name as pod | filter kubernetes.namespace_name = 'default' | stats count(*) by pod"
    )
    client = lab.client("logs")
    started = client.start_query(
        logGroupName="/aws/containerinsights/test/application",
        startTime=int(START) - 600,
        endTime=int(START),
        queryString=query,
    )
    assert len(client.get_query_results(queryId=started["queryId"])["results"]) == 2
    lines = lab.world.logs.between("/shop/cart", 0, START)
    sales = [line.at for line in lines if line.message == "INFO sold" and line.stream == lines[0].stream]
    assert {round(b - a, 3) for a, b in pairwise(sales)} == {20.0}
    pod = lab.world.containers.run("default", lines[0].stream, "cart")
    assert pod is not None
    assert [at for at, _ in pod.lines] == sorted(at for at, _ in pod.lines)


def test_container_insights_measures_the_workload(shop: Shop) -> None:
    lab = shop(faults=[image_patch("cart:2", "-5m")])
    stats = lab.client("cloudwatch").get_metric_statistics(
        Namespace="ContainerInsights",
        MetricName="pod_number_of_container_restarts",
        Dimensions=[
            {"Name": "ClusterName", "Value": "test"},
            {"Name": "Namespace", "Value": "default"},
            {"Name": "PodName", "Value": "cart"},
        ],
        StartTime=datetime.fromtimestamp(START - 600, UTC),
        EndTime=datetime.fromtimestamp(START + 1, UTC),
        Period=60,
        Statistics=["Maximum"],
    )
    points = [point["Maximum"] for point in stats["Datapoints"]]
    assert points[0] == 0
    assert points[-1] >= 4
    metrics = lab.client("cloudwatch").list_metrics(Namespace="ContainerInsights")["Metrics"]
    assert "pod_memory_utilization_over_pod_limit" in {metric["MetricName"] for metric in metrics}


def test_one_seed_gives_one_history() -> None:
    scenario = Scenario.model_validate({**SHOP, "faults": [AWAY]})
    one, other = (build(scenario, now=START) for _ in range(2))
    assert [(k, s.values) for k, s in one.metrics.find()] == [(k, s.values) for k, s in other.metrics.find()]
