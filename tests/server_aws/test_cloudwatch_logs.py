"""The CloudWatch server's log tools, through MCP, in front of the lab's Logs and Logs Insights."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from mcp_servers.cloudwatch.reads import log_reading
from mcp_servers.serving.aws import AwsAccount
from sre_lab.aws import api
from sre_lab.scenario import ClusterSpec
from sre_lab.telemetry import LogEvent
from sre_lab.world import World, new_world
from tests.server_aws.asking import call, refusal_of
from tests.server_aws.wire import serving_app

pytestmark = pytest.mark.anyio
END = datetime(2026, 3, 1, 12, 0, tzinfo=UTC).timestamp()
START = END - 1800
WINDOW = {"start": "2026-03-01T11:30:00Z", "end": "2026-03-01T12:00:00Z"}
GROUP = "/shop/web"


@pytest.fixture
def world() -> World:
    return new_world(ClusterSpec(), END, 1)


@pytest.fixture
def account(world: World) -> Iterator[AwsAccount]:
    with serving_app(api.app(world)) as url:
        yield AwsAccount(region="eu-west-1", endpoint=url)


def say(world: World, second: float, text: str, stream: str = "web-1", group: str = GROUP) -> None:
    world.logs.append(group, LogEvent(START + second, stream, text))


def observations_of(answer: dict[str, Any], code: str) -> list[dict[str, Any]]:
    return [o for o in answer["observations"] if o["code"] == code]


async def test_a_kind_of_line_that_the_baseline_does_not_have_is_told_as_new(world: World, account: AwsAccount) -> None:
    for second in range(-1800, 1800, 30):
        say(world, second, f"INFO request {second} served in 12 ms")
    for second in range(900, 1000, 10):
        say(world, second, f"ERROR lease {second} lost to peer {second * 7}")
    answer = await call(account, "summarize_logs", log_groups=[GROUP], **WINDOW)
    [observation] = observations_of(answer, "log.kind_appeared")
    assert observation["attributes"] == {
        "pattern": "lease <*> lost to peer <*>",
        "severity": "error",
        "count": 10,
        "first": "2026-03-01T11:45:00Z",
    }
    served_kind = next(kind for kind in answer["data"]["kinds"] if "served" in kind["pattern"])
    assert (served_kind["count"], served_kind["before"]) == (60, 60) and "news" not in served_kind


async def test_a_kind_that_became_frequent_or_fell_silent_is_told_as_changed(world: World, account: AwsAccount) -> None:
    for second in range(-1800, 0, 60):
        say(world, second, f"WARN slow call {second}")
        say(world, second, f"INFO heartbeat of worker {second}")
    for second in range(0, 1800, 10):
        say(world, second, f"WARN slow call {second}")
    answer = await call(account, "summarize_logs", log_groups=[GROUP], **WINDOW)
    changed = {o["attributes"]["pattern"]: o["attributes"] for o in observations_of(answer, "log.kind_changed")}
    assert (changed["slow call <*>"]["before"], changed["slow call <*>"]["count"]) == (30, 180)
    assert changed["heartbeat of worker <*>"]["count"] == 0
    assert not observations_of(answer, "log.kind_appeared")


@pytest.mark.parametrize(
    ("trace", "head"),
    [
        (
            [
                "Traceback (most recent call last):",
                '  File "/app/main.py", line 7, in <module>',
                "    connect(os.environ['LEDGER'])",
                "KeyError: 'LEDGER'",
            ],
            "KeyError: 'LEDGER'",
        ),
        (
            [
                "panic: runtime error: invalid memory address or nil pointer dereference",
                "[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x4a]",
                "",
                "goroutine 1 [running]:",
                "main.load(...)",
                "\t/app/main.go:10 +0x1d",
                "main.main()",
                "\t/app/main.go:21 +0x2f",
            ],
            "panic: runtime error: invalid memory address or nil pointer dereference",
        ),
        (
            [
                "2026-03-01T11:31:00Z ERROR order failed",
                "com.shop.LedgerException: no such account",
                "\tat com.shop.Ledger.find(Ledger.java:31)",
                "Caused by: java.net.ConnectException: Connection refused",
                "\t... 12 more",
            ],
            "2026-03-01T11:31:00Z ERROR order failed",
        ),
    ],
)
async def test_a_stack_trace_in_many_lines_is_one_record_and_the_one_that_came_first_is_shown(
    world: World, account: AwsAccount, trace: list[str], head: str
) -> None:
    say(world, 10, "INFO ready", stream="web-2")
    for i, line in enumerate(trace):
        say(world, 60 + i / 1000, line)
        say(world, 60 + i / 1000, f"INFO request {i}", stream="web-2")
    say(world, 70, "INFO ready again")
    say(world, 300, "ERROR later trouble")
    answer = await call(account, "summarize_logs", log_groups=[GROUP], **WINDOW)
    assert answer["data"]["first_error"]["text"].splitlines() == trace
    [first] = observations_of(answer, "log.first_error")
    assert first["attributes"] == {"message": head, "stream": "web-1", "stack_trace": True}
    assert answer["data"]["lines"] == 2 * len(trace) + 3
    assert answer["data"]["records"] == len(trace) + 4


async def test_json_lines_are_read_by_their_fields_also_inside_a_shipper_s_frame(
    world: World, account: AwsAccount
) -> None:
    for i in range(5):
        inner = json.dumps({"level": 50, "msg": f"payment {i} refused by bank", "request_id": f"{i:08x}"})
        say(world, i, json.dumps({"stream": "stdout", "log": inner, "kubernetes": {"pod_name": "web-1"}}))
    say(world, 9, json.dumps({"severity": "INFO", "message": "errors so far: none"}))
    answer = await call(account, "summarize_logs", log_groups=[GROUP], **WINDOW)
    kinds = {kind["pattern"]: kind for kind in answer["data"]["kinds"]}
    assert (kinds["payment <*> refused by bank"]["severity"], kinds["payment <*> refused by bank"]["count"]) == (
        "error",
        5,
    )
    assert kinds["errors so far: none"]["severity"] == "info"


async def test_more_lines_than_a_query_holds_are_read_in_slices_each_once(
    world: World, account: AwsAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_reading, "ROW_LIMIT", 100)
    monkeypatch.setattr(log_reading, "AIMED_AT", 80)
    for i in range(1_000):
        say(world, 1799 * (i / 1000) ** 3, f"INFO line {i} of many")
    answer = await call(account, "summarize_logs", log_groups=[GROUP], **WINDOW)
    [kind] = answer["data"]["kinds"]
    assert kind["count"] == answer["data"]["lines"] == 1_000
    assert answer["coverage"][0]["state"] == "complete"


async def test_where_more_lines_are_there_than_wanted_every_part_of_the_window_gives_a_share(
    world: World, account: AwsAccount
) -> None:
    for second in range(1_800):
        say(world, second, f"INFO line {second} of many")
    answer = await call(account, "summarize_logs", log_groups=[GROUP], most_lines=200, **WINDOW)
    [kind] = answer["data"]["kinds"]
    assert kind["count"] == 200 and kind["last"] > "2026-03-01T11:58:00Z"
    assert answer["coverage"][0]["state"] == "truncated" and "200 of 1800" in answer["coverage"][0]["detail"]


async def test_kinds_beyond_one_answer_are_reached_by_the_cursor(world: World, account: AwsAccount) -> None:
    for length in range(1, 61):
        say(world, length, "INFO " + " ".join(["tick", "tack"] * length))
    patterns: list[str] = []
    cursor = ""
    for _ in range(20):
        answer = await call(account, "summarize_logs", log_groups=[GROUP], cursor=cursor, **WINDOW)
        patterns += [kind["pattern"] for kind in answer["data"]["kinds"]]
        cursor = answer["data"].get("cursor", "")
        if not cursor:
            break
    assert len(patterns) == 60 and answer["left_out"] == {}


async def test_a_query_above_its_budget_is_refused_with_the_window_that_fits(world: World, account: AwsAccount) -> None:
    world.metrics.put("AWS/Logs", "IncomingBytes", {"LogGroupName": GROUP}, START + 60, 40e9)
    say(world, 1, "INFO ready")
    message = await refusal_of(account, "query_logs", log_groups=[GROUP], query="fields @message", **WINDOW)
    assert "[refused]" in message and "40 GB for 0.23 USD" in message and "about 7 min" in message
    answer = await call(account, "query_logs", log_groups=[GROUP], query="fields @message", max_gb=50, **WINDOW)
    assert answer["data"]["estimate"]["gb"] == 40 and answer["data"]["rows"]


async def test_further_rows_of_a_query_come_without_running_it_again(world: World, account: AwsAccount) -> None:
    for i in range(200):
        say(world, i, f"INFO line {i} " + "x" * 200)
    query = {"log_groups": [GROUP], "query": "fields @message | sort @timestamp asc", "limit": 200, **WINDOW}
    first = await call(account, "query_logs", **query)
    second = await call(account, "query_logs", cursor=first["data"]["cursor"], **query)
    page_length = len(first["data"]["rows"])
    assert second["data"]["rows"][0]["@message"].startswith(f"INFO line {page_length} ")
    assert "does not belong to this tool" in await refusal_of(account, "query_logs", cursor="abc", **query)


MADE_UP = "ERROR connection refused to db.shop.svc:5432"


@pytest.mark.parametrize(
    "query",
    [
        f'fields @timestamp, "{MADE_UP}" as @message',
        f'fields @timestamp, concat("{MADE_UP}", @message) AS `@message`',
        f'fields @timestamp, "{MADE_UP}" as # a comment\n@message',
        f'filter 4 / 2 = 2 | fields @timestamp, "{MADE_UP}" as @message | filter 4 / 2 = 2',
        'parse @message "*" as said | fields @message',
    ],
)
async def test_a_query_that_can_name_any_text_a_message_shows_no_fact(
    world: World, account: AwsAccount, query: str
) -> None:
    for i in range(10):
        say(world, i, MADE_UP if "parse" in query else f"INFO line {i}")
    try:
        answer = await call(account, "query_logs", log_groups=[GROUP], query=query, **WINDOW)
    except AssertionError as refusal:
        assert "bad_request" in str(refusal)
    else:
        assert answer["observations"] == []


@pytest.mark.parametrize(
    "query",
    [
        "fields @timestamp, @message | filter @message like /refused|4\\/2/ | sort @timestamp desc | limit 5",
        "fields @message",
        "filter @message =~ 'ERROR' and @logStream like /web/ | display @timestamp, @message",
    ],
)
async def test_lines_that_a_query_only_chooses_keep_their_facts(world: World, account: AwsAccount, query: str) -> None:
    for i in range(10):
        say(world, i, MADE_UP)
    answer = await call(account, "query_logs", log_groups=[GROUP], query=query, **WINDOW)
    assert observations_of(answer, "log.connection_failed")


async def test_rows_of_another_query_under_a_cursor_show_no_fact(world: World, account: AwsAccount) -> None:
    for i in range(200):
        say(world, i, f"INFO line {i} " + "x" * 200)
    window = {"log_groups": [GROUP], "limit": 200, **WINDOW}
    made_up = f'fields @timestamp, concat("{MADE_UP} ", @message) as said'
    first = await call(account, "query_logs", query=made_up, **window)
    second = await call(account, "query_logs", query="fields @message", cursor=first["data"]["cursor"], **window)
    assert second["observations"] == [] and second["data"]["rows"]


async def test_a_pattern_cannot_end_itself_and_begin_another_command(world: World, account: AwsAccount) -> None:
    say(world, 1, "INFO line")
    breaking = rf'line\\/ | fields "{MADE_UP}" as @message | filter @message like /.'
    answer = await call(account, "find_in_logs", log_groups=[GROUP], text=breaking, regex=True, **WINDOW)
    assert answer["observations"] == [] and answer["data"]["matched"] == 0


async def test_lines_that_hold_a_text_are_found_newest_first_and_counted(world: World, account: AwsAccount) -> None:
    for i in range(300):
        say(world, i, f"INFO order a/{i} (express) taken " + "-" * 60)
        say(world, i, f"INFO order b/{i} taken")
    answer = await call(account, "find_in_logs", log_groups=[GROUP], text="A/299 (EXPRESS)", **WINDOW)
    assert [line["text"][:26] for line in answer["data"]["lines"]] == ["INFO order a/299 (express)"]
    many = await call(account, "find_in_logs", log_groups=[GROUP], text=r"order a/\d+", regex=True, **WINDOW)
    assert many["data"]["matched"] == 300 and many["data"]["lines"][0]["at"] == "2026-03-01T11:34:59Z"
    older = await call(
        account,
        "find_in_logs",
        log_groups=[GROUP],
        text=r"order a/\d+",
        regex=True,
        cursor=many["data"]["cursor"],
        **WINDOW,
    )
    assert older["data"]["lines"][0]["at"] < many["data"]["lines"][-1]["at"]
    wrong = await refusal_of(account, "find_in_logs", log_groups=[GROUP], text="order (", regex=True, **WINDOW)
    assert "not a regular expression" in wrong


async def test_what_the_pods_of_a_workload_shipped_is_found_in_the_groups_of_clusters(
    world: World, account: AwsAccount
) -> None:
    """As plain lines in a stream that is called like the pod, or framed by Fluent Bit; of namesakes nothing is told."""
    refused = "ERROR dial tcp db.internal:5432: connect: connection refused"
    log_group = "/aws/containerinsights/prod/application"
    for second in range(6):
        say(world, second, refused, "orders-7d9f8b6c5-x2x4z", log_group)
    for namespace, pod, line in (
        ("shop", "orders-7d9f8b6c5-k9k2m", refused),
        ("other", "orders-7d9f8b6c5-k9k2m", "ERROR no such table"),
        ("shop", "old-orders-5f6d7-abcde", "ERROR out of range"),
    ):
        about = {"pod_name": pod, "namespace_name": namespace}
        say(world, 9, json.dumps({"log": line, "kubernetes": about}), f"node-{namespace}", log_group)
    say(world, 9, "ERROR audit", "kube-apiserver-1", "/aws/eks/prod/cluster")
    answer = await call(account, "workload_logs", namespace="shop", name="orders", cluster="prod", **WINDOW)
    assert answer["data"]["lines"] == 7 and answer["data"]["log_groups"] == [log_group]
    [failed] = answer["observations"]
    assert (failed["code"], failed["attributes"]["count"]) == ("log.connection_failed", 7)
    assert failed["subject"] == "prod|Deployment/shop/orders"
    none = await call(account, "workload_logs", namespace="shop", name="cart", **WINDOW)
    assert none["data"]["lines"] == 0 and not none["observations"]


async def test_the_timeline_tells_when_errors_became_frequent_and_when_lines_stopped(
    world: World, account: AwsAccount
) -> None:
    for second in range(0, 1500, 5):
        say(world, second, f"INFO request {second}")
    for second in range(900, 1500, 2):
        say(world, second, f"ERROR ledger gone {second}")
    answer = await call(account, "log_timeline", log_groups=[GROUP], **WINDOW)
    rates = {o["attributes"]["kind"]: o["attributes"] for o in observations_of(answer, "log.rate_changed")}
    assert rates["errors"]["onset"] == "2026-03-01T11:45:00Z" and rates["errors"]["peak"] == 30
    quiet = await call(account, "log_timeline", log_groups=[GROUP], text="request", **WINDOW)
    [end_of_errors] = [o for o in observations_of(quiet, "log.rate_changed") if o["attributes"]["kind"] == "matching"]
    assert (end_of_errors["attributes"]["now"], end_of_errors["attributes"]["onset"]) == (0, "2026-03-01T11:55:00Z")
