"""A one-node cluster whose pods are put there by hand, with the clock in the test's hand."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from sre_lab.behaviour import frozen
from sre_lab.behaviour.kubelet import logs, start
from sre_lab.clock import rfc3339
from sre_lab.objects.store import Obj, ObjectChange
from sre_lab.scenario import ClusterSpec, ImageProfile
from sre_lab.world import World, new_world

START = 1_800_000_000.0


class Lab:
    """The world and the questions that the tests ask about it; times are seconds since the start."""

    def __init__(self, seed: int, images: dict[str, ImageProfile]) -> None:
        self.world: World = new_world(ClusterSpec(), START, seed)
        self.world.images.update(images)
        self.world.objects.create(
            {
                "kind": "Node",
                "apiVersion": "v1",
                "metadata": {"name": "worker-1"},
                "spec": {"podCIDR": "10.244.1.0/24"},
                "status": {"addresses": [{"type": "InternalIP", "address": "10.0.0.11"}]},
            }
        )
        frozen.watch(self.world)
        start(self.world)
        self.history: list[tuple[float, Obj]] = []
        self.world.objects.subscribe(self._remember)

    def _remember(self, change: ObjectChange) -> None:
        if change.object["kind"] == "Pod" and change.type != "DELETED":
            self.history.append((self.now(), change.object))

    def now(self) -> float:
        return self.world.clock.now() - START

    def to(self, when: float) -> None:
        self.world.clock.advance_to(START + when)

    def run(self, image: str = "shop/app:1", *, name: str = "app-1", pod: Obj | None = None, **container: Any) -> Obj:
        """Bind a pod of one container to the node; `pod` adds to its spec, keywords to its container."""
        spec = {
            "nodeName": "worker-1",
            "restartPolicy": "Always",
            "containers": [{"name": "app", "image": image, **container}],
            **(pod or {}),
        }
        meta = {"name": name, "namespace": "shop"}
        return self.world.objects.create(
            {"kind": "Pod", "apiVersion": "v1", "metadata": meta, "spec": spec, "status": {"phase": "Pending"}}
        )

    def create(self, kind: str, name: str, data: dict[str, str]) -> None:
        meta = {"name": name, "namespace": "shop"}
        self.world.objects.create({"kind": kind, "apiVersion": "v1", "metadata": meta, "data": data})

    def delete(self, name: str = "app-1", grace: int = 30) -> None:
        """What the API does with the deletion of a pod that runs on a node."""
        marks = {
            "deletionTimestamp": rfc3339(self.world.clock.now() + grace),
            "deletionGracePeriodSeconds": grace,
        }
        self.world.objects.edit("Pod", "shop", name, lambda pod: pod["metadata"].update(marks))

    def pod(self, name: str = "app-1") -> Obj:
        result = self.world.objects.get("Pod", "shop", name)
        assert result is not None
        return result

    def gone(self, name: str = "app-1") -> bool:
        return self.world.objects.get("Pod", "shop", name) is None

    def container(self, name: str = "app", pod: str = "app-1") -> Obj:
        status = self.pod(pod)["status"]
        rendered = [*status.get("initContainerStatuses", []), *status["containerStatuses"]]
        return next(c for c in rendered if c["name"] == name)

    def waiting(self, name: str = "app") -> tuple[str, str]:
        waiting = self.container(name)["state"]["waiting"]
        return waiting["reason"], waiting.get("message", "")

    def condition(self, kind: str, name: str = "app-1") -> Obj:
        return next(c for c in self.pod(name)["status"]["conditions"] if c["type"] == kind)

    def events(self, reason: str) -> list[tuple[str, int]]:
        """(message, count) of the events with this reason."""
        results = [e for e in self.world.objects.all("Event") if e["reason"] == reason]
        return [(e["message"], e["count"]) for e in results]

    def lines(self, name: str = "app", *, previous: bool = False) -> list[tuple[float, str]]:
        logs.flush(self.world)
        log = self.world.containers.run("shop", "app-1", name, previous=previous)
        assert log is not None
        return [(round(at - START, 3), line) for at, line in log.lines]

    def first(self, function: Callable[[Obj], bool]) -> float:
        """When the status of a pod first showed this."""
        return next(at for at, pod in self.history if pod.get("status", {}).get("containerStatuses") and function(pod))

    def restarts_at(self) -> list[float]:
        """When each further restart of the first container first showed."""
        counts = range(1, self.container()["restartCount"] + 1)
        return [self.first(partial(_has_restarted, count)) for count in counts]


def _has_restarted(count: int, pod: Obj) -> bool:
    return bool(pod["status"]["containerStatuses"][0]["restartCount"] == count)


@pytest.fixture
def lab() -> Callable[..., Lab]:
    """`lab({image: behaviour}, seed=1)` starts a cluster."""

    def begin(images: dict[str, ImageProfile] | None = None, *, seed: int = 1) -> Lab:
        return Lab(seed, images or {})

    return begin
