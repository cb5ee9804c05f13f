"""An unfinished period is not a value: at second 5 and at second 55 of a minute the same is said of a service."""

from __future__ import annotations

from typing import Any

import pytest

from mcp_servers.serving.aws import AwsAccount
from mcp_servers.signals.series.periods import Periods
from sre_lab.aws import api
from sre_lab.scenario import ClusterSpec
from sre_lab.world import World, new_world
from tests.server_aws.asking import call
from tests.server_aws.wire import serving_app

pytestmark = pytest.mark.anyio
NOON = 1_772_366_400.0  # 2026-03-01T12:00:00Z
WINDOW = {"start": "2026-03-01T11:00:00Z", "end": "2026-03-01T12:05:00Z"}
WEB = {"LoadBalancer": "app/web/1"}
ALB = "AWS/ApplicationELB"


def traffic(world: World, until: float, *, outage: bool) -> None:
    """Ten requests a second, sent every five; in the outage all of them fail. Without failures none are counted."""
    for second in range(0, int(until - (NOON - 3_600)), 5):
        at = NOON - 3_600 + second
        world.metrics.put(ALB, "RequestCount", WEB, at, 50.0)
        if outage and second >= 1_500:
            world.metrics.put(ALB, "HTTPCode_ELB_5XX_Count", WEB, at, 50.0)


async def ask(second: int, tool: str, *, outage: bool, **arguments: Any) -> dict[str, Any]:
    world = new_world(ClusterSpec(), NOON, 1)
    traffic(world, NOON + second, outage=outage)
    world.clock.advance_to(NOON + second)
    with serving_app(api.app(world)) as url:
        return await call(AwsAccount(region="eu-west-1", endpoint=url), tool, **arguments, **WINDOW)


def judgements(answer: dict[str, Any]) -> list[Any]:
    fields = ("metric", "before", "now", "value", "onset")
    return [
        (observation["code"], *(observation["attributes"].get(name) for name in fields))
        for observation in answer["observations"]
        if observation["code"].startswith("metric.")
    ]


@pytest.mark.parametrize("outage", [True, False], ids=["full outage", "normal traffic"])
async def test_a_resource_is_judged_the_same_at_second_5_and_at_second_55(outage: bool) -> None:
    arguments = {"kind": "LoadBalancer", "name": "web"}
    early = await ask(5, "analyze_resource", outage=outage, **arguments)
    late = await ask(55, "analyze_resource", outage=outage, **arguments)
    assert judgements(early) == judgements(late) != []
    by_name = {metric["metric"]: metric["summary"] for metric in early["data"]["metrics"]}
    assert by_name["RequestCount"]["last"] == 600
    if outage:
        assert by_name["HTTPCode_ELB_5XX_Count"]["last"] == 600, "a full outage has no zero at its end"
    assert early["data"]["complete_until"] == late["data"]["complete_until"] == "2026-03-01T12:00:00Z"
    assert {entry["end"] for entry in early["coverage"] if entry["looked_at"].startswith("metric ")} == {
        "2026-03-01T12:00:00Z"
    }


@pytest.mark.parametrize("tool", ["get_metric", "analyze_metric"])
@pytest.mark.parametrize("metric", ["RequestCount", "HTTPCode_ELB_5XX_Count"])
async def test_a_metric_is_judged_the_same_at_second_5_and_at_second_55(tool: str, metric: str) -> None:
    arguments = {"namespace": ALB, "metric": metric, "dimensions": WEB, "statistic": "Sum"}
    early, late = [await ask(second, tool, outage=True, **arguments) for second in (5, 55)]
    assert judgements(early) == judgements(late) != []
    assert early["data"]["summary"]["last"] == late["data"]["summary"]["last"] == 600
    assert "up to 2026-03-01T12:00:00Z" in early["text"]


def test_a_period_is_whole_when_it_is_over_and_published() -> None:
    points = [(60.0 * minute, 10.0) for minute in range(10)]  # the last one began at 540
    alone = Periods(0.0, 1_200.0, 60.0, as_of=605.0, newest=540.0)
    assert alone.whole_until == 540 and alone.whole(points, grows=True)[-1][0] == 480
    assert alone.whole(points, grows=False)[-1][0] == 540, "what does not grow is a value once its period is over"
    after_newest = Periods(0.0, 1_200.0, 60.0, as_of=605.0, newest=600.0)
    assert after_newest.whole_until == 600
    before_newest = Periods(0.0, 1_200.0, 60.0, as_of=720.0, newest=540.0)
    assert before_newest.whole_until == 600


def test_absent_points_are_zero_between_points_and_after_them_while_the_source_lives() -> None:
    grid = Periods(0.0, 600.0, 60.0, as_of=1_000.0, newest=540.0)
    points = [(60.0, 5.0), (240.0, 7.0)]
    alive = grid.with_zeros(points, alive_until=600.0)
    assert [value for _, value in alive] == [0, 5, 0, 0, 7, 0, 0, 0, 0, 0]
    dead = grid.with_zeros(points, alive_until=300.0)
    assert [value for _, value in dead] == [0, 5, 0, 0, 7]
    assert grid.with_zeros([], alive_until=600.0) == []
