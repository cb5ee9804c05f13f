"""Many incidents at once in one process, each with a write on its own workload: none is disturbed by another's end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import yaml

from sre_agent.compose import Runtime
from sre_agent.entrances import sentence
from sre_lab import scenario
from tests.incidents.conftest import Stage

pytestmark = pytest.mark.anyio
Open = Callable[[str], AbstractContextManager[Stage]]
GOOD = "registry.shop.test/payments-api:1.8.2"


def releases(count: int, folder: Path) -> str:
    """A scenario in which as many Deployments got the same bad release, each in a namespace of its own."""
    file = Path(scenario.__file__).parents[1] / "scenarios" / "payday-evening.yaml"
    document: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    deployment = next(one for one in document["manifests"] if one["metadata"]["name"] == "payments-api")
    fault = document["faults"][0]
    for number in range(count):
        place = {"name": f"app-{number}", "namespace": f"team-{number}"}
        labels = {"app": place["name"]}
        copy: dict[str, Any] = yaml.safe_load(yaml.safe_dump(deployment))
        copy["metadata"], copy["spec"]["replicas"] = {**place, "labels": labels}, 1
        copy["spec"]["selector"], copy["spec"]["template"]["metadata"] = {"matchLabels": labels}, {"labels": labels}
        document["manifests"] += [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": place["namespace"]}},
            copy,
        ]
        document["faults"].append({**fault, "patch": {**fault["patch"], **place}})
    path = folder / "releases.yaml"
    quiet = {"name": "releases", "history": "10m", "traffic": []}
    path.write_text(yaml.safe_dump({**document, **quiet}), encoding="utf-8")
    return str(path)


async def worked_on_together(runtime: Runtime, workers: int) -> int:
    """Until nothing waits any more; time moves only while nobody works. How many were worked on at once, at most."""
    pool, busy, most = [runtime.new_worker() for _ in range(workers)], dict[asyncio.Task[None], Any](), 0
    while True:
        free = [worker for worker in pool if worker not in busy.values()]
        while free and (look := await free[-1].take()) is not None:
            worker = free.pop()
            busy[asyncio.create_task(worker.handle(look))] = worker
        most = max(most, len(busy))
        if busy:
            done, _ = await asyncio.wait(busy, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                del busy[task]
                task.result()
        elif (entry := await runtime.store.next_message()) is None:
            return most
        else:
            await runtime.clock.sleep_until(entry.due)


@pytest.mark.parametrize("count", [3, pytest.param(20, marks=pytest.mark.long)])
@pytest.mark.timeout(900)
async def test_incidents_with_writes_on_different_workloads_do_not_disturb_each_other(
    stage: Open, count: int, tmp_path: Path
) -> None:
    with stage(releases(count, tmp_path)) as it:
        async with it.runtime() as runtime:
            incidents = []
            for number in range(count):
                text = f"Deployment app-{number} in namespace team-{number} is not ready"
                signal = sentence.signal(text, intent="respond", received_at=runtime.clock.now())
                incidents.append((await runtime.responder.submit(signal))[0].id)
            assert await worked_on_together(runtime, count) == count
            for number, incident in enumerate(incidents):
                report = await runtime.responder.report(incident)
                assert report is not None and (report.status, report.reason) == ("remediated", "fixed"), report
                (write,) = report.remediations
                assert write.call.arguments["name"] == f"app-{number}"
        for number in range(count):
            deployment = it.object(f"/apis/apps/v1/namespaces/team-{number}/deployments/app-{number}")
            assert deployment["spec"]["template"]["spec"]["containers"][0]["image"] == GOOD
