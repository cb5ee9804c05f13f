"""A new image on ECS: registered, followed, and sent back when its own figures are bad; against ECS's protocol."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from infra.checks import rollout
from infra.checks.canary import Figures, RolloutError
from tests.server_aws.wire import Socket, Wire, serving_app

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
ECS = "arn:aws:ecs:eu-west-1:111122223333"
ELB = "arn:aws:elasticloadbalancing:eu-west-1:111122223333"
Json = dict[str, Any]


class Service:
    """An ECS service whose deployment takes the next of `stages` each time it is looked at, and goes back when told."""

    def __init__(self, wire: Wire, stages: list[Json]) -> None:
        self._stages, self.sent_back = stages, False
        self.image = ""
        wire.operations = {
            "DescribeServices": lambda _: {"services": [{"taskDefinition": f"{ECS}:task-definition/s:1"}]},
            "DescribeTaskDefinition": lambda _: {"taskDefinition": self._task("old:1")},
            "RegisterTaskDefinition": self._register,
            "UpdateService": lambda _: {"service": {}},
            "ListServiceDeployments": lambda _: {
                "serviceDeployments": [{"serviceDeploymentArn": "d/1", "targetServiceRevisionArn": "r/2"}]
            },
            "DescribeServiceRevisions": lambda _: {
                "serviceRevisions": [{"serviceRevisionArn": "r/2", "taskDefinition": f"{ECS}:task-definition/s:2"}]
            },
            "DescribeServiceDeployments": lambda _: {"serviceDeployments": [self._next()]},
            "StopServiceDeployment": self._stop,
        }

    def _task(self, image: str) -> Json:
        names = ("secret-files", "responder", "collector")
        containers = [{"name": name, "image": "otel:1" if name == "collector" else image} for name in names]
        return {"family": "s", "revision": 1, "status": "ACTIVE", "containerDefinitions": containers}

    def _register(self, request: Json) -> Json:
        self.image = " ".join(one["image"] for one in request["containerDefinitions"])
        assert "revision" not in request and "status" not in request
        return {"taskDefinition": {"taskDefinitionArn": f"{ECS}:task-definition/s:2"}}

    def _next(self) -> Json:
        stage = {"status": "ROLLBACK_SUCCESSFUL"} if self.sent_back else self._stages.pop(0)
        return {"serviceDeploymentArn": "d/1", "startedAt": NOW.timestamp()} | stage

    def _stop(self, request: Json) -> Json:
        self.sent_back = request == {"serviceDeploymentArn": "d/1", "stopType": "ROLLBACK"}
        return {"serviceDeploymentArn": "d/1"}


def stage(status: str, weight: float = 0) -> Json:
    return {"status": status, "targetServiceRevision": {"arn": "r/2", "requestedProductionTrafficWeight": weight}}


@pytest.fixture
def wire() -> Iterator[Wire]:
    socket = Socket()
    socket.wire = Wire(NOW)
    with serving_app(socket.app) as socket.wire.url:
        yield socket.wire


def client(wire: Wire, name: str) -> Any:
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    return boto3.client(name, endpoint_url=wire.url, region_name="eu-west-1", **keys)


def rolled_out(wire: Wire, figures: Figures) -> None:
    ecs, moments = client(wire, "ecs"), iter(NOW + timedelta(seconds=15 * n) for n in range(300))
    task = rollout.begin(ecs, "s", "new:2")
    rollout.follow(ecs, "s", task, lambda *_: figures, wait=lambda _: None, now=lambda: next(moments))


def test_a_good_version_gets_all_of_the_traffic_and_the_collector_stays_what_it_is(wire: Wire) -> None:
    service = Service(
        wire, [stage("PENDING"), stage("IN_PROGRESS", 10), stage("IN_PROGRESS", 100), stage("SUCCESSFUL")]
    )
    rolled_out(wire, Figures(200, 2, 1.5))
    assert service.image == "new:2 new:2 otel:1" and not service.sent_back


def test_a_version_that_fails_goes_back_and_the_error_says_why(wire: Wire) -> None:
    service = Service(wire, [stage("IN_PROGRESS"), stage("IN_PROGRESS", 10)])
    with pytest.raises(RolloutError, match=r"10\.0% of 200 requests failed"):
        rolled_out(wire, Figures(200, 20, 1.5))
    assert service.sent_back


def test_what_ecs_itself_took_back_is_no_success(wire: Wire) -> None:
    Service(wire, [stage("IN_PROGRESS", 10), stage("ROLLBACK_IN_PROGRESS"), stage("ROLLBACK_SUCCESSFUL")])
    with pytest.raises(RolloutError, match="ROLLBACK_SUCCESSFUL"):
        rolled_out(wire, Figures(200, 2, 1.5))


def test_a_deployment_that_never_ends_is_not_waited_for_for_ever(wire: Wire) -> None:
    Service(wire, [stage("IN_PROGRESS")] * 300)
    with pytest.raises(RolloutError, match="not finished"):
        rolled_out(wire, Figures(0, 0, None))


def test_the_figures_are_those_of_the_revisions_own_target_group(wire: Wire) -> None:
    wire.operations["GetMetricData"] = lambda _: {
        "MetricDataResults": [
            {"Id": "m0", "Values": [60.0, 40.0]},
            {"Id": "m1", "Values": [7.0]},
            {"Id": "m2", "Values": [0.5, 3.0]},
        ]
    }
    balancer = {
        "targetGroupArn": f"{ELB}:targetgroup/s-green/0123456789abcdef",
        "productionListenerRule": f"{ELB}:listener-rule/app/s/fedcba9876543210/1111111111111111/2222222222222222",
    }
    revision = {"resolvedConfiguration": {"loadBalancers": [balancer]}}
    figures = rollout.measured(client(wire, "cloudwatch"), revision, NOW - timedelta(minutes=5), NOW)
    assert figures == Figures(100, 7, 3.0)
    ((_, request),) = wire.asked
    dimensions = request["MetricDataQueries"][0]["MetricStat"]["Metric"]["Dimensions"]
    assert {one["Name"]: one["Value"] for one in dimensions} == {
        "TargetGroup": "targetgroup/s-green/0123456789abcdef",
        "LoadBalancer": "app/s/fedcba9876543210",
    }
