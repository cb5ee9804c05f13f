"""Two nodes with real controllers and kubelets on a clock that follows the wall, served on loopback."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sre_lab.behaviour import controllers, kubelet
from sre_lab.containers import kubelets
from sre_lab.facts import create_cluster
from sre_lab.kubernetes import api
from sre_lab.loopback import LoopbackServer
from sre_lab.scenario import ClusterSpec, ImageProfile, LogLine, ProcessExit
from sre_lab.world import World, new_world
from tests.clients.following import follow

NOW = 1_790_000_000.0
REGISTRY = "registry.example.com/shop"
STOREFRONT = ImageProfile(
    pull_takes=0.1,
    ready_after=0.1,
    log=[
        LogLine(line="{time} INFO storefront 1.8.0 starting"),
        LogLine(at=0.01, line="{time} INFO listening on :8080"),
        *(LogLine(at=at, line="{time} INFO GET /healthz 200") for at in (5, 10)),  # however slow the machine is
    ],
    files={"/app/main": "", "/www/index.html": "storefront\n"},
    without=["tar"],
)
IMAGES = {
    f"{REGISTRY}/storefront:1.8.0": STOREFRONT,
    f"{REGISTRY}/storefront:1.8.1": STOREFRONT,
    f"{REGISTRY}/export:1.0.0": ImageProfile(pull_takes=0.1, exits=[ProcessExit(after=0.2, code=0)]),
    "x": ImageProfile(pull="unauthorized"),
}


@dataclass(frozen=True)
class Lab:
    url: str
    kubeconfig: Path
    world: World
    loop: asyncio.AbstractEventLoop

    def later(self, seconds: float) -> None:
        """Let the lab's time jump; it follows the wall again from there."""

        async def jump() -> None:
            self.world.clock.catch_up()
            self.world.clock.advance(seconds)
            self.world.clock.follow_wall()

        asyncio.run_coroutine_threadsafe(jump(), self.loop).result(30)

    def kubectl(self, *arguments: str, stdin: str = "", limit: float = 100) -> tuple[int, str]:
        """(exit status, output and errors)"""
        done = subprocess.run(
            [*self._kubectl, *arguments],
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=limit,
            env=self._environment,
            check=False,
        )
        return done.returncode, done.stdout

    def follow(self, *arguments: str, enough: Callable[[str], bool]) -> str:
        """What a kubectl that does not end by itself says until it is enough."""
        return follow([*self._kubectl, *arguments], self._environment, enough)

    @property
    def _kubectl(self) -> list[str]:
        return ["kubectl", f"--kubeconfig={self.kubeconfig}", f"--cache-dir={self.kubeconfig.parent / 'cache'}"]

    @property
    def _environment(self) -> dict[str, str]:
        home = {"HOME": str(self.kubeconfig.parent), "PATH": os.environ["PATH"]}
        return {**home, "KUBE_EDITOR": "true", "KUBECTL_KUBERC": "false"}


def small_world() -> World:
    world = new_world(ClusterSpec(nodes=2, instance_type="", metrics_server=False), NOW, seed=3)
    world.images.update(IMAGES)
    create_cluster(world)
    controllers.start(world)
    kubelet.start(world)
    world.clock.advance(5)
    return world


@contextmanager
def lab(folder: Path) -> Iterator[Lab]:
    """A running lab; it ends with the block."""
    world = small_world()
    loop = asyncio.new_event_loop()
    server = LoopbackServer(api.app(world, kubelets()))

    async def serve() -> None:
        world.clock.follow_wall()
        await server.run_until_stopped()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    try:
        yield Lab(server.url, _kubeconfig(folder, server.url), world, loop)
    finally:
        loop.call_soon_threadsafe(server.stop)
        thread.join(10)
        loop.close()


def _kubeconfig(folder: Path, url: str) -> Path:
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "lab", "cluster": {"server": url}}],
        "users": [{"name": "lab", "user": {"token": "lab"}}],
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "lab"}}],
        "current-context": "lab",
    }
    path = folder / "kubeconfig"
    path.write_text(json.dumps(config))
    return path
