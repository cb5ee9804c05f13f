"""`make bench`: the figures that matter, measured on this machine, beside what each has to beat."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mcp import Client
from mcp.client.stdio import StdioServerParameters
from rich.console import Console
from rich.table import Table

from sre_agent.lab import scenario
from sre_agent.lab.process import start_lab

CALLS = 50


@dataclass(frozen=True)
class Figure:
    what: str
    value: float
    unit: str
    limit: float

    @property
    def holds(self) -> bool:
        return self.value <= self.limit


def lab_starts() -> Iterator[Figure]:
    """From the command to the endpoints, 30 simulated minutes included; the slowest of all scenarios."""
    taken = []
    for name in scenario.names():
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            with start_lab(name, follow_wall=False, folder=Path(folder)):
                taken.append(time.perf_counter() - started)
    yield Figure("lab: start with 30 minutes of history, slowest scenario", max(taken), "s", 2.0)


def tool_calls() -> Iterator[Figure]:
    """A single get over stdio, session open."""
    with (
        tempfile.TemporaryDirectory() as folder,
        start_lab("bad-rollout", follow_wall=False, folder=Path(folder)) as lab,
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


def demo() -> Iterator[Figure]:
    """The whole command, as `make demo` runs it after set-up."""
    command = [sys.executable, "-c", "from sre_agent.cli.main import run; run()", "demo", "--json"]
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
        yield Figure("demo: alarm to remediated/fixed, wall time", time.perf_counter() - started, "s", 60.0)


def main() -> int:
    table = Table("figure", "measured", "to beat", "", title=f"{os.cpu_count()} cores", title_justify="left")
    figures = [figure for measure in (lab_starts, tool_calls, demo) for figure in measure()]
    for figure in figures:
        mark = "[green]holds[/green]" if figure.holds else "[red]does not hold[/red]"
        table.add_row(figure.what, f"{figure.value:.2f} {figure.unit}", f"{figure.limit:g} {figure.unit}", mark)
    console = Console()
    (console if console.is_terminal else Console(width=120)).print(table)
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
