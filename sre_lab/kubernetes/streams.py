"""exec and attach over a websocket, in the channel protocols v5 and v4 that today's clients speak.

The first byte of each frame is its channel: 0 input, 1 output, 2 errors, 3 the final Status, 4 the terminal's size; in
v5 the byte 255 closes the channel that follows it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from sre_lab.kubernetes.kubelets import CommandStartError, ContainerCommands, Write, no_input
from sre_lab.kubernetes.logs import PodLogs, container_of, status_of
from sre_lab.kubernetes.read_requests import require_object
from sre_lab.kubernetes.requests import ApiRequest
from sre_lab.kubernetes.statuses import ApiStatusError, bad_request, not_implemented
from sre_lab.objects.store import Obj, ObjectChange
from sre_lab.world import World

Status = dict[str, Any]
PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
INPUT, OUTPUT, ERRORS, END, CLOSE = 0, 1, 2, 3, 255
PIECE = 32 * 1024  # bytes in one frame, as the kubelet sends them
KILLED = 137


class ExecSessions:
    """Runs commands in containers, and shows what their main process writes."""

    def __init__(self, world: World, logs: PodLogs, containers: ContainerCommands) -> None:
        self._world = world
        self._logs = logs
        self._inside = containers

    async def serve(self, socket: WebSocket, call: ApiRequest) -> None:
        """One session from the handshake to its Status; ApiStatusError before the handshake."""
        pod, container = target(self._world, call)
        words = socket.query_params.getlist("command")
        if call.subresource == "exec" and not words:
            raise bad_request("you must specify at least 1 command for the container")
        protocol = next((p for p in PROTOCOLS if p in socket.scope.get("subprotocols", ())), None)
        if protocol is None:
            raise not_implemented("streams other than those of v5.channel.k8s.io and v4.channel.k8s.io")
        await socket.accept(protocol)
        channels = WebsocketChannels(socket)
        try:
            status = await self._until_gone(channels, pod, container, call, words)
            await channels.send(END, json.dumps(status).encode())
            await socket.close()
        except (WebSocketDisconnect, RuntimeError):  # the client went away, which ends its session
            return

    async def _until_gone(
        self, channels: WebsocketChannels, pod: Obj, container: str, call: ApiRequest, words: list[str]
    ) -> Status:
        """The session's Status; a container that ends takes it along, and so does a client that leaves."""
        if "running" not in (status_of(pod, container).get("state") or {}):
            return _failure(_not_running(call, pod, container))
        work = asyncio.create_task(self._work(channels, pod, container, call, words))
        listening = asyncio.create_task(channels.listen())
        end_task = asyncio.create_task(_end_of(self._world, pod, container))
        tasks = [work, listening, end_task]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
            if end_task.done():
                return _exit(KILLED)
            raise WebSocketDisconnect
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(
        self, channels: WebsocketChannels, pod: Obj, container: str, call: ApiRequest, words: list[str]
    ) -> Status:
        if call.subresource == "attach":
            async for line in self._logs.follow(call.namespace, call.name, container):
                await channels.send(OUTPUT, line.encode())
            return _exit(0)
        spec = next(c for c in _containers(pod) if c["name"] == container)
        restarts = status_of(pod, container).get("restartCount", 0)
        read = channels.read if call.flag("stdin") else no_input
        errors = OUTPUT if call.flag("tty") else ERRORS
        out, err = channels.writer(OUTPUT), channels.writer(errors)
        try:
            return _exit(await self._inside.run(pod, spec, restarts, words, read, out, err))
        except CommandStartError as problem:
            return _failure(f"Internal error occurred: {problem}")


class WebsocketChannels:
    """The frames of one websocket."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._input: asyncio.Queue[bytes] = asyncio.Queue()
        self._over = False

    async def listen(self) -> None:
        """Take frames until the client is gone."""
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                message = await self._socket.receive()
                if message["type"] == "websocket.disconnect":
                    break
                frame: bytes = message.get("bytes") or (message.get("text") or "").encode()
                if frame[:2] == bytes([CLOSE, INPUT]):
                    self._input.put_nowait(b"")
                elif frame[:1] == bytes([INPUT]) and len(frame) > 1:
                    self._input.put_nowait(frame[1:])
        self._input.put_nowait(b"")

    async def read(self) -> bytes:
        """The next piece of input, empty when the client has closed it."""
        if self._over:
            return b""
        piece = await self._input.get()
        self._over = not piece
        return piece

    def writer(self, channel: int) -> Write:
        async def write(content: bytes) -> None:
            await self.send(channel, content)

        return write

    async def send(self, channel: int, content: bytes) -> None:
        for start in range(0, len(content), PIECE):
            await self._socket.send_bytes(bytes([channel]) + content[start : start + PIECE])


def target(world: World, call: ApiRequest) -> tuple[Obj, str]:
    """The pod and the name of its container; ApiStatusError 404 or 400 when there is none to enter."""
    pod = require_object(world, call.resource, call.namespace, call.name)
    container = container_of(pod, call.query.get("container", ""))
    if not pod["spec"].get("nodeName"):
        raise bad_request(f"pod {call.name} does not have a host assigned")
    return pod, container


def upgrade_required() -> ApiStatusError:
    """The answer to a request that asks for a stream without the means to carry one."""
    return bad_request("Upgrade request required")


async def _end_of(world: World, pod: Obj, container: str) -> None:
    """Returns when the container's present run is over."""
    over = asyncio.Event()
    meta = pod["metadata"]

    def look(change: ObjectChange) -> None:
        obj = change.object
        if obj["kind"] == "Pod" and obj["metadata"].get("uid") == meta.get("uid"):
            running = "running" in (status_of(obj, container).get("state") or {})
            if change.type == "DELETED" or not running:
                over.set()

    world.objects.subscribe(look)
    try:
        await over.wait()
    finally:
        world.objects.unsubscribe(look)


def _containers(pod: Obj) -> list[Obj]:
    spec = pod["spec"]
    return [c for part in ("containers", "initContainers", "ephemeralContainers") for c in spec.get(part) or []]


def _not_running(call: ApiRequest, pod: Obj, container: str) -> str:
    if call.subresource == "attach":
        meta = pod["metadata"]
        why = f"container {container} not found in pod {meta['name']}_{meta['namespace']}"
    else:
        why = f'container not found ("{container}")'
    return f"unable to upgrade connection: {why}"


def _exit(code: int) -> Status:
    if code == 0:
        return {"metadata": {}, "status": "Success"}
    cause = {"reason": "ExitCode", "message": str(code)}
    text = f"command terminated with non-zero exit code: exit status {code}"
    head = {"metadata": {}, "status": "Failure", "message": text}
    return head | {"reason": "NonZeroExitCode", "details": {"causes": [cause]}}


def _failure(text: str) -> Status:
    status = {"metadata": {}, "status": "Failure", "message": f"Internal error occurred: {text}"}
    return status | {"reason": "InternalError", "details": {"causes": [{"message": text}]}, "code": 500}
