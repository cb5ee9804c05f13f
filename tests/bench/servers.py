"""How long one call of a tool takes, with its server's session open.

Of several rounds the quickest counts: what else the machine does in between is not the server's. How much a call takes
more than one of a tool that does nothing is told by the processor time of client and server, which is theirs alone: by
the clock the answer of the API that is read counts too, which is the lab's.
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
import httpx
import yaml
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from sre_lab.process import LabProcess, start_lab
from tests.bench.figures import Figure
from tests.bench.log_grouping import line

ROUNDS, CALLS = 16, 25
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
        empty = _server("tests.bench.empty_server")
        per_call, changed, floor = asyncio.run(_side_by_side(kubernetes, empty, _Changes(lab)))
        processor = asyncio.run(_by_processor(kubernetes, empty))
        log_arguments = _write_lines(lab)
        cloudwatch = _server("mcp_servers.cloudwatch", "--endpoint-url", lab.endpoints.aws, "--region", REGION)
        summary_seconds = asyncio.run(_summarize(cloudwatch, log_arguments))
    what = f"over stdio, median (least of {ROUNDS} rounds of {CALLS})"
    yield Figure(f"kubernetes server: one kubectl_get {what}", per_call * 1000, "ms", 5)
    yield Figure(f"of it, the SDK's own: a tool that does nothing {what}", floor * 1000, "ms", 5)
    many = "kubernetes server: one kubectl_get in calls of a tool that does nothing"
    yield Figure(f"{many}, processor time of client and server", processor, "times", 1.6)
    yield Figure(f"{many}, by the clock, the lab's answer included", per_call / floor, "times", 1.6)
    yield Figure("the same of an object that has changed since the call before", changed / floor, "times", 3)
    yield Figure(f"cloudwatch server: summarize_logs of {LINES} lines of the lab, over stdio", summary_seconds, "s", 5)


def _server(module: str, *arguments: str) -> StdioServerParameters:
    return StdioServerParameters(command=sys.executable, args=["-m", module, *arguments], env={**os.environ, **KEYS})


class _Changes:
    """Changes of the object that is read: one annotation, each time another."""

    def __init__(self, lab: LabProcess) -> None:
        kubeconfig = yaml.safe_load(lab.endpoints.kubeconfig.read_text(encoding="utf-8"))
        path = f"/apis/apps/v1/namespaces/{ONE_OBJECT['namespace']}/deployments/{ONE_OBJECT['name']}"
        self._url = kubeconfig["clusters"][0]["cluster"]["server"] + path
        self._client = httpx.Client(headers={"Content-Type": "application/merge-patch+json"})
        self._count = 0

    def make(self) -> None:
        self._count += 1
        patch = {"metadata": {"annotations": {"example.com/build": f"number {self._count}"}}}
        self._client.patch(self._url, json=patch).raise_for_status()


async def _side_by_side(
    kubernetes: StdioServerParameters, empty: StdioServerParameters, changes: _Changes
) -> tuple[float, float, float]:
    """Seconds of the median call of the quickest round: of `kubectl_get` of an object that stays as it is, of one that
    has changed since, and of the tool that does nothing.

    They take turns, so that a busy machine slows all.
    """
    async with Client(kubernetes) as ours, Client(empty) as nothing:
        get, do_nothing = (ours, "kubectl_get", ONE_OBJECT), (nothing, "nothing", dict[str, Any]())
        for one in (get, do_nothing):
            assert not (await _call(*one)).is_error
        rounds = [[[await _time_call(*one) for one in (get, do_nothing)] for _ in range(CALLS)] for _ in range(ROUNDS)]
        changed: list[list[float]] = []
        for _ in range(ROUNDS):
            changed.append([])
            for _ in range(CALLS):
                changes.make()
                changed[-1].append(await _time_call(*get))
    per_call, floor = (min(statistics.median(call[which] for call in calls) for calls in rounds) for which in range(2))
    return per_call, min(statistics.median(calls) for calls in changed), floor


async def _by_processor(kubernetes: StdioServerParameters, empty: StdioServerParameters) -> float:
    """Calls of `kubectl_get` in calls of the tool that does nothing: the median of the rounds' ratios, so that a busy
    machine, on which every second of a processor does less, slows both of a round."""
    before = _children()
    async with Client(kubernetes) as ours:
        first = _children() - before
        async with Client(empty) as nothing:
            second = _children() - before - first
            get, do_nothing = (ours, "kubectl_get", ONE_OBJECT), (nothing, "nothing", dict[str, Any]())
            ratios = []
            for number in range(2 * ROUNDS):
                cpu_seconds = [await _processor_time(*one) for one in ((*get, first), (*do_nothing, second))]
                if number:  # the first round makes what later ones keep
                    ratios.append(cpu_seconds[0] / cpu_seconds[1])
    return statistics.median(ratios)


async def _processor_time(client: Client, tool: str, arguments: dict[str, Any], servers: set[int]) -> float:
    """Seconds of this process and of these servers for one round of calls."""
    clocks = [time.CLOCK_PROCESS_CPUTIME_ID, *(~pid << 3 | 2 for pid in servers)]  # as clock_getcpuclockid makes them
    started = sum(map(time.clock_gettime, clocks))
    for _ in range(CALLS):
        await _call(client, tool, arguments)
    return sum(map(time.clock_gettime, clocks)) - started


def _children() -> set[int]:
    """The processes that this one has started."""
    tasks = Path("/proc/self/task").iterdir()
    return {int(pid) for task in tasks for pid in (task / "children").read_text(encoding="utf-8").split()}


async def _call(client: Client, tool: str, arguments: dict[str, Any]) -> Any:
    return await client.call_tool(tool, arguments)


async def _time_call(client: Client, tool: str, arguments: dict[str, Any]) -> float:
    started = time.perf_counter()
    await _call(client, tool, arguments)
    return time.perf_counter() - started


def _write_lines(lab: LabProcess) -> dict[str, Any]:
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


async def _summarize(server: StdioServerParameters, arguments: dict[str, Any]) -> float:
    """Seconds of the quicker of two calls."""
    times = []
    async with Client(server) as client:
        for _ in range(2):
            started = time.perf_counter()
            result = await client.call_tool("summarize_logs", arguments)
            times.append(time.perf_counter() - started)
            answer = result.structured_content
            assert isinstance(answer, dict) and answer["data"]["lines"] == LINES, result.content
    return min(times)
