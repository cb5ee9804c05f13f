"""A world whose AWS and Prometheus are served on loopback; its clock stands until a test moves it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

from sre_lab.aws import api, provision
from sre_lab.date_header import DateHeader
from sre_lab.history import build
from sre_lab.loopback import LoopbackServer
from sre_lab.prometheus import api as prometheus
from sre_lab.scenario import ClusterSpec, Scenario
from sre_lab.world import World, new_world

START = 1_767_225_600.0  # 2026-01-01T00:00:00Z


class Lab:
    """`client` for boto3, `ask` for Prometheus, `advance` to move the clock on the loop that serves."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._clients: list[Any] = []
        self._up = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        assert self._up.wait(60)

    @property
    def now(self) -> float:
        return self.world.clock.now()

    def client(self, service: str) -> Any:
        config = Config(retries={"total_max_attempts": 1})
        client = boto3.client(service, endpoint_url=self._aws.url, region_name="eu-west-1", config=config)
        self._clients.append(client)
        return client

    def ask(self, path: str, method: str = "GET", **params: Any) -> httpx.Response:
        url = f"{self._prometheus.url}/api/v1/{path}"
        if method == "GET":
            return httpx.get(url, params=params, timeout=60)
        return httpx.post(url, data=params, timeout=60)

    @property
    def prometheus_url(self) -> str:
        return self._prometheus.url

    def query(self, promql: str, **params: Any) -> list[Any]:
        """The result of an instant query: (labels, value) pairs, sorted."""
        data = self.ask("query", query=promql, **params).json()["data"]["result"]
        return sorted(((row["metric"], float(row["value"][1])) for row in data), key=repr)

    def advance(self, seconds: float) -> None:
        self.on_loop(lambda: self.world.clock.advance(seconds))

    def on_loop(self, work: Callable[[], Any]) -> None:
        """Do something on the thread that serves."""

        async def do() -> None:
            work()

        asyncio.run_coroutine_threadsafe(do(), self._loop).result(100)

    def close(self) -> None:
        for client in self._clients:
            client.close()
        for server in (self._aws, self._prometheus):
            self._loop.call_soon_threadsafe(server.stop)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._aws = LoopbackServer(api.app(self.world))
        self._prometheus = LoopbackServer(DateHeader(prometheus.app(self.world), self.world.clock))
        running = [asyncio.create_task(s.run_until_stopped()) for s in (self._aws, self._prometheus)]
        await self._aws.up.wait()
        await self._prometheus.up.wait()
        self._up.set()
        await asyncio.gather(*running)


@pytest.fixture
def lab() -> Iterator[Lab]:
    """An account and a cluster with nothing in them."""
    world = new_world(ClusterSpec(), START, 1)
    provision.provision_queue(world)
    server = Lab(world)
    yield server
    server.close()


@pytest.fixture
def shop() -> Iterator[Callable[..., Lab]]:
    """`shop(**changes)` lives through ten minutes of a small shop and serves what became of it."""
    labs: list[Lab] = []

    def start(**changes: Any) -> Lab:
        labs.append(Lab(build(Scenario.model_validate({**SHOP, **changes}), now=START)))
        return labs[-1]

    yield start
    for one in labs:
        one.close()


LABELS = {"app": "cart"}
SHOP: dict[str, Any] = {
    "name": "cart",
    "title": "A cart",
    "story": "",
    "history": "10m",
    "cluster": {"name": "test", "nodes": 1},
    "images": {
        "cart:1": {
            "log": [{"at": "1s", "line": "{time} INFO ready"}, {"at": "20s", "every": "20s", "line": "INFO sold"}],
            "error_log": "ERROR no answer from {dependency}",
        },
        "cart:2": {"exits": [{"after": "1s", "code": 3, "log": ["FATAL no schema"]}]},
    },
    "manifests": [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "cart", "namespace": "default"},
            "spec": {
                "replicas": 2,
                "selector": {"matchLabels": LABELS},
                "template": {
                    "metadata": {"labels": LABELS},
                    "spec": {
                        "containers": [
                            {
                                "name": "cart",
                                "image": "cart:1",
                                "ports": [{"containerPort": 80}],
                                "resources": {"limits": {"memory": "128Mi"}},
                            }
                        ]
                    },
                },
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "cart", "namespace": "default"},
            "spec": {"selector": LABELS, "ports": [{"port": 80}]},
        },
    ],
    "traffic": [
        {
            "service": "cart",
            "namespace": "default",
            "rate": 10,
            "depends_on": ["carts", "cart-db"],
            "log_group": "/shop/cart",
        }
    ],
    "dependencies": [
        {"name": "carts", "kind": "dynamodb", "write_units_per_request": 1.0},
        {"name": "cart-db", "kind": "rds", "address": "db.test:5432"},
    ],
    "tables": [{"name": "carts", "key": "id", "write_units": 20}],
    "alarms": [
        {
            "name": "cart-5xx",
            "metric_namespace": "Shop/Services",
            "metric": "HTTPCode_Target_5XX_Count",
            "dimensions": {"Service": "cart"},
        }
    ],
    "trigger": "cart-5xx",
}
