"""How long one call of a tool takes, with its server's session open.

Of several rounds the quickest counts: what else the machine does in between is not the server's.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from sre_lab.process import LabProcess, start_lab
from tests.bench.figures import Figure
from tests.bench.log_grouping import line

ROUNDS, CALLS = 8, 25
GROUP, LINES, BATCH = "/bench/shop", 100_000, 5_000
APART = 10  # milliseconds from line to line
REGION = "eu-west-1"
KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": REGION}
ONE_OBJECT = {"kind": "Deployment", "namespace": "shop", "name": "payments-api"}


def figures() -> Iterator[Figure]:
    with (
        tempfile.TemporaryDirectory() as folder,
        start_lab("payday-evening", follow_wall=False, folder=Path(folder)) as lab,
    ):
        kubernetes = _server("mcp_servers.kubernetes", "--kubeconfig", str(lab.endpoints.kubeconfig))
        got, floor = asyncio.run(_side_by_side(kubernetes, _server("tests.bench.empty_server")))
        asked = _written(lab)
        cloudwatch = _server("mcp_servers.cloudwatch", "--endpoint-url", lab.endpoints.aws, "--region", REGION)
        summarized = asyncio.run(_summarized(cloudwatch, asked))
    what = f"over stdio, median (least of {ROUNDS} rounds of {CALLS})"
    yield Figure(f"kubernetes server: one kubectl_get {what}", got * 1000, "ms", 5)
    yield Figure(f"of it, the SDK's own: a tool that does nothing {what}", floor * 1000, "ms", 5)
    yield Figure("kubernetes server: one kubectl_get in calls of a tool that does nothing", got / floor, "times", 1.6)
    yield Figure(f"cloudwatch server: summarize_logs of {LINES} lines of the lab, over stdio", summarized, "s", 5)


def _server(module: str, *arguments: str) -> StdioServerParameters:
    return StdioServerParameters(command=sys.executable, args=["-m", module, *arguments], env={**os.environ, **KEYS})


async def _side_by_side(kubernetes: StdioServerParameters, empty: StdioServerParameters) -> tuple[float, float]:
    """Seconds of the median call of the quickest round, of `kubectl_get` and of the tool that does nothing.

    They take turns, so that a busy machine slows both.
    """
    async with Client(kubernetes) as ours, Client(empty) as nothing:
        asked = ((ours, "kubectl_get", ONE_OBJECT), (nothing, "nothing", dict[str, Any]()))
        for one in asked:
            assert not (await _call(*one)).is_error
        rounds = [[[await _took(*one) for one in asked] for _ in range(CALLS)] for _ in range(ROUNDS)]
    got, floor = (min(statistics.median(call[which] for call in calls) for calls in rounds) for which in range(2))
    return got, floor


async def _call(client: Client, tool: str, arguments: dict[str, Any]) -> Any:
    return await client.call_tool(tool, arguments)


async def _took(client: Client, tool: str, arguments: dict[str, Any]) -> float:
    started = time.perf_counter()
    await _call(client, tool, arguments)
    return time.perf_counter() - started


def _written(lab: LabProcess) -> dict[str, Any]:
    """Puts the lines into a log group of the lab; the arguments that summarize them, without a baseline."""
    logs = boto3.client(
        "logs",
        endpoint_url=lab.endpoints.aws,
        region_name=REGION,
        aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
    )
    logs.create_log_group(logGroupName=GROUP)
    begin = int(lab.control.now()) - 1800
    for start in range(0, LINES, BATCH):
        stream = {"logGroupName": GROUP, "logStreamName": f"pod-{start // BATCH}"}
        logs.create_log_stream(**stream)
        events = [{"timestamp": begin * 1000 + i * APART, "message": line(i)} for i in range(start, start + BATCH)]
        logs.put_log_events(**stream, logEvents=events)
    end = begin + LINES * APART // 1000 + 1
    since, until = (datetime.fromtimestamp(at, UTC).isoformat() for at in (begin, end))
    return {
        "log_groups": [GROUP], "start": since, "end": until, "baseline_start": since, "baseline_end": since,
    }  # fmt: skip


async def _summarized(server: StdioServerParameters, asked: dict[str, Any]) -> float:
    """Seconds of the quicker of two calls."""
    times = []
    async with Client(server) as client:
        for _ in range(2):
            started = time.perf_counter()
            result = await client.call_tool("summarize_logs", asked)
            times.append(time.perf_counter() - started)
            told = result.structured_content
            assert isinstance(told, dict) and told["data"]["lines"] == LINES, result.content
    return min(times)
