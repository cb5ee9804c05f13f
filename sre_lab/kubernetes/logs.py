"""Pod logs: which run of which container, cut as the query says, or followed while it writes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

from starlette.responses import PlainTextResponse, Response, StreamingResponse

from sre_lab.clock import from_rfc3339
from sre_lab.kubernetes import log_options, scalars
from sre_lab.kubernetes.kinds import of_kind
from sre_lab.kubernetes.read_requests import require_object
from sre_lab.kubernetes.requests import ApiRequest, number
from sre_lab.kubernetes.statuses import bad_request
from sre_lab.kubernetes.watch_requests import STEP
from sre_lab.objects.store import Obj, ObjectChange
from sre_lab.telemetry import ContainerLog
from sre_lab.world import World

Key = tuple[str, str, str]  # namespace, pod, container
Line = tuple[float, str]
_SAME_START = 2.0  # seconds between a run's start and its rounded startedAt


class PodLogs:
    """Serves `pods/log`. Holds the one listener through which followers get new lines."""

    def __init__(self, world: World, write_logs: Callable[[World], None]) -> None:
        self._world = world
        self._write_logs = write_logs
        self._followers: dict[Key, list[asyncio.Queue[Line | None]]] = {}
        world.containers.on_line(self._on_line)
        world.objects.subscribe(self._on_change)

    def answer(self, call: ApiRequest) -> Response:
        """text/plain, complete or streamed; ApiStatusError 400 or 422 with the server's text where there is no log."""
        log_options.check(call)
        self._write_logs(self._world)
        pod = require_object(self._world, of_kind("Pod"), call.namespace, call.name)
        container = container_of(pod, call.query.get("container", ""))
        run = self._run(pod, container, previous=call.flag("previous"))
        lines = self._cut(call, run.lines if run else [])
        stamps = call.flag("timestamps")
        text = "".join(_format_line(line, stamps) for line in lines)
        limit = number(call.query, "limitBytes")
        if limit is not None and limit > 0:
            text = text.encode()[:limit].decode(errors="ignore")
        if not call.flag("follow"):
            return PlainTextResponse(text)
        key = (call.namespace, call.name, container)
        return StreamingResponse(self._follow(key, text, stamps), media_type="text/plain")

    def _run(self, pod: Obj, container: str, *, previous: bool) -> ContainerLog | None:
        meta = pod["metadata"]
        if not pod["spec"].get("nodeName"):  # there is nobody to ask, and the server asks nobody
            return None
        key = (meta["namespace"], meta["name"], container)
        current, before = self._world.containers.run(*key), self._world.containers.run(*key, previous=True)
        status = status_of(pod, container)
        state = status.get("state") or {}
        termination = (status.get("lastState") or {}).get("terminated")
        if previous:
            if not termination and before is None:
                text = f'previous terminated container "{container}" in pod "{meta["name"]}" not found'
                raise bad_request(text)
            if "waiting" in state and current and termination and _started_by(current, termination):
                return current
            return before or (current if "waiting" in state else None)
        waits = state.get("waiting")
        if waits is not None and not termination and current is None:
            raise bad_request(_not_started(container, meta["name"], waits.get("reason", "")))
        return current

    def _cut(self, call: ApiRequest, lines: list[Line]) -> list[Line]:
        start: float | None = None
        seconds = number(call.query, "sinceSeconds")
        if seconds is not None:
            start = self._world.clock.now() - seconds
        elif call.query.get("sinceTime"):
            try:
                start = from_rfc3339(call.query["sinceTime"])
            except ValueError:
                raise bad_request(scalars.no_time(call.query["sinceTime"])) from None
        if start is not None:
            lines = [line for line in lines if line[0] >= start]
        tail = number(call.query, "tailLines")
        if tail is not None and tail >= 0:
            lines = lines[-tail:] if tail else []
        return lines

    def follow(self, namespace: str, pod: str, container: str) -> AsyncIterator[str]:
        """What the container writes from now on, until it ends."""
        return self._follow((namespace, pod, container), "", stamps=False)

    async def _follow(self, key: Key, text: str, stamps: bool) -> AsyncIterator[str]:
        queue: asyncio.Queue[Line | None] = asyncio.Queue()
        followers = self._followers.setdefault(key, [])
        followers.append(queue)
        clock = self._world.clock
        try:
            if text:
                yield text
            while self._runs(key):
                try:
                    line = await asyncio.wait_for(queue.get(), STEP)
                except TimeoutError:
                    clock.catch_up()
                    self._write_logs(self._world)
                    continue
                if line is None:
                    break
                yield _format_line(line, stamps)
            while not queue.empty() and (line := queue.get_nowait()):
                yield _format_line(line, stamps)
        finally:
            followers.remove(queue)

    def _runs(self, key: Key) -> bool:
        namespace, name, container = key
        pod = self._world.objects.get("Pod", namespace, name)
        return pod is not None and "running" in (status_of(pod, container).get("state") or {})

    def _on_line(self, namespace: str, pod: str, container: str, at: float, line: str) -> None:
        for queue in self._followers.get((namespace, pod, container), []):
            queue.put_nowait((at, line))

    def _on_change(self, change: ObjectChange) -> None:
        if change.object["kind"] != "Pod":
            return
        meta = change.object["metadata"]
        for (namespace, name, container), queues in self._followers.items():
            if (namespace, name) != (meta["namespace"], meta["name"]):
                continue
            state = status_of(change.object, container).get("state") or {}
            if change.type == "DELETED" or "running" not in state:
                for queue in queues:
                    queue.put_nowait(None)


def container_of(pod: Obj, container: str) -> str:
    """The container that a client means, by name or as the only one; ApiStatusError 400 with the server's text."""
    spec, name = pod["spec"], pod["metadata"]["name"]
    names = [c["name"] for c in spec.get("containers") or []]
    inits = [c["name"] for c in spec.get("initContainers") or []]
    if container:
        if container not in [*names, *inits, *(c["name"] for c in spec.get("ephemeralContainers") or [])]:
            raise bad_request(f"container {container} is not valid for pod {name}")
        return container
    if len(names) == 1:
        return str(names[0])
    default = (pod["metadata"].get("annotations") or {}).get("kubectl.kubernetes.io/default-container")
    if default in names:
        return str(default)
    text = f"a container name must be specified for pod {name}, choose one of: [{' '.join(names)}]"
    if inits:
        text += f" or one of the init containers: [{' '.join(inits)}]"
    raise bad_request(text)


def status_of(pod: Obj, container: str) -> Obj:
    """The container's status, empty where there is none yet."""
    status = pod.get("status") or {}
    parts = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")
    return next((s for part in parts for s in status.get(part) or [] if s.get("name") == container), {})


def _started_by(run: ContainerLog, termination: Obj) -> bool:
    return (
        bool(termination.get("startedAt")) and abs(run.started - from_rfc3339(termination["startedAt"])) < _SAME_START
    )


def _not_started(container: str, pod: str, reason: str) -> str:
    why = {
        "ErrImagePull": "image can't be pulled",
        "ImagePullBackOff": "trying and failing to pull image",
        "": "no logs yet",
    }.get(reason, reason)
    return f'container "{container}" in pod "{pod}" is waiting to start: {why}'


def _format_line(line: Line, stamps: bool) -> str:
    if not stamps:
        return line[1] + "\n"
    moment = datetime.fromtimestamp(line[0], UTC)
    return f"{moment.strftime('%Y-%m-%dT%H:%M:%S')}.{moment.microsecond * 1000:09d}Z {line[1]}\n"
