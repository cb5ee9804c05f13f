"""One process, one loop, one world: every endpoint of the lab on loopback ports of its choice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from starlette.types import ASGIApp

from sre_lab import control
from sre_lab.aws import api as aws_api
from sre_lab.aws import eks, xray
from sre_lab.containers import kubelets
from sre_lab.date_header import DateHeader
from sre_lab.endpoints import LabEndpoints
from sre_lab.kubeconfig import write_kubeconfig
from sre_lab.kubernetes import api as kubernetes_api
from sre_lab.loopback import HOST, LoopbackServer
from sre_lab.prometheus import api as prometheus_api
from sre_lab.world import World

TICK = 0.1  # seconds of wall time between two looks at the clock while it follows the wall


async def serve(
    world: World,
    *,
    follow_wall: bool,
    folder: Path,
    stop: asyncio.Event,
    ready: Callable[[LabEndpoints], None],
    scenario: str = "",
    trigger: str = "",
) -> None:
    """Serve until `stop` is set. `ready` is called once, when every endpoint answers.

    `folder` receives the kubeconfig. An error in the simulation ends the lab: a half-true world serves nobody.
    """
    apps: dict[str, ASGIApp] = {
        "kubernetes": kubernetes_api.app(world, kubelets()),
        "aws": aws_api.app(world),
        "prometheus": DateHeader(prometheus_api.app(world), world.clock),
        "control": DateHeader(control.app(world, scenario, trigger), world.clock),
    }
    servers = {name: LoopbackServer(app) for name, app in apps.items()}
    eks.served_at(world, servers["kubernetes"].url)
    datagrams, xray_port = await xray.listen(world)
    endpoints = LabEndpoints(
        kubeconfig=write_kubeconfig(folder, servers["kubernetes"].url, world.cluster.name),
        aws=servers["aws"].url,
        region=world.cluster.region,
        prometheus=servers["prometheus"].url,
        xray=f"{HOST}:{xray_port}",
        control=servers["control"].url,
        scenario=scenario,
        trigger=trigger,
    )
    if follow_wall:
        world.clock.follow_wall()
    try:
        async with asyncio.TaskGroup() as tasks:
            for server in servers.values():
                tasks.create_task(server.run_until_stopped())
            ticking = tasks.create_task(_tick(world))
            for server in servers.values():
                await server.up.wait()
            ready(endpoints)
            await stop.wait()
            ticking.cancel()
            for server in servers.values():
                server.stop()
    finally:
        datagrams.close()


async def _tick(world: World) -> None:
    while True:
        world.clock.catch_up()
        await asyncio.sleep(TICK)
