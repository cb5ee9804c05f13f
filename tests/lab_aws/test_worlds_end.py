from __future__ import annotations

import asyncio
import gc
import weakref

import httpx

from sre_lab.aws import api
from sre_lab.scenario import ClusterSpec
from sre_lab.world import World, new_world
from tests.lab_telemetry.conftest import START

ALARM = {
    "AlarmName": "errors", "Namespace": "Shop", "MetricName": "Errors", "Statistic": "Sum", "Period": 60,
    "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold",
}  # fmt: skip
CALLS = {
    "GraniteServiceVersion20100801.PutMetricAlarm": ALARM,
    "Logs_20140328.CreateLogGroup": {"logGroupName": "/shop"},
    "AmazonSSM.ListDocuments": {},
}


def test_a_world_goes_when_nobody_uses_it_and_takes_what_the_services_kept_about_it() -> None:
    world = new_world(ClusterSpec(), START, 1)
    asyncio.run(_ask_all(world))
    left = weakref.ref(world)
    del world
    gc.collect()
    assert left() is None


async def _ask_all(world: World) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=api.app(world)), base_url="http://aws") as client:
        for target, body in CALLS.items():
            headers = {"x-amz-target": target, "content-type": "application/x-amz-json-1.1"}
            assert (await client.post("/", json=body, headers=headers)).status_code == 200
