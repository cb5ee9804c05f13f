"""The CloudWatch server, through MCP, in front of CloudWatch's own wire protocols."""

from __future__ import annotations

import json
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters, stdio_client

from mcp_servers.cloudwatch.reads import insights
from mcp_servers.cloudwatch.server import build
from mcp_servers.serving.aws import AwsAccount
from mcp_servers.serving.tool_table import tool_table
from sre_lab.aws.errors import AwsError
from tests.server_aws.asking import call, refusal_of
from tests.server_aws.cloudwatch_world import START, WINDOW, CloudWatch
from tests.server_aws.wire import Wire

pytestmark = pytest.mark.anyio
SCOPE = "111122223333/eu-west-1"
PUBLISHED = timedelta(minutes=2)  # until everything of a minute has come


@pytest.fixture
def world(wire: Wire) -> CloudWatch:
    return CloudWatch(wire)


def codes(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {o["code"]: o for o in answer["observations"]}


async def test_a_firing_alarm_tells_what_it_watches_and_since_when(account: AwsAccount, world: CloudWatch) -> None:
    world.alarm("carts-throttled", "ALARM")
    answer = await call(account, "describe_alarm", name="carts-throttled")
    firing = codes(answer)["alarm.firing"]
    assert firing["subject"] == f"{SCOPE}|Alarm//carts-throttled"
    assert firing["attributes"] == {
        "alarm": "carts-throttled",
        "metric": "WriteThrottleEvents",
        "since": "2026-03-01T11:50:00Z",
        "threshold": 5.0,
        "value": 42.0,
    }
    assert answer["relations"] == [
        {"kind": "watches", "source": f"{SCOPE}|Alarm//carts-throttled", "target": f"{SCOPE}|Table//carts"}
    ]
    assert answer["as_of"] == "2026-03-01T12:00:00Z"


async def test_an_alarm_that_is_ok_tells_when_it_last_fired(account: AwsAccount, world: CloudWatch) -> None:
    world.alarm("carts-throttled", "OK")
    world.history = [
        {"Timestamp": START + timedelta(minutes=50), "HistoryData": _change("ALARM", "OK")},
        {"Timestamp": START + timedelta(minutes=40), "HistoryData": _change("OK", "ALARM")},
    ]
    answer = await call(account, "describe_alarm", name="carts-throttled")
    assert codes(answer)["alarm.ok"]["attributes"]["last_fired"] == "2026-03-01T11:40:00Z"


async def test_no_alarm_no_data_and_no_right_are_three_answers(
    account: AwsAccount, world: CloudWatch, wire: Wire
) -> None:
    world.alarm("carts-throttled", "INSUFFICIENT_DATA")
    assert "alarm.no_data" in codes(await call(account, "describe_alarm", name="carts-throttled"))
    unknown = await refusal_of(account, "describe_alarm", name="cart-throttled")
    assert "[not_found]" in unknown and "carts-throttled" in unknown
    wire.deny("DescribeAlarms")
    denied = await refusal_of(account, "describe_alarm", name="carts-throttled")
    assert "[denied]" in denied and "cloudwatch:DescribeAlarms" in denied


async def test_a_denied_history_is_a_gap_and_the_alarm_is_told_all_the_same(
    account: AwsAccount, world: CloudWatch, wire: Wire
) -> None:
    world.alarm("carts-throttled", "OK")
    wire.deny("DescribeAlarmHistory")
    answer = await call(account, "describe_alarm", name="carts-throttled")
    assert "alarm.ok" in codes(answer)
    [gap] = [c for c in answer["coverage"] if c["state"] == "denied"]
    assert "cloudwatch:DescribeAlarmHistory" in gap["detail"]


@pytest.mark.parametrize(
    ("dimensions", "target"),
    [
        ({"DBInstanceIdentifier": "orders"}, f"{SCOPE}|Database//orders"),
        ({"ClusterName": "prod", "Namespace": "shop", "Service": "web"}, "prod|Service/shop/web"),
        ({"ClusterName": "prod", "Namespace": "shop", "PodName": "web"}, "prod|Deployment/shop/web"),
        (
            {"ClusterName": "prod", "Namespace": "shop", "PodName": "web-5d4f8c7b9d-x2x4z"},
            "prod|Pod/shop/web-5d4f8c7b9d-x2x4z",
        ),
        ({"FunctionName": "resize"}, f"{SCOPE}|Function//resize"),
        ({"LoadBalancer": "app/web/0123abcd"}, f"{SCOPE}|LoadBalancer//web"),
    ],
)
async def test_dimensions_tell_what_an_alarm_watches(
    account: AwsAccount, world: CloudWatch, dimensions: dict[str, str], target: str
) -> None:
    world.alarm("a", "ALARM", Dimensions=[{"Name": n, "Value": v} for n, v in dimensions.items()])
    answer = await call(account, "describe_alarm", name="a")
    assert [r["target"] for r in answer["relations"]] == [target]


async def test_a_long_list_of_alarms_is_bounded_and_counts_what_it_left_out(
    account: AwsAccount, world: CloudWatch
) -> None:
    for i in range(200):
        world.alarm(f"alarm-{i:03}", "ALARM" if i == 150 else "OK")
    answer = await call(account, "list_alarms")
    assert answer["data"]["alarms"][0]["name"] == "alarm-150"
    assert answer["left_out"]["alarms"] == 200 - len(answer["data"]["alarms"]) > 0


async def test_a_metric_that_left_its_level_tells_before_now_and_onset(account: AwsAccount, world: CloudWatch) -> None:
    world.put("Shop", "Latency", [40.0 + i % 3 for i in range(45)] + [400.0 + i % 5 for i in range(15)], Service="web")
    answer = await call(
        account, "get_metric", namespace="Shop", metric="Latency", dimensions={"Service": "web"}, **WINDOW
    )
    changed = codes(answer)["metric.level_changed"]
    assert changed["subject"] == f"{SCOPE}|Service//web"
    assert changed["attributes"]["onset"] == "2026-03-01T11:45:00Z"
    assert changed["attributes"]["before"] == 41 and changed["attributes"]["now"] == 402


async def test_failures_that_stopped_are_back_to_normal_although_zero_is_not_sent(
    account: AwsAccount, world: CloudWatch
) -> None:
    values: list[float | None] = [None] * 20 + [30.0, 41.0, 35.0, 38.0] + [None] * 36
    world.put("Shop", "HTTPCode_Target_5XX_Count", values, Service="web")
    world.put("Shop", "RequestCount", [900.0] * 60, Service="web")
    answer = await call(
        account,
        "get_metric",
        namespace="Shop",
        metric="HTTPCode_Target_5XX_Count",
        dimensions={"Service": "web"},
        statistic="Sum",
        **WINDOW,
    )
    back = codes(answer)["metric.back_to_normal"]["attributes"]
    assert back["peak"] == 41 and back["recovered"] == "2026-03-01T11:24:00Z"


async def test_a_metric_without_data_says_under_which_dimensions_it_exists(
    account: AwsAccount, world: CloudWatch
) -> None:
    world.put("Shop", "Latency", [1.0] * 60, Service="web")
    answer = await call(
        account, "get_metric", namespace="Shop", metric="Latency", dimensions={"Service": "wbe"}, **WINDOW
    )
    assert list(codes(answer)) == ["metric.missing"]
    assert "{'Service': 'web'}" in answer["text"]


async def test_a_window_without_a_zone_is_refused_with_how_to_write_it(account: AwsAccount, world: CloudWatch) -> None:
    message = await refusal_of(
        account, "get_metric", namespace="n", metric="m", start="2026-03-01T11:00:00", end="2026-03-01T12:00:00Z"
    )
    assert "[bad_request]" in message and "2026-01-02T03:04:05Z" in message


def table(world: CloudWatch, throttles: list[float | None]) -> None:
    world.put("AWS/DynamoDB", "ConsumedWriteCapacityUnits", [300.0] * 60, TableName="carts")
    world.put("AWS/DynamoDB", "ProvisionedWriteCapacityUnits", [6.0] * 60, TableName="carts")
    world.put("AWS/DynamoDB", "WriteThrottleEvents", throttles, TableName="carts")


async def test_a_table_that_refuses_writes_now_is_throttled(account: AwsAccount, world: CloudWatch, wire: Wire) -> None:
    wire.now += PUBLISHED
    table(world, [None] * 50 + [20.0] * 10)
    answer = await call(account, "analyze_resource", kind="Table", name="carts", **WINDOW)
    throttled = codes(answer)["table.throttled"]
    assert throttled["subject"] == f"{SCOPE}|Table//carts"
    assert throttled["at"] == "2026-03-01T11:50:00Z"
    assert throttled["attributes"] == {
        "table": "carts",
        "direction": "write",
        "events": 200,
        "refused": 0.33,
        "consumed": 5.0,
        "provisioned": 6.0,
        "demand": 7.33,
    }


async def test_a_minute_that_was_throttled_in_part_tells_the_whole_demand(
    account: AwsAccount, world: CloudWatch, wire: Wire
) -> None:
    """Calm at 12 units a second, 48 from the 20th second of the last minute on, 20 provisioned."""
    wire.now += PUBLISHED
    usage = [720.0] * 59 + [20 * 12.0 + 40 * 20.0]
    world.put("AWS/DynamoDB", "ConsumedWriteCapacityUnits", usage, TableName="carts")
    world.put("AWS/DynamoDB", "ProvisionedWriteCapacityUnits", [20.0] * 60, TableName="carts")
    world.put("AWS/DynamoDB", "WriteThrottleEvents", [None] * 59 + [40 * 28.0], TableName="carts")
    answer = await call(account, "analyze_resource", kind="Table", name="carts", **WINDOW)
    attributes = codes(answer)["table.throttled"]["attributes"]
    assert (attributes["consumed"], attributes["refused"]) == (17.33, 18.67)
    assert attributes["demand"] == pytest.approx(48, abs=0.1)


async def test_a_table_whose_throttling_stopped_is_not_throttled_now(account: AwsAccount, world: CloudWatch) -> None:
    table(world, [None] * 30 + [20.0] * 10 + [None] * 20)
    observations = codes(await call(account, "analyze_resource", kind="Table", name="carts", **WINDOW))
    assert "table.throttled" not in observations
    assert observations["metric.back_to_normal"]["attributes"]["recovered"] == "2026-03-01T11:40:00Z"
    assert observations["table.within_capacity"]["attributes"] == {
        "table": "carts",
        "consumed": 5.0,
        "provisioned": 6.0,
    }


async def test_throttled_requests_by_operation_serve_where_throttle_events_are_absent(
    account: AwsAccount, world: CloudWatch
) -> None:
    table(world, [])
    world.put("AWS/DynamoDB", "ThrottledRequests", [None] * 50 + [7.0] * 10, TableName="carts", Operation="PutItem")
    observations = codes(await call(account, "analyze_resource", kind="Table", name="carts", **WINDOW))
    assert observations["table.throttled"]["attributes"]["direction"] == "write"


async def test_a_name_that_cloudwatch_never_saw_is_not_found_with_near_names(
    account: AwsAccount, world: CloudWatch
) -> None:
    table(world, [])
    message = await refusal_of(account, "analyze_resource", kind="Table", name="cart", **WINDOW)
    assert "[not_found]" in message and "carts" in message


@pytest.mark.parametrize("end", [[0.0] * 5, [None] * 5])
async def test_a_database_whose_connections_fell_to_none_or_fell_silent_is_unreachable(
    account: AwsAccount, world: CloudWatch, end: list[float | None]
) -> None:
    world.put("AWS/RDS", "DatabaseConnections", [12.0] * 55 + end, DBInstanceIdentifier="orders")
    observations = codes(await call(account, "analyze_resource", kind="Database", name="orders", **WINDOW))
    unreachable = observations["database.unreachable"]
    assert unreachable["attributes"] == {"database": "orders", "before": 12, "now": 0}
    assert unreachable["at"] == "2026-03-01T11:55:00Z"


async def test_a_database_with_connections_is_available(account: AwsAccount, world: CloudWatch) -> None:
    world.put("AWS/RDS", "DatabaseConnections", [12.0] * 60, DBInstanceIdentifier="orders")
    observations = codes(await call(account, "analyze_resource", kind="Database", name="orders", **WINDOW))
    assert observations["database.available"]["attributes"]["connections"] == 12


async def test_a_service_is_found_by_the_name_inside_its_target_group(account: AwsAccount, world: CloudWatch) -> None:
    group = {"TargetGroup": "targetgroup/web/0123456789abcdef", "LoadBalancer": "app/shop/fedcba9876543210"}
    world.put("AWS/ApplicationELB", "RequestCount", [100.0] * 60, **group)
    world.put("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", [None] * 50 + [60.0] * 10, **group)
    answer = await call(account, "analyze_resource", kind="Service", name="web", **WINDOW)
    assert codes(answer)["metric.level_changed"]["attributes"]["metric"] == "HTTPCode_Target_5XX_Count"
    assert codes(answer)["metric.steady"]["attributes"]["metric"] == "RequestCount"


async def test_errors_of_a_log_group_are_grouped_by_what_they_say(account: AwsAccount, world: CloudWatch) -> None:
    world.logs["/shop/web"] = [
        *[(START + timedelta(seconds=i), "web-1", f"INFO served request {i}") for i in range(50)],
        *[
            (
                START + timedelta(minutes=i),
                "web-1",
                f"ERROR order {1000 + i}: dial tcp 10.0.0.7:5432: connection refused",
            )
            for i in range(3)
        ],
        (START, "api-1", "ERROR DATABASE_URL is not set"),
    ]
    answer = await call(account, "summarize_errors", log_group="/shop/web", **WINDOW)
    assert answer["data"]["groups"][0]["count"] == 3 and answer["data"]["scanned"] == 54
    observations = codes(answer)
    assert observations["log.connection_failed"]["attributes"]["address"] == "10.0.0.7:5432"
    assert observations["log.env_missing"]["attributes"] == {"variable": "DATABASE_URL", "count": 1}
    of_one_stream = await call(account, "summarize_errors", log_group="/shop/web", stream_prefix="api", **WINDOW)
    assert list(codes(of_one_stream)) == ["log.env_missing"]


async def test_a_group_without_errors_says_how_many_lines_were_looked_at(
    account: AwsAccount, world: CloudWatch
) -> None:
    world.logs["/shop/web"] = [(START, "web-1", "INFO failover drill: 0 errors")]
    answer = await call(account, "summarize_errors", log_group="/shop/web", **WINDOW)
    assert codes(answer)["log.no_errors"]["attributes"] == {"lines": 1}


async def test_an_unknown_log_group_is_not_found_with_near_names(account: AwsAccount, world: CloudWatch) -> None:
    world.logs["/shop/web"] = []
    message = await refusal_of(account, "query_logs", log_groups=["/shop/wep"], query="fields @message", **WINDOW)
    assert "[not_found]" in message and "/shop/web" in message


async def test_a_query_that_takes_too_long_is_stopped_and_said_to_be_cut(
    account: AwsAccount, world: CloudWatch, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(insights, "WAITS", (0.0,))
    world.logs["/shop/web"] = [(START, "web-1", "ERROR one")]
    world.statuses = ["Running"]
    answer = await call(
        account, "query_logs", log_groups=["/shop/web"], query="fields @message", seconds=0.001, **WINDOW
    )
    assert "StopQuery" in wire.names()
    assert answer["coverage"][0]["state"] == "truncated"


async def test_secrets_in_log_lines_do_not_leave_the_server(account: AwsAccount, world: CloudWatch) -> None:
    world.logs["/shop/web"] = [
        (START, "web-1", "ERROR login failed password=hunter2hunter2 for postgres://a:geheim1@db/x")
    ]
    answer = await call(account, "summarize_errors", log_group="/shop/web", **WINDOW)
    assert "hunter2" not in json.dumps(answer) and "geheim1" not in json.dumps(answer)


async def test_many_long_rows_stay_within_the_bound(account: AwsAccount, world: CloudWatch) -> None:
    world.logs["/shop/web"] = [(START, "web-1", f"ERROR {i} " + chr(97 + i % 26) * 900) for i in range(500)]
    answer = await call(account, "query_logs", log_groups=["/shop/web"], query="fields @message", limit=500, **WINDOW)
    assert answer["left_out"]["rows"] == 500 - len(answer["data"]["rows"])


async def test_an_unknown_account_is_said_and_the_rest_is_told(
    account: AwsAccount, world: CloudWatch, wire: Wire
) -> None:
    wire.identity_denied = True
    world.alarm("a", "ALARM")
    answer = await call(account, "describe_alarm", name="a")
    assert codes(answer)["alarm.firing"]["subject"] == "unknown/eu-west-1|Alarm//a"
    assert [c["state"] for c in answer["coverage"] if c["looked_at"] == "account number"] == ["denied"]


async def test_an_endpoint_that_does_not_answer_is_unavailable() -> None:
    message = await refusal_of(
        AwsAccount(region="eu-west-1", endpoint="http://127.0.0.1:9"), "describe_alarm", name="a"
    )
    assert "[unavailable]" in message


async def test_it_runs_as_a_process_over_stdio_with_read_only_tools(
    world: CloudWatch, wire: Wire, true_start: None
) -> None:
    world.alarm("carts-throttled", "ALARM")
    environment = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_ENDPOINT_URL": wire.url,
        "AWS_REGION": "eu-west-1",
    }
    parameters = StdioServerParameters(command=sys.executable, args=["-m", "mcp_servers.cloudwatch"], env=environment)
    async with Client(stdio_client(parameters)) as client:
        tools = (await client.list_tools()).tools
        assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)
        result = await client.call_tool("describe_alarm", {"name": "carts-throttled"})
    assert not result.is_error


def _change(before: str, after: str) -> str:
    return json.dumps({"oldState": {"stateValue": before}, "newState": {"stateValue": after}})


async def test_a_call_that_the_client_gives_up_stops_its_query(
    account: AwsAccount, world: CloudWatch, wire: Wire
) -> None:
    world.logs["/shop/web"] = [(START, "web-1", "ERROR one")]
    world.statuses = ["Running"]
    arrival, stopped = threading.Event(), threading.Event()

    def results(params: dict[str, Any]) -> dict[str, Any]:
        arrival.set()
        return world.GetQueryResults(params)

    def stop(params: dict[str, Any]) -> dict[str, Any]:
        stopped.set()
        return {"success": True}

    wire.operations |= {"GetQueryResults": results, "StopQuery": stop}
    call_of_it = {"log_groups": ["/shop/web"], "query": "fields @message", **WINDOW}
    async with Client(build(account).mcp) as client, anyio.create_task_group() as tasks:
        tasks.start_soon(client.call_tool, "query_logs", call_of_it)
        assert await anyio.to_thread.run_sync(arrival.wait, 30.0)
        tasks.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            assert await anyio.to_thread.run_sync(stopped.wait, 30.0)
    assert wire.names().count("GetQueryResults") < 5


async def test_a_throttled_call_is_tried_again_and_then_told_to_be_unavailable(
    account: AwsAccount, world: CloudWatch, wire: Wire
) -> None:
    world.alarm("a", "ALARM")
    answers = [_throttle, world.DescribeAlarms]
    wire.operations["DescribeAlarms"] = lambda params: answers.pop(0)(params)
    assert "alarm.firing" in codes(await call(account, "describe_alarm", name="a"))
    wire.operations["DescribeAlarms"] = _throttle
    assert "[unavailable]" in await refusal_of(account, "describe_alarm", name="a")


def _throttle(params: dict[str, Any]) -> dict[str, Any]:
    raise AwsError("ThrottlingException", "Rate exceeded")


async def test_the_readme_shows_the_tools_that_there_are(account: AwsAccount) -> None:
    readme = (Path(__file__).parents[2] / "mcp_servers" / "cloudwatch" / "README.md").read_text()
    assert await tool_table(build(account)) in readme


def test_the_role_that_reads_allows_what_the_readme_says_is_needed() -> None:
    root = Path(__file__).parents[2]
    readme = (root / "mcp_servers" / "cloudwatch" / "README.md").read_text()
    needed = json.loads(readme.partition("```json")[2].partition("```")[0])["Statement"][0]["Action"]
    policy = json.loads((root / "infra" / "aws" / "reader.json").read_text())
    assert set(needed) <= {action for statement in policy["Statement"] for action in statement["Action"]}
