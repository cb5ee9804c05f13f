"""How long one call of a tool takes, with its server's session open."""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from mcp import Client
from mcp.client.stdio import StdioServerParameters

from sre_agent.lab.process import start_lab
from tests.bench.figures import Figure

CALLS = 50


def figures() -> Iterator[Figure]:
    with (
        tempfile.TemporaryDirectory() as folder,
        start_lab("payday-evening", follow_wall=False, folder=Path(folder)) as lab,
    ):
        arguments = ["-m", "mcp_servers.kubernetes", "--kubeconfig", str(lab.endpoints.kubeconfig)]
        times = asyncio.run(_calls(StdioServerParameters(command=sys.executable, args=arguments)))
    yield Figure("kubernetes server: one kubectl_get over stdio, median", statistics.median(times) * 1000, "ms", 20.0)


async def _calls(server: StdioServerParameters) -> list[float]:
    times = []
    async with Client(server) as client:
        arguments = {"kind": "Deployment", "namespace": "shop", "name": "payments-api"}
        await client.call_tool("kubectl_get", arguments)
        for _ in range(CALLS):
            started = time.perf_counter()
            await client.call_tool("kubectl_get", arguments)
            times.append(time.perf_counter() - started)
    return times
