from __future__ import annotations

from typing import Any

from sre_lab.behaviour.kubelet.usage import pod_usage
from tests.lab_telemetry.pair import COMPLAINS, ERRORS, Pair, deployment

WORKER = {"front:1": COMPLAINS | {"cpu": "50m", "cpu_per_request": "20m"}}


def with_limits(**resources: str) -> dict[str, Any]:
    return {"manifests": [deployment("front", "web", container={"resources": {"limits": resources}})]}


def latest(pair: Pair, space: str, metric: str, **where: str) -> float:
    series = pair.world.metrics.get(space, metric, where)
    assert series is not None, f"nothing was measured of {metric} {where}"
    return series.values[-1]


def test_cpu_follows_the_requests_up_to_the_limit() -> None:
    pair = Pair(images=WORKER, front={"calls": []}, **with_limits(cpu="400m"))
    pods = pair.world.objects.all("Pod", "web")
    assert [pod_usage(pair.world, pod)["front"][0] for pod in pods] == [150_000_000] * 2
    pair.befall(rate={"front": 100})
    pair.advance(90)
    assert [pod_usage(pair.world, pod)["front"][0] for pod in pods] == [400_000_000] * 2
    name = pods[0]["metadata"]["name"]
    for metric, least in (("cfs_throttled_seconds_total", 30), ("usage_seconds_total", 40)):
        message = pair.world.metrics.find("prometheus", f"container_cpu_{metric}")
        [series] = [series for (_, _, labels), series in message if ("pod", name) in labels]
        assert series.values[-1] > least


def test_a_surge_makes_requests_slow_and_then_fail_until_there_are_pods_enough() -> None:
    pair = Pair(images=WORKER, front={"calls": []}, **with_limits(cpu="400m"))
    usual = latest(pair, "Shop/Services", "Latency", Service="front")
    pair.befall(rate={"front": 34})
    pair.advance(30)
    assert latest(pair, "Shop/Services", "Latency", Service="front") > 3 * usual
    assert pair.total(ERRORS) == 0
    pair.befall(rate={"front": 70})
    pair.advance(60)
    assert 0.4 < pair.failing() < 0.6
    assert pair.last_line().endswith("context deadline exceeded")
    pair.patch("Deployment", "web", "front", {"spec": {"replicas": 6}})
    pair.advance(90)
    assert pair.failing() == 0


def test_memory_that_grows_with_requests_ends_in_an_oom_kill() -> None:
    images = {"front:1": {"memory": {"start": "64Mi", "peak": "64Mi", "per_request": "64Ki"}}}
    pair = Pair(images=images, front={"rate": 20, "calls": []}, **with_limits(memory="128Mi"))
    finished = [
        (status.get("lastState") or status["state"]).get("terminated", {}).get("reason")
        for pod in pair.world.objects.all("Pod", "web")
        for status in pod["status"]["containerStatuses"]
    ]
    assert finished == ["OOMKilled"] * 2
    quiet = Pair(images=images, front={"rate": 1, "calls": []}, **with_limits(memory="128Mi"))
    assert all(s["restartCount"] == 0 for p in quiet.world.objects.all("Pod") for s in p["status"]["containerStatuses"])


def test_a_database_grants_its_connections_and_no_more() -> None:
    database = {"name": "db", "kind": "rds", "address": "db.test:5432", "max_connections": 30, "pool": 5}
    images = {"front:1": COMPLAINS, "reports:1": {"holds_connections": {"db": 10}}}
    pair = Pair(
        images=images,
        front={"depends_on": ["db"], "calls": []},
        dependencies=[database],
        manifests=[deployment("reports", "web", replicas=1)],
    )
    assert pair.failing() == 0
    assert latest(pair, "AWS/RDS", "DatabaseConnections", DBInstanceIdentifier="db") == 20
    pair.patch("Deployment", "web", "reports", {"spec": {"replicas": 5}})
    pair.advance(60)
    assert latest(pair, "AWS/RDS", "DatabaseConnections", DBInstanceIdentifier="db") == 30
    assert 0.4 < pair.failing() < 0.6
    assert "too many clients" in pair.last_line()


QUEUE = {"name": "jobs", "kind": "sqs", "arrivals": 8}


def with_queue(**fields: Any) -> Pair:
    works = {"consumes": {"queue": "jobs", "rate": 5, "error_log": "{time} ERROR {dependency}: {error}"}}
    worker = deployment("worker", "web")
    return Pair(images={"worker:1": works}, manifests=[worker], dependencies=[{**QUEUE, **fields}], history="6m")


def test_a_queue_stays_short_while_consumers_keep_up() -> None:
    pair = with_queue()
    assert latest(pair, "AWS/SQS", "ApproximateNumberOfMessagesVisible", QueueName="jobs") == 0
    assert latest(pair, "AWS/SQS", "ApproximateAgeOfOldestMessage", QueueName="jobs") == 0
    assert 400 < latest(pair, "AWS/SQS", "NumberOfMessagesDeleted", QueueName="jobs") < 560


def test_a_queue_with_too_few_consumers_grows_old_and_more_of_them_drain_it() -> None:
    pair = with_queue()
    pair.befall(dependency={"jobs": {"arrivals": 20}})
    pair.advance(300)
    assert latest(pair, "AWS/SQS", "ApproximateNumberOfMessagesVisible", QueueName="jobs") > 2000
    assert latest(pair, "AWS/SQS", "ApproximateAgeOfOldestMessage", QueueName="jobs") > 90
    pair.patch("Deployment", "web", "worker", {"spec": {"replicas": 12}})
    pair.advance(300)
    assert latest(pair, "AWS/SQS", "ApproximateNumberOfMessagesVisible", QueueName="jobs") == 0


def test_a_message_that_cannot_be_worked_off_stops_its_queue() -> None:
    pair = with_queue()
    pair.befall(dependency={"jobs": {"blocked": "cannot parse order 4711"}})
    pair.advance(180)
    assert latest(pair, "AWS/SQS", "NumberOfMessagesDeleted", QueueName="jobs") == 0
    assert latest(pair, "AWS/SQS", "NumberOfMessagesReceived", QueueName="jobs") > 0
    assert pair.last_line("worker") == "ERROR jobs: cannot parse order 4711"
