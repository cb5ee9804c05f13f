"""What one incident asks of AWS: `python -m tests.bench.incident_calls` runs one whole incident of the lab, remediated
with a write, with all that lasts in moto, and prints its requests by service and the units that DynamoDB would bill.

What it prints is kept in `incident_calls.yaml`, on which the simulation and `infra/SCALE.md` rest.
"""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import urllib3
import yaml
from moto.sqs.models import SQSBackend

from sre_agent.aws_services.creation import create
from sre_agent.queue import sqs
from sre_agent.settings import load
from sre_lab.remote_clock import LabClock
from tests.bench.consumed_units import ConsumedUnits
from tests.ground import servers_within
from tests.incidents.conftest import Stage
from tests.labs import standing_lab
from tests.slots import moto
from tests.slots.looks_in_moto import SqsOfATest

SCENARIO: Final = "payday-evening"
SIGNED_FOR: Final = re.compile(r"Credential=[^/]+/\d+/[^/]*/([^/]+)/aws4_request")
CLUSTER: Final = "eks"


@contextmanager
def counted_requests() -> Iterator[Counter[str]]:
    """Every HTTP request of this process to AWS, by the service it is signed for; others are of the cluster."""
    counts = Counter[str]()
    urlopen: Callable[..., Any] = urllib3.HTTPConnectionPool.urlopen

    def count(pool: Any, method: str, url: str, *rest: Any, headers: Any = None, **options: Any) -> Any:
        signed = SIGNED_FOR.search(_text((headers or {}).get("Authorization", "")))
        counts[signed.group(1) if signed else CLUSTER] += 1
        return urlopen(pool, method, url, *rest, headers=headers, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(urllib3.HTTPConnectionPool, "urlopen", count)
        yield counts


async def measure_calls(folder: Path) -> dict[str, dict[str, int]]:
    """`requests` by service, `dynamodb_units` by `read` and `write`, and how many units are written to partitions that
    incidents share: of one incident from its alarm to its end."""
    units = ConsumedUnits(moto.answer, moto.REGION)
    names = moto.state_of_its_own(folder, state_endpoint_url=moto.address(units))
    profile = load("aws", environment={}).state
    engines = {name: getattr(profile, name) for name in ("store", "queue", "checkpoint", "permit_keys", "used_permits")}
    state = names.model_copy(update=engines | create(names))
    with standing_lab(SCENARIO, folder / "lab") as lab, servers_within(), pytest.MonkeyPatch.context() as patch:
        stage = Stage(lab, folder)
        clock = LabClock(lab.control)
        patch.setattr(SQSBackend, "is_message_valid_based_on_retention_period", lambda *_: True)  # by the wall's time
        patch.setattr(sqs, "from_settings", lambda access: SqsOfATest(access, patch, clock.now()))
        settings = state.model_dump(exclude={"state_dir", "state_dir_trusted"})
        async with stage.runtime(clock=clock, **settings) as runtime:
            alarm = stage.alarm()
            units.units.clear()
            units.shared.clear()
            with counted_requests() as counts:
                incident, _ = await stage.respond(runtime, payload=alarm)
                await runtime.store.recorded()
            assert incident.status == "remediated"
    figures = {"requests": counts, "dynamodb_units": units.units, "shared_partition_units": units.shared}
    return {name: dict(sorted(counter.items())) for name, counter in figures.items()}


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


if __name__ == "__main__":
    os.environ |= {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    with tempfile.TemporaryDirectory() as name:
        print(yaml.safe_dump(asyncio.run(measure_calls(Path(name))), sort_keys=False), end="")
