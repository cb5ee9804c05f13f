"""A living cluster behind its real API, the write tools in front of it, and permits over what they preview."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from mcp import Client
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcp_servers.contract import calls, permits
from mcp_servers.contract.permit_keys import PermitKeys
from mcp_servers.contract.permits import Permit, Target
from mcp_servers.kubernetes.connection.clusters import Clusters
from mcp_servers.kubernetes.server import build
from mcp_servers.serving.arguments import ServerOptions
from sre_lab.behaviour import controllers, kubelet
from sre_lab.clock import rfc3339
from sre_lab.containers import kubelets
from sre_lab.facts import apply_manifests, create_cluster
from sre_lab.kubeconfig import write_kubeconfig
from sre_lab.kubernetes import api
from sre_lab.kubernetes.defaults import with_defaults
from sre_lab.kubernetes.patches import strategic_merge
from sre_lab.kubernetes.server_side_apply import fields_after_edit
from sre_lab.loopback import LoopbackServer
from sre_lab.scenario import ClusterSpec as Nodes
from sre_lab.world import World, new_world

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
SCOPE = "shop-prod"
START = 1_790_000_000.0
Obj = dict[str, Any]
T = TypeVar("T")
App = TypeVar("App", bound=ASGIApp)


def public(key: Ed25519PrivateKey) -> str:
    """Base64 of the public key, as servers take it."""
    return base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def workload(kind: str, name: str, replicas: int = 2, *, more: tuple[Obj, ...] = (), **spec: Any) -> Obj:
    main = {"name": name, "image": f"{name}:1", "resources": {"limits": {"memory": "64Mi"}}}
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [main, *more]}}
    body: Obj = {"selector": {"matchLabels": {"app": name}}, "template": template, **spec}
    if kind != "DaemonSet":
        body["replicas"] = replicas
    if kind == "StatefulSet":
        body["serviceName"] = name
    return {"kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": body}


def service(name: str) -> Obj:
    spec = {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]}
    return {"kind": "Service", "metadata": {"name": name, "namespace": "shop"}, "spec": spec}


def shop_world() -> World:
    """Deployment web at revision 2, which serves as revision 1 does, and a Service in front of it."""
    world = new_world(Nodes(nodes=2), START, seed=3)
    create_cluster(world)
    controllers.start(world)
    kubelet.start(world)
    apply_manifests(world, [workload("Deployment", "web"), service("web")])
    world.clock.advance(20)
    edit(
        world,
        "Deployment",
        "web",
        {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "web:2"}]}}}},
    )
    world.clock.advance(60)
    return world


class Front:
    """One API server for many tests: whatever app stands in `app` answers, on the loop of its own thread."""

    def __init__(self, server: LoopbackServer, loop: asyncio.AbstractEventLoop, kubeconfig: Path) -> None:
        self.server, self.loop, self.kubeconfig = server, loop, kubeconfig
        self.app: ASGIApp | None = None


@contextmanager
def front(folder: Path) -> Iterator[Front]:
    """Listens on loopback until the end of the block."""
    started: list[Front] = []
    ready = threading.Event()

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        assert started[0].app is not None
        await started[0].app(scope, receive, send)

    async def run() -> None:
        server = LoopbackServer(answer)
        kubeconfig = write_kubeconfig(folder, server.url, SCOPE)
        started.append(Front(server, asyncio.get_running_loop(), kubeconfig))
        ready.set()
        await server.run_until_stopped()

    thread = threading.Thread(target=asyncio.run, args=(run(),), daemon=True)
    thread.start()
    assert ready.wait(10)
    yield started[0]
    started[0].loop.call_soon_threadsafe(started[0].server.stop)
    thread.join(10)


def edit(world: World, kind: str, name: str, patch: Obj, by: str = "") -> None:
    """`by` is the field manager that it is written down for; nobody where it is empty."""
    old = world.objects.get(kind, "shop", name)
    assert old is not None
    new = with_defaults(strategic_merge(kind, old, patch))
    if by:
        at = rfc3339(world.clock.now())
        new["metadata"] = new["metadata"] | {"managedFields": fields_after_edit(old, new, patch, by, at)}
    world.objects.replace(new)


class LiveShop:
    """`world` is touched through its methods only: the API serves it on a thread of its own."""

    def __init__(self, front: Front, folder: Path, world: World) -> None:
        self.world, self._front, self._folder = world, front, folder
        self.kubeconfig = front.kubeconfig
        self.clusters = Clusters(kubeconfig=str(front.kubeconfig))
        self.through(lambda app: app)

    def through(self, wrap: Callable[[ASGIApp], App]) -> App:
        """Serve the API with something in front of it."""
        app = wrap(api.app(self.world, kubelets()))
        self._front.app = app
        return app

    def on_loop(self, action: Callable[[], T]) -> T:
        async def run() -> T:
            return action()

        return asyncio.run_coroutine_threadsafe(run(), self._front.loop).result(20)

    def advance(self, seconds: float) -> None:
        self.on_loop(lambda: self.world.clock.advance(seconds))

    def apply(self, *manifests: Obj, wait: float = 30) -> None:
        self.on_loop(lambda: apply_manifests(self.world, list(manifests)))
        self.advance(wait)

    def edit(self, kind: str, name: str, patch: Obj, *, wait: float = 0, by: str = "") -> None:
        self.on_loop(lambda: edit(self.world, kind, name, patch, by))
        self.advance(wait)

    def get(self, kind: str, name: str, namespace: str = "shop") -> Obj:
        obj = self.on_loop(lambda: self.world.objects.get(kind, namespace, name))
        assert obj is not None, f"no {kind} {name}"
        return obj

    def pods(self, app: str) -> list[Obj]:
        everything = self.on_loop(lambda: self.world.objects.all("Pod", "shop"))
        return [pod for pod in everything if pod["metadata"].get("labels", {}).get("app") == app]

    @property
    def version(self) -> int:
        return self.on_loop(lambda: self.world.objects.version)

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.on_loop(self.world.clock.now), UTC)

    def options(
        self,
        *,
        writes: bool = True,
        allow: tuple[str, ...] = ("shop",),
        key: bool = True,
        keys: PermitKeys | None = None,
    ) -> ServerOptions:
        used = self._folder / "used.sqlite"
        trusted_keys = keys or (PermitKeys([public(KEY)]) if key else None)
        return ServerOptions("stdio", "", 0, writes, allow, trusted_keys, str(used))

    def client(self, options: ServerOptions | None = None, clusters: Clusters | None = None) -> Client:
        """An MCP client of a fresh server."""
        return Client(build(clusters or self.clusters, options or self.options()).mcp)

    def permit(self, tool: str, arguments: Obj, preview: Obj, key: Ed25519PrivateKey = KEY, **changed: Any) -> str:
        """A permit over exactly this call on the target that was previewed."""
        fields = {
            "id": str(uuid.uuid4()),
            "audience": "kubernetes",
            "scope": preview["scope"],
            "incident": "inc-1",
            "call": calls.digest(tool, arguments),
            "target": Target.model_validate(preview["target"]),
            "diff": preview["diff_digest"],
            "allowed_by": "human:ada",
            "epoch": 1,
            "expires_at": self.now + timedelta(minutes=5),
        }
        permit = Permit.model_validate(fields | changed)
        return permits.encode(permit, key.sign(permits.signed_bytes(permit)))

    async def write(self, client: Client, tool: str, arguments: Obj) -> tuple[Obj, Obj]:
        """(data of the preview, data of the write) of one permitted write."""
        dry_run = data(await preview(client, tool, arguments))
        arguments = dry_run.get("arguments", arguments)
        token = self.permit(tool, arguments, dry_run)
        return dry_run, data(await client.call_tool(tool, {**arguments, "permit": token}))


async def preview(client: Client, tool: str, arguments: Obj) -> Any:
    return await client.call_tool("kubectl_preview", {"tool": tool, "arguments": arguments})


def data(result: Any) -> Obj:
    assert not result.is_error, result.content
    assert len(json.dumps(result.structured_content)) < 24_000
    return dict(result.structured_content["data"])


def text(result: Any) -> str:
    return str(result.content[0].text)


def refusal(result: Any) -> str:
    assert result.is_error, result.structured_content
    return text(result)


class Cuts:
    """In front of the API: the first PATCH that is no dry run gets no whole answer, or an error of the server."""

    def __init__(self, app: ASGIApp, *, carried_out: bool, status: int = 0) -> None:
        self._app, self._carried_out, self._status, self.cut = app, carried_out, status, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "PATCH" or b"dryRun" in scope["query_string"] or self.cut:
            await self._app(scope, receive, send)
            return
        self.cut += 1
        if self._carried_out:
            await self._app(scope, receive, _nowhere)
        length = b"2" if self._status else b"100"  # of the two bytes that are sent
        await send(
            {"type": "http.response.start", "status": self._status or 200, "headers": [(b"content-length", length)]}
        )
        await send({"type": "http.response.body", "body": b"{}", "more_body": False})


async def _nowhere(message: Message) -> None:
    return None


class Meanwhile:
    """In front of the API: before each PATCH that is no dry run, something else happens, `times` times."""

    def __init__(self, app: ASGIApp, happens: Callable[[], None], times: int) -> None:
        self._app, self._happens, self.left, self.patches = app, happens, times, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "PATCH" and b"dryRun" not in scope["query_string"]:
            self.patches += 1
            if self.left:
                self.left -= 1
                self._happens()
        await self._app(scope, receive, send)
