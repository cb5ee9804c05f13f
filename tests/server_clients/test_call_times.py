"""What a call of a tool costs beside a call of one that does nothing, both over stdio, in turns."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from sre_agent.toolbox.address import ServerAddress

pytestmark = pytest.mark.anyio
CALLS = 30
BOUND = 6.0  # times; the figure to keep is in `make bench`, on a machine that does nothing else
ONE_OBJECT = {"kind": "Deployment", "namespace": "orders", "name": "orders"}


async def test_one_object_of_a_cluster_costs_a_few_calls_that_do_nothing(
    addresses: Mapping[str, ServerAddress],
) -> None:
    command, *words = addresses["kubernetes"].command
    ours = StdioServerParameters(command=command, args=words, env=addresses["kubernetes"].environment)
    empty = StdioServerParameters(command=sys.executable, args=["-m", "tests.bench.empty_server"])
    async with Client(ours) as kubernetes, Client(empty) as nothing:
        await _seconds(kubernetes, "kubectl_get", ONE_OBJECT)  # which opens the connection
        times, floor = [], []
        for _ in range(CALLS):
            floor.append(await _seconds(nothing, "nothing", {}))
            times.append(await _seconds(kubernetes, "kubectl_get", ONE_OBJECT))
    assert min(times) < BOUND * min(floor), f"{min(times) / min(floor):.1f} times"


async def _seconds(client: Client, tool: str, arguments: dict[str, Any]) -> float:
    started = time.perf_counter()
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    return time.perf_counter() - started
