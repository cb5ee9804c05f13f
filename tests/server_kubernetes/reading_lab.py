"""A cluster of hand-written objects on loopback, as they are, and an MCP client of the server in front of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import yaml
from mcp import Client

from mcp_servers.kubernetes.connection.clusters import Clusters
from mcp_servers.kubernetes.server import build
from mcp_servers.serving.arguments import ServerOptions
from sre_lab.behaviour import recorded_owners
from sre_lab.clock import rfc3339
from sre_lab.containers import kubelets
from sre_lab.kubernetes import api
from sre_lab.scenario import ClusterSpec
from sre_lab.telemetry import ContainerLog
from sre_lab.world import RecordedRefusal, World, new_world
from tests.server_aws.wire import serving_app

NOW = 1_790_000_000.0  # 2026-09-21T14:13:20Z
IMAGE = "registry.example.com/shop/web:{}"
READ_ONLY = ServerOptions("stdio", "127.0.0.1", 8000, False, (), None, None)
Obj = dict[str, Any]


def ago(seconds: float) -> str:
    return rfc3339(NOW - seconds)


def made(kind: str, name: str, seconds: float = 3600, **fields: Any) -> Obj:
    """An object of namespace shop, made so many seconds ago; `meta` adds to its metadata."""
    meta = {"name": name, "creationTimestamp": ago(seconds), **fields.pop("meta", {})}
    if kind not in ("Node", "Namespace"):
        meta["namespace"] = "shop"
    version = {"Deployment": "apps/v1", "ReplicaSet": "apps/v1", "StatefulSet": "apps/v1", "DaemonSet": "apps/v1"}
    version |= {"ControllerRevision": "apps/v1", "Job": "batch/v1", "CronJob": "batch/v1"}
    return {"apiVersion": version.get(kind, "v1"), "kind": kind, "metadata": meta, **fields}


def template(image: str = "1", **container: Any) -> Obj:
    pod = container.pop("pod", {})
    labels = {"app": "web"}
    return {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "web", "image": IMAGE.format(image), **container}], **pod},
    }


def deployment(ready: int = 2, revision: int = 1, body: Obj | None = None, **status: Any) -> Obj:
    """Deployment shop/web that wants two replicas."""
    return made(
        "Deployment",
        "web",
        meta={"annotations": {"deployment.kubernetes.io/revision": str(revision)}, "generation": 1},
        spec={"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": body or template()},
        status={"observedGeneration": 1, "readyReplicas": ready, **status},
    )


def replica_set(tag: str, revision: int, seconds: float, body: Obj | None = None) -> Obj:
    marks = {"deployment.kubernetes.io/revision": str(revision)}
    return made(
        "ReplicaSet",
        f"web-{tag}",
        seconds,
        meta={"ownerReferences": owned("Deployment", "web"), "annotations": marks},
        spec={"selector": {"matchLabels": {"app": "web", "pod-template-hash": tag}}, "template": body or template()},
    )  # fmt: skip


def owned(kind: str, name: str) -> list[Obj]:
    return [{"kind": kind, "name": name, "controller": True, "apiVersion": "apps/v1", "uid": ""}]


def pod(
    name: str = "web-6d4f7-bcdfg", state: Obj | None = None, last: Obj | None = None, restarts: int = 0, *,
    owner: list[Obj] | None = None, seconds: float = 1800, body: Obj | None = None, **fields: Any,
) -> Obj:  # fmt: skip
    """A pod of Deployment shop/web; without `state` it runs and is ready."""
    ready = state is None
    container_status = {"name": "web", "ready": ready, "restartCount": restarts, "lastState": last or {}}
    container_status["state"] = state or {"running": {"startedAt": ago(seconds)}}
    since, why = ago(seconds), "" if ready else "ContainersNotReady"
    spec = {"nodeName": "node-1", **(body or template())["spec"], **fields.pop("spec", {})}
    status = {
        "phase": "Running",
        "conditions": [{"type": "Ready", "status": str(ready), "lastTransitionTime": since, "reason": why}],
        "containerStatuses": [container_status],
        **fields.pop("status", {}),
    }  # fmt: skip
    references = owned("ReplicaSet", name.rpartition("-")[0]) if owner is None else owner
    meta = {"labels": {"app": "web"}, **({"ownerReferences": references} if references else {})}
    return made("Pod", name, seconds, meta=meta, spec=spec, status=status)


def terminated(code: int, reason: str = "Error", *, finish: float = 60, ran: float = 5, **more: Any) -> Obj:
    run = {"exitCode": code, "reason": reason, "startedAt": ago(finish + ran), "finishedAt": ago(finish), **more}
    return {"terminated": run}


def waiting(reason: str, message: str = "") -> Obj:
    return {"waiting": {"reason": reason, "message": message}}


def event(
    about: Obj, reason: str, message: str, *, count: int = 1, first: float = 600, last: float = 30,
    kind: str = "Warning", container: str = "",
) -> Obj:  # fmt: skip
    meta = about["metadata"]
    reference = {"kind": about["kind"], "name": meta["name"], "namespace": meta.get("namespace", "")}
    reference |= {"fieldPath": f"spec.containers{{{container}}}"} if container else {}
    return made(
        "Event", f"{meta['name']}.{reason}.{first}", involvedObject=reference, reason=reason, message=message,
        type=kind, count=count, firstTimestamp=ago(first), lastTimestamp=ago(last),
    )  # fmt: skip


@contextmanager
def kubeconfig(folder: Path, url: str) -> Iterator[Path]:
    path = folder / "kubeconfig"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "lab", "cluster": {"server": url}}],
        "users": [{"name": "reader", "user": {}}],
        "contexts": [{"name": "here", "context": {"cluster": "lab", "user": "reader"}}],
        "current-context": "here",
    }
    path.write_text(yaml.safe_dump(config))
    yield path


def world_of(objects: list[Obj], logs: dict[str, list[ContainerLog]] | None = None, denied: str = "") -> World:
    world = new_world(ClusterSpec(nodes=0), NOW, 1)
    for obj in objects:
        world.objects.load(obj)
    recorded_owners.complete(world)
    for name, runs in (logs or {}).items():  # by pod, or by pod/container
        pod_name, _, container = name.partition("/")
        world.containers.load("shop", pod_name, container or "web", runs)
    if denied:
        world.refusals.append(RecordedRefusal("list", denied, "*", ""))
    return world


class Asked:
    """A client's questions, answered as plain data."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def __call__(self, tool: str, **arguments: Any) -> Obj:
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        assert isinstance(result.structured_content, dict)
        assert len(json.dumps(result.structured_content)) < 32_000
        return result.structured_content

    async def refusal(self, tool: str, **arguments: Any) -> str:
        result = await self.client.call_tool(tool, arguments)
        assert result.is_error
        return str(getattr(result.content[0], "text", ""))

    async def explain(self, name: str = "web", kind: str = "") -> Obj:
        return await self("kubectl_explain_workload", namespace="shop", name=name, kind=kind)


@asynccontextmanager
async def asked(
    folder: Path, *objects: Obj, logs: dict[str, list[ContainerLog]] | None = None, denied: str = ""
) -> AsyncIterator[Asked]:
    """The server over a cluster that holds exactly these objects."""
    world = world_of(list(objects), logs, denied)
    with serving_app(api.app(world, kubelets(usage))) as url, kubeconfig(folder, url) as path:
        async with Client(build(Clusters(kubeconfig=str(path)), READ_ONLY).mcp) as client:
            yield Asked(client)


def usage(_world: World, of: Obj) -> dict[str, tuple[int, int]]:
    return {c["name"]: (25_000_000, 48 * 1024 * 1024) for c in of["spec"]["containers"]}


def facts(answer: Obj, code: str) -> list[Obj]:
    return [x for x in answer["observations"] if x["code"] == code]


def fact(answer: Obj, code: str) -> Obj:
    """The only observation of a code: its attributes with `subject`, `at` and `excerpt`."""
    matches = facts(answer, code)
    assert len(matches) == 1, (code, [x["code"] for x in answer["observations"]])
    return {**matches[0]["attributes"], **{k: matches[0][k] for k in ("subject", "at", "excerpt")}}


def codes(answer: Obj) -> set[str]:
    return {x["code"] for x in answer["observations"]}
