"""A small world of two Services, of which one calls the other, and what can be read off it."""

from __future__ import annotations

from typing import Any

from sre_lab.behaviour.kubelet import logs
from sre_lab.facts import inject_fault
from sre_lab.history import build
from sre_lab.kubernetes import changes
from sre_lab.scenario import Fault, Scenario
from sre_lab.world import World

START = 1_767_225_600.0  # 2026-01-01T00:00:00Z
ERRORS, REQUESTS = "HTTPCode_Target_5XX_Count", "RequestCount"


def deployment(name: str, namespace: str, *, replicas: int = 2, **pod: Any) -> dict[str, Any]:
    container: dict[str, Any] = {"name": name, "image": f"{name}:1", "ports": [{"containerPort": 8080, "name": "http"}]}
    container |= pod.pop("container", {})
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container], **pod}},
        },
    }


def service(name: str, namespace: str, **spec: Any) -> dict[str, Any]:
    meta = {"name": name, "namespace": namespace}
    whole = {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}], **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": whole}


COMPLAINS = {"error_log": "{time} ERROR {dependency}: {error}"}


class Pair:
    """`front` in namespace `web` calls `back` in namespace `data`, ten times a second."""

    def __init__(self, **changes: Any) -> None:
        images = {"front:1": COMPLAINS, "back:1": COMPLAINS} | changes.pop("images", {})
        more = changes.pop("manifests", [])
        manifests = [deployment("front", "web"), service("front", "web"), deployment("back", "data")]
        manifests = [*manifests, service("back", "data"), *more]
        names = [(m["kind"], m["metadata"]["name"]) for m in manifests]
        front = {"service": "front", "namespace": "web", "rate": 10, "calls": ["data/back"], "log_group": "/web"}
        back = {"service": "back", "namespace": "data", "rate": 0, "log_group": "/data"}
        whole = {
            "name": "pair",
            "title": "A pair",
            "story": "",
            "trigger": "",
            "history": "3m",
            "cluster": {"name": "test", "nodes": 2},
            "addons": ["coredns"],
            "images": images,
            "manifests": [
                m for i, m in enumerate(manifests) if (m["kind"], m["metadata"]["name"]) not in names[i + 1 :]
            ],
            "traffic": [front | changes.pop("front", {}), back | changes.pop("back", {})],
        }
        self.world: World = build(Scenario.model_validate(whole | changes), now=START)

    def apply(self, manifest: dict[str, Any]) -> None:
        changes.apply(self.world, manifest)

    def befall(self, **fault: Any) -> None:
        inject_fault(self.world, Fault.model_validate({"at": 0, **fault}))

    def patch(self, kind: str, namespace: str, name: str, patch: dict[str, Any]) -> None:
        self.befall(patch={"kind": kind, "namespace": namespace, "name": name, "patch": patch})

    def advance(self, seconds: float) -> None:
        self.world.clock.advance(seconds)

    def total(self, metric: str, service: str = "front", seconds: float = 30.0) -> float:
        """The sum of a Service's metric over the last `seconds`."""
        return self.summed("Shop/Services", metric, {"Service": service}, seconds)

    def summed(self, namespace: str, metric: str, where: dict[str, str], seconds: float = 30.0) -> float:
        now = self.world.clock.now()
        series = self.world.metrics.get(namespace, metric, where)
        return sum(v * n for _, v, n in series.between(now - seconds, now)) if series else 0.0

    def failing(self, service: str = "front", seconds: float = 30.0) -> float:
        """Share of the requests of the last `seconds` that failed."""
        return self.total(ERRORS, service, seconds) / self.total(REQUESTS, service, seconds)

    def last_line(self, service: str = "front") -> str:
        """What some container of the Service said last, without its time."""
        logs.flush(self.world)
        lines: list[tuple[float, str]] = []
        for pod in self.world.objects.all("Pod"):
            meta = pod["metadata"]
            run = self.world.containers.run(meta["namespace"], meta["name"], service)
            lines += run.lines[-1:] if run is not None else []
        return max(lines)[1].partition(" ")[2] if lines else ""
