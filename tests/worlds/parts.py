"""What a world is made of: objects as the Kubernetes API gives them, logs, series, and the noise of other teams.

Names, namespaces, images, ports, counts and ages come from a seed; nothing in a name tells what is wrong.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

Obj = dict[str, Any]
NOW: Final = datetime(2026, 3, 11, 14, 20, tzinfo=UTC)
BALANCER: Final = "lb.example.com"  # the address of every Ingress
ALPHABET: Final = "bcdfghjklmnpqrstvwxz2456789"
FIRST: Final = (
    "amber basil cedar comet delta ember fable garnet harbor indigo juniper kestrel lumen maple nimbus onyx pebble quartz"
    " raven saffron tundra umber violet willow yarrow zephyr"
).split()
SECOND: Final = (
    "api gateway worker ledger catalog basket pricing profile search mailer exporter router relay importer indexer"
    " notifier scheduler auth feed quote"
).split()
PLACES: Final = "team-{} prod {}-prod shop-{} platform-{} {}-live core".split()


def at(minutes_ago: float) -> str:
    """A time of the world, that many minutes before its present."""
    return (NOW - timedelta(minutes=minutes_ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class App:
    """A Deployment with its ReplicaSet, its pods and a Service; what a situation wants otherwise it changes."""

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
        return endpoint_slice(self.service, ready)

    @property
    def subject(self) -> str:
        return f"Deployment/{self.namespace}/{self.name}"

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
    _names: set[str] = field(default_factory=set)

    def pick(self, *options: Any) -> Any:
        return self.rng.choice(options)

    def number(self, least: int, most: int) -> int:
        return self.rng.randint(least, most)

    def name(self) -> str:
        while True:
            made = f"{self.rng.choice(FIRST)}-{self.rng.choice(SECOND)}"
            if made not in self._names:
                self._names.add(made)
                return made

    def place(self) -> str:
        made = str(self.rng.choice(PLACES)).format(self.rng.choice(FIRST))
        self._names.add(made)
        return made

    def suffix(self, length: int = 5) -> str:
        return "".join(self.rng.choice(ALPHABET) for _ in range(length))

    def app(self, namespace: str = "", *, name: str = "", replicas: int = 0, service: str = "", port: int = 0) -> App:
        """A workload that serves, put into the world with its node."""
        self.node()
        namespace = namespace or self.place()
        self.namespace(namespace)
        made = serving(self, name or self.name(), namespace, replicas or self.number(1, 4), service, port)
        self.objects += made.objects
        return made

    def node(self) -> str:
        known = [o["metadata"]["name"] for o in self.objects if o["kind"] == "Node"]
        while len(known) < 2:
            known.append(f"ip-10-0-{self.number(1, 9)}-{self.number(10, 250)}.{self.pick('ec2', 'eu')}.internal")
            self.objects.append(node(known[-1]))
        return str(self.rng.choice(known))

    def namespace(self, name: str) -> Obj:
        for one in self.objects:
            if one["kind"] == "Namespace" and one["metadata"]["name"] == name:
                return one
        made = {"kind": "Namespace", "metadata": {"name": name, "creationTimestamp": at(60 * 24 * 90)},
                "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}  # fmt: skip
        self.objects.append(made)
        return made

    def log(self, app: App, lines: Iterable[str], *, pod: Obj | None = None, every: float = 20.0) -> None:
        """Lines of the first container, with times up to the present, in one of the usual forms."""
        written = list(lines)
        pod = pod or app.pods[0]
        start = NOW - timedelta(seconds=every * len(written))
        text = "\n".join(
            f"{(start + timedelta(seconds=every * i)).strftime('%Y-%m-%dT%H:%M:%S.%fZ')} {line}"
            for i, line in enumerate(written)
        )
        self.logs.append({
            "namespace": app.namespace, "pod": pod["metadata"]["name"],
            "container": pod["spec"]["containers"][0]["name"], "previous": False, "text": text,
        })  # fmt: skip

    def chatter(self, app: App) -> None:
        """The log of a program that does its work."""
        ways = (
            "INFO handled GET /v1/{} 200 in {} ms", "level=info msg=\"served\" path=/{} status=200 ms={}",
            "[info] processed item {} ({} ms)",
        )  # fmt: skip
        way = self.rng.choice(ways)
        self.log(app, [way.format(self.rng.choice(FIRST), self.number(2, 40)) for _ in range(30)])

    def bystanders(self, most: int = 3) -> list[App]:
        return [self.app() for _ in range(self.number(0, most))]

    def shuffled(self) -> list[Obj]:
        found = list(self.objects)
        self.rng.shuffle(found)
        return found

    def prometheus(self, name: str, labels: dict[str, str], values: Sequence[float], *, step: float = 60.0) -> None:
        """A series of a metric that ends at the present."""
        start = NOW.timestamp() - step * (len(values) - 1)
        points = [[start + step * i, str(value)] for i, value in enumerate(values)]
        self.series.append({
            "query": name, "start": at(step * len(values) / 60), "end": at(0), "step": int(step),
            "result": [{"metric": {"__name__": name, **labels}, "values": points}],
        })  # fmt: skip

    def cloudwatch(
        self, namespace: str, name: str, dimensions: dict[str, str], values: Sequence[float], *, period: int = 60,
        stat: str = "Average",
    ) -> None:  # fmt: skip
        start = NOW.timestamp() - period * len(values)
        moments = [
            datetime.fromtimestamp(start + period * i, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for i in range(len(values))
        ]
        self.metrics.append({
            "namespace": namespace, "name": name, "stat": stat, "period": period, "unit": "None",
            "dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()],
            "points": [[m, v] for m, v in zip(moments, values, strict=True)],
        })  # fmt: skip

    def world(self) -> Obj:
        return {
            "schema": "sre-world/1",
            "clock": at(0),
            "k8s": {"objects": self.shuffled(), "logs": self.logs, "deny": self.deny},
            "cloudwatch": {"metrics": self.metrics, "log_groups": []},
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
        "name": draw.pick(name, "main", "app", "server"), "image": image, "ports": [{"containerPort": port}],
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
    }  # fmt: skip
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    deployment: Obj = {
        "kind": "Deployment",
        "metadata": _meta(name, namespace, age, labels, {"deployment.kubernetes.io/revision": "1"}),
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
        "status": {
            "replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas, "updatedReplicas": replicas,
            "observedGeneration": 1,
            "conditions": [{"type": "Available", "status": "True", "lastTransitionTime": at(age - 1)}],
        },
    }  # fmt: skip
    with_hash = {**labels, "pod-template-hash": digest}
    replica_set: Obj = {
        "kind": "ReplicaSet",
        "metadata": {
            **_meta(f"{name}-{digest}", namespace, age, with_hash, {"deployment.kubernetes.io/revision": "1"}),
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": name, "controller": True}],
        },
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": with_hash},
            "template": {"metadata": {"labels": with_hash}, "spec": {"containers": [container]}},
        },
        "status": {"replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas},
    }  # fmt: skip
    pods = [
        pod(f"{name}-{digest}-{draw.suffix()}", namespace, age - 1, with_hash, container, draw.node(),
            owner=("ReplicaSet", f"{name}-{digest}"))
        for _ in range(replicas)
    ]  # fmt: skip
    found = {
        "kind": "Service",
        "metadata": _meta(service or name, namespace, age, labels),
        "spec": {
            "type": "ClusterIP", "clusterIP": f"10.96.{draw.number(0, 250)}.{draw.number(2, 250)}", "selector": labels,
            "ports": [{"name": "http", "port": 80, "targetPort": port, "protocol": "TCP"}],
        },
    }  # fmt: skip
    return App(name, namespace, port, replicas, age, image, digest, pods, deployment, replica_set, found)


def pod(
    name: str, namespace: str, age: float, labels: dict[str, str], container: Obj, on: str, owner: tuple[str, str] | None
) -> Obj:  # fmt: skip
    meta = _meta(name, namespace, age, labels)
    if owner is not None:
        kinds = {"Job": "batch/v1"}
        meta["ownerReferences"] = [
            {"apiVersion": kinds.get(owner[0], "apps/v1"), "kind": owner[0], "name": owner[1], "controller": True}
        ]
    return {
        "kind": "Pod",
        "metadata": meta,
        "spec": {"nodeName": on, "containers": [container]},
        "status": {
            "phase": "Running", "podIP": "10.2.3.4", "startTime": at(age),
            "conditions": [
                {"type": "Ready", "status": "True", "lastTransitionTime": at(age - 1)},
                {"type": "PodScheduled", "status": "True", "lastTransitionTime": at(age)},
            ],
            "containerStatuses": [{
                "name": container["name"], "image": container["image"], "ready": True, "restartCount": 0, "started": True,
                "state": {"running": {"startedAt": at(age - 0.2)}},
            }],
        },
    }  # fmt: skip


def broken(app: App, *, exit_code: int = 1, restarts: int = 9) -> None:
    """All its pods end and start again, and nobody is served."""
    for one in app.pods:
        status = one["status"]
        status["conditions"][0].update(status="False", reason="ContainersNotReady", lastTransitionTime=at(12))
        ended = {"exitCode": exit_code, "reason": "Error", "startedAt": at(2.4), "finishedAt": at(2)}
        status["containerStatuses"][0].update(
            ready=False, started=False, restartCount=restarts, lastState={"terminated": ended},
            state={"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}},
        )  # fmt: skip
    app.deployment["status"].update(readyReplicas=0, availableReplicas=0, unavailableReplicas=app.replicas)
    app.deployment["status"]["conditions"] = [{
        "type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable", "lastTransitionTime": at(12)
    }]  # fmt: skip
    app.replica_set["status"].update(readyReplicas=0, availableReplicas=0)


def node(name: str) -> Obj:
    amounts = {"cpu": "4", "memory": "16Gi", "pods": "58"}
    healthy = [
        {"type": kind, "status": status, "lastHeartbeatTime": at(0.2), "lastTransitionTime": at(9000), "reason": reason}
        for kind, status, reason in (
            ("MemoryPressure", "False", "KubeletHasSufficientMemory"), ("DiskPressure", "False", "KubeletHasNoDiskPressure"),
            ("PIDPressure", "False", "KubeletHasSufficientPID"), ("Ready", "True", "KubeletReady"),
        )
    ]  # fmt: skip
    return {
        "kind": "Node",
        "metadata": {"name": name, "creationTimestamp": at(9000), "labels": {"kubernetes.io/hostname": name}},
        "spec": {"providerID": f"aws:///eu-central-1a/i-{zlib.crc32(name.encode()):010d}"},
        "status": {"capacity": amounts, "allocatable": amounts, "conditions": healthy},
    }


def endpoint_slice(service: Obj, pods: Sequence[Obj]) -> Obj:
    name, namespace = service["metadata"]["name"], service["metadata"]["namespace"]
    ports = [{"name": p.get("name", ""), "port": p["targetPort"], "protocol": "TCP"} for p in service["spec"]["ports"]]
    return {
        "kind": "EndpointSlice",
        "metadata": {
            "name": f"{name}-abcde", "namespace": namespace, "labels": {"kubernetes.io/service-name": name},
            "ownerReferences": [{"apiVersion": "v1", "kind": "Service", "name": name, "controller": True}],
        },
        "addressType": "IPv4", "ports": ports,
        "endpoints": [
            {"addresses": [f"10.2.3.{i + 4}"], "conditions": {"ready": True},
             "targetRef": {"kind": "Pod", "name": p["metadata"]["name"], "namespace": namespace}}
            for i, p in enumerate(pods)
        ],
    }  # fmt: skip


def event(about: Obj, reason: str, message: str, *, minutes: float = 5, count: int = 4, kind: str = "Warning") -> Obj:
    meta = about["metadata"]
    return {
        "kind": "Event",
        "metadata": {"name": f"{meta['name']}.{zlib.crc32((reason + message).encode())}",
                     "namespace": meta.get("namespace", "default")},
        "involvedObject": {"kind": about["kind"], "name": meta["name"], "namespace": meta.get("namespace", "")},
        "reason": reason, "message": message, "type": kind, "count": count,
        "firstTimestamp": at(minutes + 10), "lastTimestamp": at(minutes), "source": {"component": "kubelet"},
    }  # fmt: skip


def ingress(name: str, namespace: str, host: str, service: str, port: int = 80) -> Obj:
    backend = {"service": {"name": service, "port": {"number": port}}}
    return {
        "kind": "Ingress",
        "metadata": _meta(name, namespace, 9000, {}),
        "spec": {"ingressClassName": "nginx", "rules": [
            {"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}]},
        "status": {"loadBalancer": {"ingress": [{"hostname": BALANCER}]}},
    }  # fmt: skip


def job(draw: Draw, name: str, namespace: str, *, failed: bool) -> list[Obj]:
    container = {"name": "main", "image": f"registry.example.com/{name}:1"}
    labels = {"job-name": name, "batch.kubernetes.io/job-name": name}
    state = "Failed" if failed else "Complete"
    why = {"reason": "BackoffLimitExceeded", "message": "Job has reached the specified backoff limit"} if failed else {}
    body: Obj = {
        "kind": "Job",
        "metadata": _meta(name, namespace, 40, labels),
        "spec": {"backoffLimit": 3, "completions": 1, "template": {"metadata": {"labels": labels}, "spec": {
            "containers": [container], "restartPolicy": "Never"}}},
        "status": {
            "startTime": at(40), "conditions": [{"type": state, "status": "True", "lastTransitionTime": at(20), **why}],
            **({"failed": 4} if failed else {"succeeded": 1, "completionTime": at(20)}),
        },
    }  # fmt: skip
    made = pod(f"{name}-{draw.suffix()}", namespace, 30, labels, container, draw.node(), ("Job", name))
    ended = {
        "exitCode": 1 if failed else 0,
        "reason": "Error" if failed else "Completed",
        "startedAt": at(30),
        "finishedAt": at(21),
    }
    made["status"].update(phase="Failed" if failed else "Succeeded")
    made["status"]["conditions"][0]["status"] = "False"
    made["status"]["containerStatuses"][0].update(ready=False, started=False, state={"terminated": ended})
    return [body, made]


def alertmanager(
    name: str, labels: dict[str, str], annotations: dict[str, str], *, minutes: float = 15, **group: Any
) -> Obj:
    """An alarm as Alertmanager sends it."""
    whole = {"alertname": name, "severity": "warning", **labels}
    alert = {"status": "firing", "labels": whole, "annotations": annotations, "startsAt": at(minutes),
             "endsAt": "0001-01-01T00:00:00Z", "generatorURL": group.pop("generator", "")}  # fmt: skip
    payload = {
        "version": "4", "status": "firing", "receiver": "sre-agent", "groupLabels": {"alertname": name},
        "commonLabels": whole, "commonAnnotations": annotations, "alerts": [alert],
    }  # fmt: skip
    return {"type": "alarm", "format": "alertmanager-v4", "payload": payload}


def webhook(title: str, **fields: Any) -> Obj:
    return {"type": "alarm", "format": "webhook", "payload": {"title": title, "state": "firing", **fields}}


def cloudwatch_alarm(
    name: str, namespace: str, metric: str, dimensions: dict[str, str], *, statistic: str, threshold: float, value: float,
    minutes: float = 12,
) -> Obj:  # fmt: skip
    reason = f"Threshold Crossed: 1 datapoint [{value}] was greater than the threshold ({threshold})."
    stat = {
        "metric": {"namespace": namespace, "name": metric, "dimensions": dimensions},
        "period": 60,
        "stat": statistic,
    }
    payload = {
        "version": "0", "id": "0a1b", "detail-type": "CloudWatch Alarm State Change", "source": "aws.cloudwatch",
        "account": "123456789012", "time": at(minutes), "region": "eu-central-1",
        "resources": [f"arn:aws:cloudwatch:eu-central-1:123456789012:alarm:{name}"],
        "detail": {
            "alarmName": name, "configuration": {"metrics": [{"id": "m1", "metricStat": stat, "returnData": True}]},
            "state": {"value": "ALARM", "reason": reason, "timestamp": at(minutes),
                      "reasonData": f'{{"threshold": {threshold}, "recentDatapoints": [{value}]}}'},
            "previousState": {"value": "OK", "timestamp": at(minutes + 600)},
        },
    }  # fmt: skip
    return {"type": "alarm", "format": "cloudwatch-eventbridge", "payload": payload}


def question(text: str) -> Obj:
    return {"type": "question", "text": text}


def sweep(scope: str) -> Obj:
    return {"type": "sweep", "scope": scope}


def _meta(
    name: str, namespace: str, age: float, labels: dict[str, str], annotations: dict[str, str] | None = None
) -> Obj:
    found: Obj = {
        "name": name,
        "namespace": namespace,
        "creationTimestamp": at(age),
        "labels": dict(labels),
        "generation": 1,
    }
    return found | ({"annotations": annotations} if annotations else {})
