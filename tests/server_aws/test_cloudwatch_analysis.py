"""What the CloudWatch server makes of one metric and of several, through MCP, in front of the lab's CloudWatch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from mcp_servers.serving.aws import AwsAccount
from sre_lab.aws import api
from sre_lab.scenario import ClusterSpec
from sre_lab.world import World, new_world
from tests.server_aws.asking import call
from tests.server_aws.wire import serving_app

pytestmark = pytest.mark.anyio
END = datetime(2026, 3, 1, 12, 0, tzinfo=UTC).timestamp()
MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
WINDOW = {"start": "2026-03-01T11:00:00Z", "end": "2026-03-01T12:00:00Z"}
WEB = {"Service": "web"}


@pytest.fixture
def world() -> World:
    return new_world(ClusterSpec(), END, 1)


@pytest.fixture
def account(world: World) -> Iterator[AwsAccount]:
    with serving_app(api.app(world)) as url:
        yield AwsAccount(region="eu-west-1", endpoint=url)


def put(
    world: World,
    metric: str,
    value: Callable[[float], float],
    *,
    since: float = HOUR,
    step: float = MINUTE,
    **dimensions: str,
) -> None:
    """Values by the seconds since the window's start (below zero before it)."""
    for i in range(int(since / step)):
        at = END - since + i * step
        world.metrics.put("Shop", metric, dimensions or WEB, at, value(at - (END - HOUR)))


def wobble(seconds: float) -> float:
    """A little of everything, the same in each run."""
    return math.sin(seconds / 97) + math.sin(seconds / 31)


def stepping(onset: float) -> Callable[[float], float]:
    """From 10 to 90 at so many minutes."""
    return lambda seconds: (90 if seconds >= onset * MINUTE else 10) + wobble(seconds)


async def analyze(account: AwsAccount, metric: str, **more: Any) -> dict[str, dict[str, Any]]:
    answer = await call(account, "analyze_metric", namespace="Shop", metric=metric, dimensions=WEB, **WINDOW, **more)
    return {o["code"]: o["attributes"] for o in answer["observations"]}


async def test_a_period_that_is_not_over_is_no_fall_of_a_counter(world: World, account: AwsAccount) -> None:
    put(world, "Requests", lambda s: 500 + wobble(s), since=20 * MINUTE)
    world.metrics.put("Shop", "Requests", WEB, END, 480.0)
    world.clock.advance_to(END + 70)
    answer = await call(
        account,
        "get_metric",
        namespace="Shop",
        metric="Requests",
        dimensions=WEB,
        statistic="Sum",
        period=300,
        start="2026-03-01T11:40:00Z",
        end="2026-03-01T12:02:00Z",
    )
    assert [o["code"] for o in answer["observations"]] == ["metric.steady"]


async def test_a_level_shift_tells_its_onset_and_the_neighbours_that_moved_before_and_after(
    world: World, account: AwsAccount
) -> None:
    put(world, "Latency", lambda s: (400 if s >= 40 * MINUTE else 40) + wobble(s))
    put(world, "PoolInUse", lambda s: (80 if s >= 35 * MINUTE else 10) + wobble(s))
    put(world, "Restarts", lambda s: (9 if s >= 43 * MINUTE else 1) + wobble(s) / 9)
    put(world, "Requests", lambda s: 500 + wobble(s))
    put(world, "Latency", lambda s: (900 if s >= 30 * MINUTE else 40) + wobble(s), Service="other")
    answer = await call(account, "analyze_metric", namespace="Shop", metric="Latency", dimensions=WEB, **WINDOW)
    [shift] = [o["attributes"] for o in answer["observations"] if o["code"] == "metric.level_changed"]
    assert shift["onset"] == "2026-03-01T11:40:00Z"
    neighbours = [o["attributes"] for o in answer["observations"] if o["code"] == "metric.moved_with"]
    assert [(m["metric"], m["lag_seconds"], m["order"]) for m in neighbours] == [
        ("PoolInUse", -300, 1),
        ("Restarts", 180, 2),
    ]


async def test_a_metric_that_grows_tells_its_slope_and_when_it_meets_its_limit(
    world: World, account: AwsAccount
) -> None:
    put(world, "MemoryUtilization", lambda s: 30 + 40 * s / HOUR + wobble(s) / 4)
    observations = await analyze(account, "MemoryUtilization")
    line = observations["metric.trending"]
    assert line["per_hour"] == pytest.approx(40, rel=0.05) and line["limit"] == 100
    seconds_to_limit = datetime.fromisoformat(line["reaches"]).timestamp() - END
    assert seconds_to_limit == pytest.approx(45 * MINUTE, rel=0.1)
    assert "metric.saturated" not in observations


async def test_a_step_between_two_levels_is_no_trend(world: World, account: AwsAccount) -> None:
    put(world, "Latency", lambda s: (400 if s >= 30 * MINUTE else 40) + wobble(s))
    assert "metric.trending" not in await analyze(account, "Latency")


@pytest.mark.parametrize(
    ("metric", "value", "limit"),
    [
        ("CPUUtilization", lambda s: 99.5 if s >= 20 * MINUTE else 35.0, 100),
        ("FreeStorageSpace", lambda s: max(0.0, 9e9 * (1 - s / (20 * MINUTE))), 0),
    ],
)
async def test_a_metric_at_its_limit_is_saturated_since_it_came_there(
    world: World,
    account: AwsAccount,
    metric: str,
    value: Callable[[float], float],
    limit: float,
) -> None:
    put(world, metric, value)
    for claim in ({}, {"limit": 7}):
        full = (await analyze(account, metric, **claim))["metric.saturated"]
        assert full["limit"] == limit and full["since"].startswith(("2026-03-01T11:19", "2026-03-01T11:20"))


async def test_a_limit_that_only_the_asker_claims_is_told_in_words_and_is_no_fact(
    world: World, account: AwsAccount
) -> None:
    put(world, "PoolInUse", lambda s: 12.0 + 40 * s / HOUR + wobble(s) / 4)
    arguments = {"namespace": "Shop", "metric": "PoolInUse", "dimensions": WEB, **WINDOW}
    low = await call(account, "analyze_metric", limit=20, **arguments)
    plain = await call(account, "analyze_metric", **arguments)
    assert "at the limit asked about, 20 since" in low["text"]
    assert low["observations"] == plain["observations"]
    assert "metric.trending" in [one["code"] for one in low["observations"]]


async def test_the_morning_s_rise_of_every_day_is_told_as_usual_and_a_rise_beyond_it_is_not(
    world: World, account: AwsAccount
) -> None:
    def daily(seconds: float) -> float:
        return 100 + 60 * math.sin(2 * math.pi * seconds / DAY) + wobble(seconds)

    put(world, "Requests", daily, since=8 * DAY, step=300)
    put(world, "Queries", lambda s: daily(s) * (1 if s < 30 * MINUTE else 3), since=8 * DAY, step=300)
    usual = await analyze(account, "Requests", period=300)
    assert usual["metric.seasonal"]["cycle"] == "daily" and "metric.level_changed" not in usual
    assert "metric.spiked" not in usual
    beyond = await analyze(account, "Queries", period=300)
    assert beyond["metric.level_changed"]["now"] > 250 and beyond["metric.spiked"]["side"] == "above"


async def test_without_data_it_is_missing_and_says_what_there_is(world: World, account: AwsAccount) -> None:
    put(world, "Latency", wobble)
    answer = await call(account, "analyze_metric", namespace="Shop", metric="Latencies", dimensions=WEB, **WINDOW)
    assert [o["code"] for o in answer["observations"]] == ["metric.missing"]
    assert "Similar names: Latency" in answer["text"]


async def test_of_many_metrics_the_one_that_moved_first_leads_and_steady_ones_are_not_told(
    world: World, account: AwsAccount
) -> None:
    onsets = {"web": 40, "cart": 38, "ledger": 31, "db": 29}
    for name, onset in onsets.items():
        put(world, "Latency", stepping(onset), Service=name)
    put(world, "Latency", lambda s: 10 + wobble(s), Service="mail")
    names = [{"namespace": "Shop", "metric": "Latency", "dimensions": {"Service": name}} for name in (*onsets, "mail")]
    answer = await call(account, "correlate", symptom=names[0], candidates=names[1:], **WINDOW)
    neighbours = [o for o in answer["observations"] if o["code"] == "metric.moved_with"]
    assert [o["subject"].rpartition("/")[2] for o in neighbours] == ["db", "ledger", "cart"]
    assert [o["attributes"]["lag_seconds"] for o in neighbours] == [-660, -540, -120]


async def test_with_a_steady_symptom_nothing_moved_together(world: World, account: AwsAccount) -> None:
    put(world, "Latency", lambda s: 10 + wobble(s))
    put(world, "Requests", lambda s: 900 if s >= 30 * MINUTE else 20)
    names = [{"namespace": "Shop", "metric": metric, "dimensions": WEB} for metric in ("Latency", "Requests")]
    answer = await call(account, "correlate", symptom=names[0], candidates=names[1:], **WINDOW)
    assert [o["code"] for o in answer["observations"]] == ["metric.steady"]
    assert "does not change" in answer["text"]


async def test_fifty_candidates_that_all_moved_stay_within_the_bound(world: World, account: AwsAccount) -> None:
    for i in range(51):
        put(
            world,
            "Latency",
            lambda s: (90 if s >= 40 * MINUTE else 10) + wobble(s),
            Service=f"service-{i:02}-" + "x" * 60,
        )
    services = [f"service-{i:02}-" + "x" * 60 for i in range(51)]
    names = [{"namespace": "Shop", "metric": "Latency", "dimensions": {"Service": name}} for name in services]
    answer = await call(account, "correlate", symptom=names[0], candidates=names[1:], **WINDOW)
    assert answer["left_out"] == {"moved": 30} and "characters" not in answer["left_out"]
