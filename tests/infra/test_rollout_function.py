"""New code of a Lambda function, against Lambda's protocol: its share of the calls, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.checks import rollout_function
from infra.checks.canary import Figures, RolloutError
from infra.checks.rollout_function import FunctionRollout
from tests.infra.iam import INFRA
from tests.server_aws.wire import Socket, Wire, serving_app

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
KEYS = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
SOURCE = INFRA / "terraform" / "modules" / "intake_lambda" / "function" / "intake.py"
Figuring = Callable[[str, datetime], Figures]


class Lambda:
    """A function with version 1 behind the alias `live`. `routes` are what the alias was given, in order."""

    def __init__(self) -> None:
        self.versions, self.states = {"1": b"the code before"}, ["Pending", "Active"]
        self.alias: dict[str, Any] = {"FunctionVersion": "1"}
        self.routes: list[tuple[str, dict[str, float]]] = []
        function = "/2015-03-31/functions/intake"
        self.app = Starlette(
            routes=[
                Route(f"{function}/aliases/live", lambda _: JSONResponse(self.alias), methods=["GET"]),
                Route(f"{function}/aliases/live", self._route, methods=["PUT"]),
                Route(f"{function}/code", self._publish, methods=["PUT"]),
                Route(f"{function}/versions", self._publish_what_is_there, methods=["POST"]),
                Route(f"{function}/configuration", self._configuration, methods=["GET"]),
            ]
        )

    async def _publish(self, request: Request) -> Response:
        body = await request.json()
        assert body["Publish"] is True
        numbers = {code: version for version, code in self.versions.items()}
        version = numbers.get(body["ZipFile"].encode(), str(len(self.versions) + 1))
        self.versions[version] = body["ZipFile"].encode()
        return JSONResponse({"Version": version})

    async def _publish_what_is_there(self, _: Request) -> Response:
        return JSONResponse({"Version": max(self.versions)})

    async def _configuration(self, request: Request) -> Response:
        assert request.query_params["Qualifier"] in self.versions
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return JSONResponse({"State": state, "StateReason": "its code is too large"})

    async def _route(self, request: Request) -> Response:
        self.alias = await request.json()
        self.routes.append((self.alias["FunctionVersion"], self.alias["RoutingConfig"]["AdditionalVersionWeights"]))
        return JSONResponse(self.alias)


@pytest.fixture
def service() -> Iterator[tuple[Lambda, FunctionRollout]]:
    lambda_, seconds_so_far = Lambda(), [0.0]
    with serving_app(lambda_.app) as url:
        client = boto3.client("lambda", endpoint_url=url, region_name="eu-west-1", **KEYS)

        def wait(seconds: float) -> None:
            seconds_so_far[0] += seconds

        yield (
            lambda_,
            FunctionRollout(client, "intake", wait=wait, now=lambda: NOW + timedelta(seconds=seconds_so_far[0])),
        )


def figures(result: Figures) -> Figuring:
    return lambda version, since: result


def test_a_good_version_gets_a_tenth_for_five_minutes_and_then_everything(
    service: tuple[Lambda, FunctionRollout],
) -> None:
    lambda_, rollout = service
    start = rollout.now()
    assert rollout.run(rollout_function.archive(SOURCE), figures(Figures(200, 9, 1.5))) == "2"
    assert lambda_.routes == [("1", {"2": 0.1}), ("2", {})]
    assert rollout.now() - start >= timedelta(seconds=300)


def test_without_code_callers_get_the_version_that_was_published_last(service: tuple[Lambda, FunctionRollout]) -> None:
    lambda_, rollout = service
    lambda_.versions["2"] = b"what Terraform applied"
    assert rollout.run(None, figures(Figures(200, 9, 1.5))) == "2"
    assert lambda_.routes == [("1", {"2": 0.1}), ("2", {})]


@pytest.mark.parametrize("bad", [Figures(200, 10, 1.5), Figures(200, 0, 60.0)])
def test_a_version_that_fails_or_is_slow_goes_back(service: tuple[Lambda, FunctionRollout], bad: Figures) -> None:
    lambda_, rollout = service
    with pytest.raises(RolloutError, match="is the limit"):
        rollout.run(rollout_function.archive(SOURCE), figures(bad))
    assert lambda_.routes == [("1", {"2": 0.1}), ("1", {})]


def test_who_is_interrupted_leaves_no_call_with_the_new_version(service: tuple[Lambda, FunctionRollout]) -> None:
    lambda_, rollout = service

    def interrupted(version: str, since: datetime) -> Figures:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rollout.run(rollout_function.archive(SOURCE), interrupted)
    assert lambda_.routes[-1] == ("1", {})


def test_code_that_serves_already_a_version_that_never_starts_and_a_rollout_under_way_change_nothing(
    service: tuple[Lambda, FunctionRollout],
) -> None:
    lambda_, rollout = service
    rollout.run(b"new", figures(Figures(0, 0, None)))
    count = len(lambda_.routes)
    assert rollout.run(b"new", figures(Figures(0, 0, None))) == "2"
    lambda_.states = ["Failed"]
    with pytest.raises(RolloutError, match="its code is too large"):
        rollout.run(b"newer", figures(Figures(0, 0, None)))
    lambda_.alias["RoutingConfig"] = {"AdditionalVersionWeights": {"9": 0.1}}
    with pytest.raises(RolloutError, match="version 9"):
        rollout.run(b"newest", figures(Figures(0, 0, None)))
    assert len(lambda_.routes) == count


def test_the_figures_are_those_of_the_new_version_in_seconds() -> None:
    (socket := Socket()).wire = Wire(NOW)
    values = {"m0": [60.0, 40.0], "m1": [7.0], "m2": [500.0, 3000.0]}
    socket.wire.operations["GetMetricData"] = lambda _: {
        "MetricDataResults": [{"Id": name, "Values": list(numbers)} for name, numbers in values.items()]
    }
    with serving_app(socket.app) as url:
        client = boto3.client("cloudwatch", endpoint_url=url, region_name="eu-west-1", **KEYS)
        result = rollout_function.measured(client, "intake", "live", "2", NOW - timedelta(minutes=5), NOW)
    assert result == Figures(100, 7, 3.0)
    ((_, request),) = socket.wire.asked
    dimensions = request["MetricDataQueries"][0]["MetricStat"]["Metric"]["Dimensions"]
    assert {one["Name"]: one["Value"] for one in dimensions} == {
        "FunctionName": "intake",
        "Resource": "intake:live",
        "ExecutedVersion": "2",
    }


def test_the_same_source_is_the_same_code_whenever_it_is_packed(tmp_path: Path) -> None:
    (copy := tmp_path / "intake.py").write_bytes(SOURCE.read_bytes())
    assert rollout_function.archive(copy) == rollout_function.archive(SOURCE)
