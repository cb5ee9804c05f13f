"""Watches: changes pushed to a client from any version that the change log still holds.

A watch subscribes before it reads the past, so nothing is lost between; frames are JSON lines.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse

from sre_agent.lab.kubernetes.kinds import Resource
from sre_agent.lab.kubernetes.reading import selected
from sre_agent.lab.kubernetes.representation import encode, form_of
from sre_agent.lab.kubernetes.requests import Call, number
from sre_agent.lab.kubernetes.selectors import Predicate
from sre_agent.lab.kubernetes.statuses import expired
from sre_agent.lab.kubernetes.store import Change, ExpiredError, Obj
from sre_agent.lab.world import World

LONGEST = 3600  # seconds a watch lives when the client names no timeout; the real server picks 30 to 60 minutes
BOOKMARKS_EVERY = 60.0  # seconds; as on the real server
STEP = 0.25  # seconds at most between two looks at a clock that follows the wall


def watch(world: World, call: Call) -> StreamingResponse:
    """The response that streams frames until the client's timeout or its departure."""
    test = selected(call)  # a bad selector is an error before the stream starts
    return StreamingResponse(_frames(world, call, test), media_type="application/json")


async def _frames(world: World, call: Call, test: Predicate) -> AsyncIterator[bytes]:
    queue: asyncio.Queue[Change] = asyncio.Queue()

    def take(change: Change) -> None:
        if change.object["kind"] == call.resource.kind:
            queue.put_nowait(change)

    world.objects.subscribe(take)
    try:
        try:
            past, version = _past(world, call, test)
        except ExpiredError as problem:
            yield encode({"type": "ERROR", "object": expired(str(problem)).status}) + b"\n"
            return
        for type_, obj in past:
            yield _frame(world, call, type_, obj)
        if call.flag("sendInitialEvents"):
            yield _bookmark(world, call, initial=True)
        async for frame in _live(world, call, test, queue, version):
            yield frame
    finally:
        world.objects.unsubscribe(take)


def _past(world: World, call: Call, test: Predicate) -> tuple[list[tuple[str, Obj]], int]:
    """(what the client has not seen yet, the version up to which that reaches)"""
    version = number(call.query, "resourceVersion")
    if not version or call.flag("sendInitialEvents"):
        present = world.objects.all(call.resource.kind, call.namespace)
        return [("ADDED", o) for o in present if test(o)], world.objects.version
    changes = world.objects.changes_since(version, call.resource.kind)
    return [seen for c in changes if (seen := _seen(c, test))], world.objects.version


async def _live(
    world: World, call: Call, test: Predicate, queue: asyncio.Queue[Change], version: int
) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    asked = number(call.query, "timeoutSeconds")
    end = loop.time() + (asked if asked and asked > 0 else LONGEST)
    bookmarks = call.flag("allowWatchBookmarks")
    next_bookmark = loop.time() + BOOKMARKS_EVERY
    while (now := loop.time()) < end:
        world.clock.catch_up()
        if bookmarks and now >= next_bookmark:
            next_bookmark = now + BOOKMARKS_EVERY
            yield _bookmark(world, call)
        wait = min(end, next_bookmark) - now
        if world.clock.follows_wall:
            wait = min(wait, STEP)
        try:
            change = await asyncio.wait_for(queue.get(), max(wait, 0.001))
        except TimeoutError:
            continue
        seen = _seen(change, test)
        if seen and change.version > version:
            yield _frame(world, call, *seen)
    if bookmarks:
        yield _bookmark(world, call)


def _seen(change: Change, test: Predicate) -> tuple[str, Obj] | None:
    """How a watcher with a selector sees a change: objects enter and leave the selection."""
    inside = test(change.object)
    was = change.before is not None and test(change.before)
    if change.type == "DELETED":
        return ("DELETED", change.object) if was or inside else None
    if inside:
        return ("MODIFIED" if was else "ADDED"), change.object
    return ("DELETED", change.object) if was else None


def _frame(world: World, call: Call, type_: str, obj: Obj) -> bytes:
    return encode({"type": type_, "object": form_of(call, obj, world.clock.now())}) + b"\n"


def _bookmark(world: World, call: Call, *, initial: bool = False) -> bytes:
    resource: Resource = call.resource
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
