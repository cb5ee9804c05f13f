"""What a world is made of: objects as the Kubernetes API gives them, logs, series, and the noise of other teams.

Names, namespaces, images, ports, counts and ages come from a seed; nothing in a name tells what is wrong.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.worlds import objects
from tests.worlds.names import ALPHABET, FIRST, PLACES, SECOND
from tests.worlds.objects import Obj


@dataclass
class App:
    """A workload with its pods and a Service, a Deployment unless a situation changes it."""

    name: str
    namespace: str
    port: int
    replicas: int
    age: float  # minutes
    image: str
    hash: str
    pods: list[Obj]
    deployment: Obj
    replica_set: Obj
    service: Obj

    @property
    def objects(self) -> list[Obj]:
        return [self.deployment, self.replica_set, *self.pods, self.service, self.slice]

    @property
    def slice(self) -> Obj:
        ready = [pod for pod in self.pods if pod["status"]["containerStatuses"][0]["ready"]]
        return objects.endpoint_slice(self.service, ready)

    @property
    def subject(self) -> str:
        return f"{self.deployment['kind']}/{self.namespace}/{self.name}"

    @property
    def pod(self) -> str:
        return str(self.pods[0]["metadata"]["name"])


@dataclass
class Draw:
    """What varies, by a seed. `objects`, `logs` and `series` grow into the world."""

    rng: random.Random
    objects: list[Obj] = field(default_factory=list)
    logs: list[Obj] = field(default_factory=list)
    series: list[Obj] = field(default_factory=list)
    metrics: list[Obj] = field(default_factory=list)
    deny: list[Obj] = field(default_factory=list)
    log_groups: list[Obj] = field(default_factory=list)
    _names: set[str] = field(default_factory=set)

    def pick(self, *options: Any) -> Any:
        return self.rng.choice(options)

    def number(self, least: int, most: int) -> int:
        return self.rng.randint(least, most)

    def name(self) -> str:
        while True:
            new_name = f"{self.rng.choice(FIRST)}-{self.rng.choice(SECOND)}"
            if new_name not in self._names:
                self._names.add(new_name)
                return new_name

    def place(self) -> str:
        while True:
            new_place = str(self.rng.choice(PLACES)).format(self.rng.choice(FIRST))
            if new_place not in self._names:
                self._names.add(new_place)
                return new_place

    def suffix(self, length: int = 5) -> str:
        return "".join(self.rng.choice(ALPHABET) for _ in range(length))

    def app(self, namespace: str = "", *, name: str = "", replicas: int = 0, service: str = "", port: int = 0) -> App:
        """A workload that serves, put into the world with its node."""
        self.node()
        namespace = namespace or self.place()
        self.namespace(namespace)
        new_app = serving(self, name or self.name(), namespace, replicas or self.number(1, 4), service, port)
        self.objects += new_app.objects
        return new_app

    def node(self) -> str:
        names = [o["metadata"]["name"] for o in self.objects if o["kind"] == "Node"]
        while len(names) < 2:
            names.append(f"ip-10-0-{self.number(1, 9)}-{self.number(10, 250)}.{self.pick('ec2', 'eu')}.internal")
            self.objects.append(objects.node(names[-1]))
        return str(self.rng.choice(names))

    def namespace(self, name: str) -> Obj:
        for one in self.objects:
            if one["kind"] == "Namespace" and one["metadata"]["name"] == name:
                return one
        namespace_obj = {
            "kind": "Namespace",
            "metadata": {"name": name, "creationTimestamp": objects.at(60 * 24 * 90)},
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        }
        self.objects.append(namespace_obj)
        return namespace_obj

    def log(self, app: App, lines: Iterable[str], *, pod: Obj | None = None, every: float = 20.0) -> None:
        """Lines of the first container, with times up to the present, in one of the usual forms."""
        log_lines = list(lines)
        pod = pod or app.pods[0]
        start = objects.NOW - timedelta(seconds=every * len(log_lines))
        text = "\n".join(
            f"{(start + timedelta(seconds=every * i)).strftime('%Y-%m-%dT%H:%M:%S.%fZ')} {line}"
            for i, line in enumerate(log_lines)
        )
        self.logs.append(
            {
                "namespace": app.namespace,
                "pod": pod["metadata"]["name"],
                "container": pod["spec"]["containers"][0]["name"],
                "previous": False,
                "text": text,
            }
        )

    def chatter(self, app: App) -> None:
        """The log of a program that does its work."""
        ways = (
            "INFO handled GET /v1/{} 200 in {} ms",
            'level=info msg="served" path=/{} status=200 ms={}',
            "[info] processed item {} ({} ms)",
        )
        way = self.rng.choice(ways)
        self.log(app, [way.format(self.rng.choice(FIRST), self.number(2, 40)) for _ in range(30)])

    def bystanders(self, most: int = 3) -> list[App]:
        return [self.app() for _ in range(self.number(0, most))]

    def shuffled(self) -> list[Obj]:
        copy = list(self.objects)
        self.rng.shuffle(copy)
        return copy

    def prometheus(self, name: str, labels: dict[str, str], values: Sequence[float], *, step: float = 60.0) -> None:
        """A series of a metric that ends at the present."""
        start = objects.NOW.timestamp() - step * (len(values) - 1)
        points = [[start + step * i, str(value)] for i, value in enumerate(values)]
        self.series.append(
            {
                "query": name,
                "start": objects.at(step * len(values) / 60),
                "end": objects.at(0),
                "step": int(step),
                "result": [{"metric": {"__name__": name, **labels}, "values": points}],
            }
        )

    def cloudwatch(
        self,
        namespace: str,
        name: str,
        dimensions: dict[str, str],
        values: Sequence[float],
        *,
        period: int = 60,
        stat: str = "Average",
    ) -> None:
        start = objects.NOW.timestamp() - period * len(values)
        moments = [
            datetime.fromtimestamp(start + period * i, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for i in range(len(values))
        ]
        self.metrics.append(
            {
                "namespace": namespace,
                "name": name,
                "stat": stat,
                "period": period,
                "unit": "None",
                "dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()],
                "points": [[m, v] for m, v in zip(moments, values, strict=True)],
            }
        )

    def world(self) -> Obj:
        return {
            "schema": "sre-world/1",
            "clock": objects.at(0),
            "k8s": {"objects": self.shuffled(), "logs": self.logs, "deny": self.deny},
            "cloudwatch": {"metrics": self.metrics, "log_groups": self.log_groups},
            "prometheus": self.series,
        }


def serving(draw: Draw, name: str, namespace: str, replicas: int, service: str, port: int) -> App:
    port = port or draw.pick(8080, 8000, 3000, 9090, 5000)
    age = draw.number(300, 60 * 24 * 20)
    digest = draw.suffix(10)
    image = f"registry.example.com/{namespace}/{name}:{draw.number(1, 9)}.{draw.number(0, 30)}.{draw.number(0, 9)}"
    key = draw.pick("app", "app.kubernetes.io/name", "run")
    labels = {key: name}
    container = {
        "name": draw.pick(name, "main", "app", "server"),
        "image": image,
        "ports": [{"containerPort": port}],
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
    }
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    deployment: Obj = {
        "kind": "Deployment",
        "metadata": objects.meta(name, namespace, age, labels, {"deployment.kubernetes.io/revision": "1"}),
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
        "status": {
            "replicas": replicas,
            "readyReplicas": replicas,
            "availableReplicas": replicas,
            "updatedReplicas": replicas,
            "observedGeneration": 1,
            "conditions": [{"type": "Available", "status": "True", "lastTransitionTime": objects.at(age - 1)}],
        },
    }
    with_hash = {**labels, "pod-template-hash": digest}
    replica_set: Obj = {
        "kind": "ReplicaSet",
        "metadata": {
            **objects.meta(f"{name}-{digest}", namespace, age, with_hash, {"deployment.kubernetes.io/revision": "1"}),
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": name, "controller": True}],
        },
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": with_hash},
            "template": {"metadata": {"labels": with_hash}, "spec": {"containers": [container]}},
        },
        "status": {"replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas},
    }
    pods = [
        objects.pod(
            f"{name}-{digest}-{draw.suffix()}",
            namespace,
            age - 1,
            with_hash,
            container,
            draw.node(),
            owner=("ReplicaSet", f"{name}-{digest}"),
        )
        for _ in range(replicas)
    ]
    objs = {
        "kind": "Service",
        "metadata": objects.meta(service or name, namespace, age, labels),
        "spec": {
            "type": "ClusterIP",
            "clusterIP": f"10.96.{draw.number(0, 250)}.{draw.number(2, 250)}",
            "selector": labels,
            "ports": [{"name": "http", "port": 80, "targetPort": port, "protocol": "TCP"}],
        },
    }
    return App(name, namespace, port, replicas, age, image, digest, pods, deployment, replica_set, objs)
