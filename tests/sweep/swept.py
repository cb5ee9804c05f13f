"""Sweeps over a lab's world within this process: the servers answer in memory, and the test moves the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import boto3
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sre_agent.compose import Runtime, open_runtime
from sre_agent.domain.sweep import Sweep
from sre_agent.notify.console import SilentNotifier
from sre_agent.settings import Settings
from sre_lab import history, scenario
from sre_lab.world import World
from tests.worlds.running import MOMENT, Ground, WorldClock

R = TypeVar("R")
CALM = str(Path(__file__).with_name("calm.yaml"))  # two programs that are well


@dataclass
class SweptLab:
    """`world` is the scenario's, at `clock`."""

    world: World
    settings: Settings
    clock: WorldClock

    def run(self, work: Callable[[Runtime], Awaitable[R]]) -> R:
        async def opened() -> R:
            async with open_runtime(self.settings, clock=self.clock, notifier=SilentNotifier()) as runtime:
                return await work(runtime)

        return asyncio.run(opened())

    def make_log_group(self, name: str) -> None:
        client = self.aws("logs")
        client.create_log_group(logGroupName=name)
        client.close()

    def aws(self, service: str) -> Any:
        """A client of the lab's account."""
        place = self.settings.aws
        keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
        return boto3.client(service, endpoint_url=place.aws_endpoint_url, region_name=place.aws_region, **keys)

    def sweep(self, namespace: str = "", **options: Any) -> Sweep:
        return self.run(lambda runtime: runtime.sweeper.sweep(namespace, **options))


@contextmanager
def lab(ground: Ground, source: str, folder: Path, **overrides: Any) -> Iterator[SweptLab]:
    world = history.build(scenario.load(source), now=MOMENT)
    with ground.serving(world, folder) as (settings, clock):
        yield SweptLab(world, settings.model_copy(update=overrides), clock)


@dataclass
class CustomObjects:
    """Before the lab's Kubernetes API: kinds that operators bring, by group, version and plural."""

    behind: ASGIApp
    kinds: dict[tuple[str, str, str], tuple[str, list[dict[str, Any]]]]
    denied: frozenset[str] = frozenset()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._answer(str(scope.get("path", "")))
        await (answer or self.behind)(scope, receive, send)

    def _answer(self, path: str) -> Response | None:
        date = {"date": "Mon, 21 Sep 2026 14:13:20 GMT"}
        if path == "/apis":
            versions = [(group, {"groupVersion": f"{group}/{version}"}) for group, version, _ in self.kinds]
            return JSONResponse({"groups": [{"name": g, "preferredVersion": v} for g, v in versions]}, headers=date)
        for (group, version, plural), (kind, objects) in self.kinds.items():
            base = f"/apis/{group}/{version}"
            if path == base:
                row = {"name": plural, "kind": kind, "singularName": kind.lower(), "namespaced": True}
                return JSONResponse({"resources": [row]}, headers=date)
            if path == f"{base}/{plural}" and plural in self.denied:
                refusal = {"kind": "Status", "code": 403, "reason": "Forbidden", "message": f"{plural} is forbidden"}
                return JSONResponse(refusal, status_code=403, headers=date)
            if path == f"{base}/{plural}":
                return JSONResponse({"kind": f"{kind}List", "metadata": {}, "items": objects}, headers=date)
        return None
