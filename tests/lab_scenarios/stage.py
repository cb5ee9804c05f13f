"""One lab after the other behind the same three loopback ports, so that clients are made once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import boto3
import yaml
from botocore.config import Config
from kubernetes import client
from kubernetes import config as kubeconfig
from kubernetes.dynamic import DynamicClient
from starlette.types import ASGIApp, Receive, Scope, Send

from sre_agent.lab import control
from sre_agent.lab.aws import api as aws_api
from sre_agent.lab.behaviour.kubelet.usage import pod_usage
from sre_agent.lab.dated import Dated
from sre_agent.lab.history import build
from sre_agent.lab.kubernetes import api as kubernetes_api
from sre_agent.lab.loopback import LoopbackServer
from sre_agent.lab.process import LabControl
from sre_agent.lab.scenario import Scenario
from sre_agent.lab.server import write_kubeconfig
from sre_agent.lab.world import World

START = 1_790_000_000.0
T = TypeVar("T")


class Curtain:
    """Hands each request to the application that plays now."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)


class Stage:
    """`play` puts a scenario on; then `objects`, `core`, `aws` and `control` are its clients, and its clock stands."""

    def __init__(self, folder: Path) -> None:
        self._curtains = {name: Curtain() for name in ("kubernetes", "aws", "control")}
        self._up = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        assert self._up.wait(10)
        path = write_kubeconfig(folder, self._servers["kubernetes"].url, "lab")
        api: Any = kubeconfig.new_client_from_config_dict(yaml.safe_load(path.read_text()))
        self._api = api
        self._discovery = folder / "discovery.json"
        self._aws: dict[tuple[str, str], Any] = {}
        self.core: Any = client.CoreV1Api(api)
        self.control = LabControl(self._servers["control"].url)
        self.region = ""
        self.objects: Any = None

    def play(self, scenario: Scenario) -> None:
        """A new world of the scenario, at the same moment each time."""

        def put() -> None:
            world = build(scenario, now=START)
            self._curtains["kubernetes"].app = kubernetes_api.app(world, pod_usage)
            self._curtains["aws"].app = aws_api.app(world)
            self._curtains["control"].app = Dated(control.app(world, scenario.name, scenario.trigger), world.clock)
            self.region = world.cluster.region

        self._on_loop(put)
        if self.objects is None:
            self.objects = DynamicClient(self._api, cache_file=str(self._discovery))

    def aws(self, service: str) -> Any:
        key = (service, self.region)
        if key not in self._aws:
            config = Config(retries={"total_max_attempts": 1})
            url = self._servers["aws"].url
            self._aws[key] = boto3.client(service, endpoint_url=url, region_name=self.region, config=config)
        return self._aws[key]

    def kind(self, kind: str) -> Any:
        """The resource of a kind that is not a List, of the newest version that the cluster serves."""
        found = [r for r in self.objects.resources.search(kind=kind) if not r.kind.endswith("List")]
        return next((r for r in found if r.preferred), found[0])

    def now(self) -> float:
        return self.control.now()

    def pass_time(self, seconds: float) -> None:
        self.control.advance(seconds)

    def close(self) -> None:
        self.control.close()
        self._api.close()
        for one in self._aws.values():
            one.close()
        for server in self._servers.values():
            self._loop.call_soon_threadsafe(server.stop)
        self._thread.join(10)

    def _on_loop(self, work: Callable[[], T]) -> T:
        async def do() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(do(), self._loop).result(60)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._servers = {name: LoopbackServer(curtain) for name, curtain in self._curtains.items()}
        running = [asyncio.create_task(server.run_until_stopped()) for server in self._servers.values()]
        for server in self._servers.values():
            await server.up.wait()
        self._up.set()
        await asyncio.gather(*running)


def moment(text: str | None) -> float:
    """An API's time as epoch seconds; what has no time is in the far future."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() if text else float("inf")


def twice(scenario: Scenario) -> tuple[World, World]:
    return build(scenario, now=START), build(scenario, now=START)
