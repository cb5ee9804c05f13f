"""What a service answers while its engine starts, and that nothing is lost on the way to the app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from sre_agent.http.app import create_app
from sre_agent.http.metrics import ServiceMetrics
from sre_agent.http.ping import PingState
from sre_agent.http.starting import StartingApp
from tests.http.conftest import NOON, Site

pytestmark = pytest.mark.anyio
BEGAN = int(NOON.timestamp()) - 20
KEY = {"authorization": "Bearer operator"}


class Door:
    """A service whose engine starts when the test says so."""

    def __init__(self, site: Site) -> None:
        self._site, self._ping = site, PingState(BEGAN, starting=True)
        self.app = StartingApp(self._ping, workers=2)

    def open(self) -> None:
        self.app.open(create_app(self._site.service, ServiceMetrics(), self._ping))


@pytest.fixture
def door(site: Site) -> Door:
    return Door(site)


@pytest.fixture
async def http(door: Door) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(door.app), base_url="http://starting.test") as client:
        yield client


async def test_a_service_that_starts_lives_is_busy_and_not_ready(door: Door, http: httpx.AsyncClient) -> None:
    busy = (await http.get("/ping")).json()
    assert busy == {"status": "HealthyBusy", "time_of_last_update": BEGAN} == (await http.get("/ping")).json()
    assert (await http.get("/health")).json() == {"status": "alive"}
    ready = await http.get("/ready")
    assert (ready.status_code, ready.json()["ready"], ready.json()["engine"]) == (503, False, "starting")
    assert {one["state"] for one in ready.json()["dependencies"]} == {"starting"}
    door.open()
    assert (await http.get("/ping")).json() == {"status": "Healthy", "time_of_last_update": BEGAN + 20}
    assert (await http.get("/ready")).json()["engine"] == "running"


async def test_requests_are_put_off_until_the_engine_is_up(door: Door, http: httpx.AsyncClient) -> None:
    for method, path in (("GET", "/incidents"), ("POST", "/alarms/pager"), ("POST", "/ping"), ("GET", "/openapi.json")):
        refused = await http.request(method, path, headers=KEY)
        assert (refused.status_code, refused.json()["type"]) == (503, "unavailable"), (method, path)
        assert int(refused.headers["retry-after"]) > 0
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["x-content-type-options"] == "nosniff"
    door.open()
    assert (await http.get("/incidents", headers=KEY)).status_code == 200


async def test_an_invocation_waits_for_the_engine_because_the_runtime_sends_it_once(
    door: Door, http: httpx.AsyncClient
) -> None:
    early = asyncio.create_task(http.post("/invocations", json={"prompt": "is shop healthy"}, headers=KEY))
    assert (await http.get("/ping")).json()["status"] == "HealthyBusy"
    assert not early.done()
    door.open()
    assert (await early).json()["response"] == "You asked 1 times."


async def test_an_invocation_is_refused_where_the_engine_will_not_come(door: Door, http: httpx.AsyncClient) -> None:
    early = asyncio.create_task(http.post("/invocations", json={"prompt": "is shop healthy"}, headers=KEY))
    assert (await http.get("/ping")).json()["status"] == "HealthyBusy"
    door.app.give_up()
    assert (await early).status_code == 503
