"""Watches: changes pushed to a client from any version that the change log still holds.

A watch subscribes before it reads the past, so nothing is lost between; frames are JSON lines. What has gathered while
the client was served goes out together.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator

from starlette.responses import StreamingResponse

from sre_lab.encoding import encode
from sre_lab.kubernetes.kinds import ApiResource
from sre_lab.kubernetes.query_selectors import Predicate
from sre_lab.kubernetes.read_requests import is_selective, selection
from sre_lab.kubernetes.representation import form_of
from sre_lab.kubernetes.requests import ApiRequest, number
from sre_lab.kubernetes.statuses import resource_expired
from sre_lab.objects.store import ExpiredError, Obj, ObjectChange
from sre_lab.world import World

LONGEST = 3600  # seconds a watch lives when the client names no timeout; the real server picks 30 to 60 minutes
BOOKMARKS_EVERY = 60.0  # seconds; as on the real server
STEP = 0.25  # seconds at most between two looks at a clock that follows the wall
CHUNK = 65_536  # bytes of frames that are sent together
MOST_WAITING = 50_000  # changes that a client may be behind; then it is cut off and has to list again


def watch(world: World, call: ApiRequest) -> StreamingResponse:
    """The response that streams frames until the client's timeout or its departure."""
    test = selection(call)  # a bad selector is an error before the stream starts
    return StreamingResponse(_frames(world, call, test if is_selective(call) else None), media_type="application/json")


class _Arrivals:
    """The changes of what a call watches that its client has not been told yet."""

    def __init__(self, call: ApiRequest) -> None:
        self._kind, self._namespace = call.resource.kind, call.namespace
        self._some = asyncio.Event()
        self.waiting: deque[ObjectChange] = deque()

    def take(self, change: ObjectChange) -> None:
        obj = change.object
        if obj["kind"] == self._kind and (not self._namespace or obj["metadata"].get("namespace") == self._namespace):
            self.waiting.append(change)
            self._some.set()

    async def wait(self, longest: float) -> None:
        if not self.waiting:
            self._some.clear()
            try:
                await asyncio.wait_for(self._some.wait(), longest)
            except TimeoutError:
                return

    def drain(self) -> Iterator[ObjectChange]:
        while self.waiting:
            yield self.waiting.popleft()


async def _frames(world: World, call: ApiRequest, test: Predicate | None) -> AsyncIterator[bytes]:
    arrivals = _Arrivals(call)
    world.objects.subscribe(arrivals.take)
    try:
        try:
            past, version = _past(world, call, test)
        except ExpiredError as problem:
            yield encode({"type": "ERROR", "object": resource_expired(str(problem)).status}) + b"\n"
            return
        for chunk in _chunks(_frame(world, call, type_, obj) for type_, obj in past):
            yield chunk
        if call.flag("sendInitialEvents"):
            yield _bookmark(world, call, initial=True)
        async for chunk in _live(world, call, test, arrivals, version):
            yield chunk
    finally:
        world.objects.unsubscribe(arrivals.take)


def _past(world: World, call: ApiRequest, test: Predicate | None) -> tuple[list[tuple[str, Obj]], int]:
    """(what the client has not seen yet, the version up to which that reaches)"""
    version = number(call.query, "resourceVersion")
    if not version or call.flag("sendInitialEvents"):
        present = world.objects.all(call.resource.kind, call.namespace)
        return [("ADDED", o) for o in present if test is None or test(o)], world.objects.version
    changes = world.objects.changes_since(version, call.resource.kind)
    inside = (c for c in changes if not call.namespace or c.object["metadata"].get("namespace") == call.namespace)
    return [event for c in inside if (event := _event_for(c, test))], world.objects.version


async def _live(
    world: World, call: ApiRequest, test: Predicate | None, arrivals: _Arrivals, version: int
) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    timeout = number(call.query, "timeoutSeconds")
    end = loop.time() + (timeout if timeout and timeout > 0 else LONGEST)
    bookmarks = call.flag("allowWatchBookmarks")
    next_bookmark = loop.time() + BOOKMARKS_EVERY
    while (now := loop.time()) < end and len(arrivals.waiting) < MOST_WAITING:
        world.clock.catch_up()
        if bookmarks and now >= next_bookmark:
            next_bookmark = now + BOOKMARKS_EVERY
            yield _bookmark(world, call)
        wait = min(end, next_bookmark) - now
        if world.clock.follows_wall:
            wait = min(wait, STEP)
        await arrivals.wait(max(wait, 0.001))
        news = (_event_for(change, test) for change in arrivals.drain() if change.version > version)
        for chunk in _chunks(_frame(world, call, *event) for event in news if event):
            yield chunk
    if bookmarks:
        yield _bookmark(world, call)


def _chunks(frames: Iterable[bytes]) -> Iterator[bytes]:
    """The frames in few pieces, so that sending does not cost more than they do."""
    batch: list[bytes] = []
    size = 0
    for frame in frames:
        batch.append(frame)
        size += len(frame)
        if size >= CHUNK:
            yield b"".join(batch)
            batch, size = [], 0
    if batch:
        yield b"".join(batch)


def _event_for(change: ObjectChange, test: Predicate | None) -> tuple[str, Obj] | None:
    """How a watcher with a selector sees a change: objects enter and leave the selection."""
    if test is None:
        return change.type, change.object
    inside = test(change.object)
    was = change.before is not None and test(change.before)
    if change.type == "DELETED":
        return ("DELETED", change.object) if was or inside else None
    if inside:
        return ("MODIFIED" if was else "ADDED"), change.object
    return ("DELETED", change.object) if was else None


def _frame(world: World, call: ApiRequest, type_: str, obj: Obj) -> bytes:
    return encode({"type": type_, "object": form_of(call, obj, world.clock.now())}) + b"\n"


def _bookmark(world: World, call: ApiRequest, *, initial: bool = False) -> bytes:
    resource: ApiResource = call.resource
    meta: Obj = {"resourceVersion": str(world.objects.version), "creationTimestamp": None}
    if initial:
        meta["annotations"] = {"k8s.io/initial-events-end": "true"}
    body: Obj = {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": meta}
    if call.form == "table":
        body = {
            "kind": "Table",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": meta,
            "columnDefinitions": None,
            "rows": [],
        }
    elif call.form == "partial":
        body |= {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}
    return encode({"type": "BOOKMARK", "object": body}) + b"\n"
