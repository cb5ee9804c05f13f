"""A world with the whole of AWS on a loopback port, driven by boto3; its clock stands until a test moves it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from sre_lab.aws import api, xray
from sre_lab.aws.provision import provision
from sre_lab.loopback import LoopbackServer
from sre_lab.scenario import ClusterSpec, Scenario, TableSpec
from sre_lab.world import World, new_world

START = 1_767_225_600.0  # 2026-01-01T00:00:00Z


class Aws:
    """One lab account: `client` for boto3, `advance` to move its clock on the loop that serves it."""

    def __init__(self) -> None:
        self.world: World = new_world(ClusterSpec(), START, 1)
        provision(self.world, _scenario())
        self.url, self.xray_port = "", 0
        self._clients: list[Any] = []
        self._up = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        assert self._up.wait(10)

    def client(self, service: str) -> Any:
        client = boto3.client(
            service,
            endpoint_url=self.url,
            region_name="eu-west-1",
            aws_access_key_id="any",
            aws_secret_access_key="any",
            config=Config(retries={"total_max_attempts": 1}),
        )
        self._clients.append(client)
        return client

    def advance(self, seconds: float) -> None:
        async def move() -> None:
            self.world.clock.advance(seconds)

        self.run(move())

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self._loop.call_soon_threadsafe(self._server.stop)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._server = LoopbackServer(api.app(self.world))
        self.url = self._server.url
        transport, self.xray_port = await xray.listen(self.world)
        self._up.set()
        await self._server.run_until_stopped()
        transport.close()


def _scenario() -> Scenario:
    return Scenario(
        name="aws",
        title="A table",
        story="",
        manifests=[],
        tables=[TableSpec(name="orders", key="id", write_units=5)],
        trigger="",
    )


@pytest.fixture
def aws() -> Iterator[Aws]:
    running = Aws()
    try:
        yield running
    finally:
        running.close()
