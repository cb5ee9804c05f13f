"""A small cluster as plain objects, served on loopback: what the tests of this folder drive."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import kubernetes
import pytest
import uvicorn
import yaml
from starlette.types import ASGIApp, Receive, Scope, Send

from sre_lab.clock import rfc3339
from sre_lab.containers import kubelets
from sre_lab.kubernetes import api, changes
from sre_lab.scenario import ClusterSpec
from sre_lab.telemetry import ContainerLog
from sre_lab.world import World, new_world
from tests.clients.following import follow

NOW = 1_790_000_000.0  # 2026-09-21T14:13:20Z
Obj = dict[str, Any]
T = TypeVar("T")


def stamp(seconds_ago: float) -> str:
    return rfc3339(NOW - seconds_ago)


def deployment(name: str = "web", image: str = "registry.example.com/shop/web:1.0", revision: int = 1) -> Obj:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": name,
            "namespace": "shop",
            "labels": {"app": name},
            "annotations": {"deployment.kubernetes.io/revision": str(revision)},
            "creationTimestamp": stamp(3600),
        },
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {
                    "containers": [
                        {
                            "name": name,
                            "image": image,
                            "ports": [{"containerPort": 8080}],
                            "resources": {"requests": {"memory": "32Mi"}, "limits": {"memory": "64Mi"}},
                        }
                    ]
                },
            },
        },
        "status": {
            "observedGeneration": 1,
            "replicas": 2,
            "updatedReplicas": 2,
            "readyReplicas": 2,
            "availableReplicas": 2,
            "conditions": [
                {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"},
                {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
            ],
        },
    }


def owner(obj: Obj) -> list[Obj]:
    reference = {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "controller": True, "blockOwnerDeletion": True}
    return [reference | {"name": obj["metadata"]["name"], "uid": obj["metadata"]["uid"]}]


def replica_set(of: Obj, suffix: str, image: str, revision: int, replicas: int) -> Obj:
    name = of["metadata"]["name"]
    labels = {"app": name, "pod-template-hash": suffix}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": name, "image": image}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{name}-{suffix}",
            "namespace": "shop",
            "labels": labels,
            "annotations": {"deployment.kubernetes.io/revision": str(revision)},
            "ownerReferences": owner(of),
            "creationTimestamp": stamp(3600),
        },
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
        "status": {"replicas": replicas, "readyReplicas": replicas, "observedGeneration": 1},
    }


def pod(name: str, *, state: Obj | None = None, last: Obj | None = None, restarts: int = 0, **spec: Any) -> Obj:
    """A pod of app web on node-1; without `state` it runs and is ready."""
    running = state is None
    status: Obj = {
        "name": "web",
        "image": "registry.example.com/shop/web:1.0",
        "imageID": "",
        "ready": running,
        "restartCount": restarts,
        "state": state or {"running": {"startedAt": stamp(1800)}},
        "lastState": last or {},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "shop",
            "labels": {"app": "web", "pod-template-hash": "6d4f"},
            "creationTimestamp": stamp(1800),
        },
        "spec": {
            "nodeName": "node-1",
            "containers": [{"name": "web", "image": "registry.example.com/shop/web:1.0"}],
        }
        | spec,
        "status": {
            "phase": "Running",
            "podIP": "10.244.1.5",
            "podIPs": [{"ip": "10.244.1.5"}],
            "hostIP": "10.0.0.1",
            "startTime": stamp(1800),
            "conditions": [{"type": "Ready", "status": "True" if running else "False"}],
            "containerStatuses": [status],
        },
    }


def event(name: str, about: Obj, reason: str, message: str, *, count: int = 1, kind: str = "Normal") -> Obj:
    meta = about["metadata"]
    reference = {"apiVersion": about["apiVersion"], "kind": about["kind"], "name": meta["name"], "uid": meta["uid"]}
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": "shop"},
        "involvedObject": reference | {"namespace": "shop"},
        "reason": reason,
        "message": message,
        "type": kind,
        "source": {"component": "kubelet", "host": "node-1"},
        "firstTimestamp": stamp(600),
        "lastTimestamp": stamp(60),
        "count": count,
    }


def node(name: str) -> Obj:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}, "creationTimestamp": stamp(864_00)},
        "spec": {"podCIDR": "10.244.1.0/24"},
        "status": {
            "capacity": {"cpu": "4", "memory": "8Gi", "pods": "110"},
            "allocatable": {"cpu": "3900m", "memory": "7Gi", "pods": "110"},
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
            "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}, {"type": "Hostname", "address": name}],
            "nodeInfo": {
                "kubeletVersion": "v1.32.0",
                "osImage": "Linux",
                "kernelVersion": "6.1",
                "containerRuntimeVersion": "containerd://1.7",
            },
        },
    }


def populate(world: World) -> None:
    """Namespace shop with a Deployment at revision 2, two pods (one crash-looping), a Service, a node, events."""
    for name in ("default", "shop"):
        changes.apply(world, {"kind": "Namespace", "metadata": {"name": name, "creationTimestamp": stamp(7200)}})
        changes.apply(world, {"kind": "ServiceAccount", "metadata": {"name": "default", "namespace": name}})
    changes.apply(world, node("node-1"))
    measuring = {"group": "metrics.k8s.io", "version": "v1beta1"}
    changes.apply(world, {"kind": "APIService", "metadata": {"name": "v1beta1.metrics.k8s.io"}, "spec": measuring})
    web = changes.apply(world, deployment(revision=2))
    changes.apply(world, replica_set(web, "6d4f", "registry.example.com/shop/web:1.0", 2, 2))
    changes.apply(world, replica_set(web, "5c9b", "registry.example.com/shop/web:0.9", 1, 0))
    changes.apply(world, pod("web-6d4f-aaaaa"))
    finished = {"exitCode": 1, "reason": "Error", "startedAt": stamp(125), "finishedAt": stamp(120)}
    crashing = pod(
        "web-6d4f-bbbbb", state={"waiting": {"reason": "CrashLoopBackOff"}}, last={"terminated": finished}, restarts=5
    )
    crashing = changes.apply(world, crashing)
    ports = [{"name": "http", "port": 80, "targetPort": 8080}]
    changes.apply(
        world,
        {
            "kind": "Service",
            "metadata": {"name": "web", "namespace": "shop", "creationTimestamp": stamp(3600)},
            "spec": {"selector": {"app": "web"}, "ports": ports},
        },
    )
    changes.apply(
        world, event("web-6d4f-bbbbb.1", crashing, "BackOff", "Back-off restarting", count=25, kind="Warning")
    )
    lines = [(NOW - 30 + i, f"line {i}") for i in range(10)]
    world.containers.load("shop", "web-6d4f-aaaaa", "web", [ContainerLog(NOW - 1800, lines)])
    runs = [
        ContainerLog(NOW - 300, [(NOW - 299, "panic: the run before")]),
        ContainerLog(NOW - 125, [(NOW - 121, "panic: the last run")]),
    ]
    world.containers.load("shop", "web-6d4f-bbbbb", "web", runs)


def usage(_world: World, obj: Obj) -> dict[str, tuple[int, int]]:
    return {c["name"]: (25_000_000, 48 * 1024 * 1024) for c in obj["spec"]["containers"]}


@dataclass
class Served:
    """A running API: its world (touch it only through `on_loop`), its address, and clients of it."""

    world: World
    url: str
    loop: asyncio.AbstractEventLoop
    kubeconfig: Path

    def on_loop(self, action: Callable[[], T]) -> T:
        async def run() -> T:
            return action()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(100)

    def get(self, kind: str, name: str) -> Obj:
        """The object of namespace shop as the world holds it; a KeyError if it is not there."""
        result = self.on_loop(lambda: self.world.objects.get(kind, "shop", name))
        if result is None:
            raise KeyError(f"{kind}/shop/{name}")
        return result

    def put(self, obj: Obj) -> Obj:
        return self.on_loop(lambda: changes.apply(self.world, obj))

    def client(self) -> kubernetes.client.ApiClient:
        configuration = kubernetes.client.Configuration(host=self.url)
        configuration.retries = False
        return kubernetes.client.ApiClient(configuration)

    def kubectl(self, *arguments: str, stdin: str = "") -> tuple[int, str]:
        """(exit status, output and errors) of one kubectl call in namespace shop."""
        done = subprocess.run(
            [*self._kubectl, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=100,
            env=self._environment,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def follow(self, *arguments: str, enough: Callable[[str], bool]) -> str:
        """What a kubectl that does not end by itself says until it is enough."""
        return follow([*self._kubectl, *arguments], self._environment, enough)

    @property
    def _kubectl(self) -> list[str]:
        return [
            "kubectl",
            f"--kubeconfig={self.kubeconfig}",
            f"--cache-dir={self.kubeconfig.parent / 'cache'}",
            "-n",
            "shop",
        ]

    @property
    def _environment(self) -> dict[str, str]:
        return {"HOME": str(self.kubeconfig.parent), "PATH": os.environ["PATH"], "KUBECTL_KUBERC": "false"}


def need_kubectl() -> None:
    """Skip where the binary is absent, except in CI, where that is a failure."""
    if shutil.which("kubectl") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("kubectl is not installed")
        pytest.skip("kubectl is not installed")


class Front:
    """One HTTP server for all tests: whatever app stands in `app` answers."""

    def __init__(self, folder: Path) -> None:
        self.app: ASGIApp | None = None
        self.loop = asyncio.new_event_loop()
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.kubeconfig = _kubeconfig(folder, self.url)
        config = uvicorn.Config(
            self._answer,
            date_header=False,
            log_level="error",
            lifespan="off",
            interface="asgi3",
            timeout_keep_alive=75,
        )
        config.timeout_graceful_shutdown = 1
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._server.serve(sockets=[self._listener]))

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self.loop.close()
        self._listener.close()

    def cluster(self) -> Served:
        """A fresh populated cluster behind this server; its clock stands at NOW."""
        world = new_world(ClusterSpec(nodes=1), NOW, 7)
        populate(world)
        self.app = api.app(world, kubelets(usage))
        return Served(world, self.url, self.loop, self.kubeconfig)


def _kubeconfig(folder: Path, url: str) -> Path:
    path = folder / "kubeconfig"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "lab", "cluster": {"server": url}}],
        "users": [{"name": "lab", "user": {}}],
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "lab"}}],
        "current-context": "lab",
    }
    path.write_text(yaml.safe_dump(config))
    return path
