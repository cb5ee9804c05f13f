"""What a live namespace is made of: workloads with a Service each, by a seed, and what changed in it a while ago."""

from __future__ import annotations

import copy
import random
from dataclasses import dataclass, field
from typing import Any, Final

from sre_lab.scenario import ClusterSpec, Fault, ImageProfile, Scenario, Traffic
from tests.worlds.names import FIRST, PLACES, SECOND

Obj = dict[str, Any]
HISTORY: Final = 1200.0  # seconds
CHANGED: Final = 480.0  # seconds before the present, when what breaks it was done


@dataclass
class LiveApp:
    """A Deployment and its Service, as they are applied at the beginning."""

    name: str
    namespace: str
    port: int
    image: str
    replicas: int
    workload: Obj
    service: Obj

    @property
    def pod(self) -> Obj:
        spec: Obj = self.workload["spec"]["template"]["spec"]
        return spec

    @property
    def container(self) -> Obj:
        container: Obj = self.pod["containers"][0]
        return container

    @property
    def place(self) -> Obj:
        """Arguments that name the workload in a call."""
        return {"kind": "Deployment", "namespace": self.namespace, "name": self.name}

    def replaced_at_once(self) -> None:
        """A rollout ends all old pods before it starts new ones."""
        self.workload["spec"]["strategy"] = {"type": "Recreate"}


@dataclass
class LiveDraw:
    """A namespace in the making."""

    rng: random.Random
    namespace: str = ""
    apps: list[LiveApp] = field(default_factory=list)
    others: list[Obj] = field(default_factory=list)
    images: dict[str, ImageProfile] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    traffic: list[Traffic] = field(default_factory=list)
    cluster: Obj = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.namespace = self.rng.choice(PLACES).format(self.rng.choice(FIRST))

    def name(self) -> str:
        names = {app.name for app in self.apps}
        while (name := f"{self.rng.choice(FIRST)}-{self.rng.choice(SECOND)}") in names:
            pass
        return name

    def app(self, *, replicas: int = 0, cpu: str = "100m", memory: str = "128Mi") -> LiveApp:
        """A program that works, with a probe in two of three."""
        rng, name = self.rng, self.name()
        port, count = rng.choice((3000, 8000, 8080, 8443, 9000)), replicas or rng.randint(2, 4)
        image = f"registry.{rng.choice(FIRST)}.test/{name}:{rng.randint(1, 4)}.{rng.randint(0, 20)}.{rng.randint(0, 9)}"
        self.images[image] = ImageProfile(ready_after=rng.choice((0.5, 1.0, 4.0, 11.0)))
        container: Obj = {
            "name": name if rng.random() < 0.7 else "app",
            "image": image,
            "ports": [{"containerPort": port, "name": "http"}],
            "resources": {
                "requests": {"cpu": cpu, "memory": memory},
                "limits": {"memory": rng.choice(("256Mi", "384Mi"))},
            },
        }
        if rng.random() < 0.67:
            container["readinessProbe"] = {"httpGet": {"path": rng.choice(("/healthz", "/ready")), "port": port}}
        labels, meta = {"app": name}, {"name": name, "namespace": self.namespace, "labels": {"app": name}}
        spec = {
            "replicas": count,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        }
        ports = [{"name": "http", "port": 80, "targetPort": port}]
        service = {"apiVersion": "v1", "kind": "Service", "metadata": copy.deepcopy(meta)}
        service["spec"] = {"selector": dict(labels), "ports": ports}
        workload: Obj = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}
        app = LiveApp(name, self.namespace, port, image, count, workload, service)
        self.apps.append(app)
        return app

    def neighbours(self) -> list[LiveApp]:
        """One to three that have nothing to do with it, and sometimes a budget for the first."""
        apps = [self.app() for _ in range(self.rng.randint(1, 3))]
        if self.rng.random() < 0.4:
            first = apps[0]
            spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": first.name}}}
            self.put("policy/v1", "PodDisruptionBudget", first.name, spec=spec)
        return apps

    def put(self, version: str, kind: str, name: str, **fields: Any) -> Obj:
        """Beside the workloads, from the beginning on."""
        meta = {"name": name, "namespace": self.namespace}
        obj: Obj = {"apiVersion": version, "kind": kind, "metadata": meta, **fields}
        self.others.append(obj)
        return obj

    def patch(self, kind: str, name: str, patch: Obj, *, ago: float = CHANGED) -> None:
        """What somebody changed, seconds ago."""
        target = {"kind": kind, "namespace": self.namespace, "name": name, "patch": patch}
        self.faults.append(Fault(at=-ago, patch=target))

    def patch_container(self, app: LiveApp, fields: Obj) -> None:
        """Its pod template, in one container."""
        containers = [{"name": app.container["name"], **fields}]
        self.patch("Deployment", app.name, {"spec": {"template": {"spec": {"containers": containers}}}})

    def patch_pod(self, app: LiveApp, fields: Obj) -> None:
        """Its pod template, beside the containers."""
        self.patch("Deployment", app.name, {"spec": {"template": {"spec": fields}}})

    def calls(self, caller: LiveApp, callee: LiveApp) -> None:
        """Each request to the one needs the other, and the caller's log says so when it fails."""
        profile = self.images[caller.image].model_copy(update={"error_log": "{time} ERROR upstream: {error}"})
        self.images[caller.image] = profile
        calls = Traffic(service=caller.name, namespace=self.namespace, rate=4, calls=[callee.name])
        self.traffic += [calls, Traffic(service=callee.name, namespace=self.namespace, rate=1)]

    def scenario(self) -> Scenario:
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}
        workloads = [obj for app in self.apps for obj in (app.workload, app.service)]
        return Scenario(
            name="live",
            title="",
            story="",
            cluster=ClusterSpec(**{"name": "recorded", "nodes": self.rng.randint(2, 3), **self.cluster}),
            history=HISTORY,
            seed=self.rng.randint(1, 99),
            images=self.images,
            manifests=[namespace, *self.others, *workloads],
            faults=self.faults,
            traffic=self.traffic,
            trigger="",
        )
