"""Segment documents put together as traces: the tree of work that they describe, and who called whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, cast

from sre_lab.world import World

Document = dict[str, Any]


class ServiceNode(NamedTuple):
    """A service of the map. `type` is empty where nothing says what runs it."""

    name: str
    type: str = ""


@dataclass(frozen=True)
class TraceSegment:
    """A segment or subsegment; `parent` is the work that it is part of, or that called it."""

    document: Document
    parent: TraceSegment | None
    is_segment: bool

    @property
    def start(self) -> float:
        return float(self.document["start_time"])

    @property
    def end(self) -> float:
        """Its end, or its start while it is in progress."""
        end = self.document.get("end_time")
        return float(end) if isinstance(end, int | float) else self.start

    @property
    def is_call(self) -> bool:
        """Whether it is a request to something else, as seen by who asks."""
        return not self.is_segment and self.document.get("namespace") in ("aws", "remote")

    def flag(self, name: str) -> bool:
        return bool(self.document.get(name))

    @property
    def service(self) -> TraceSegment:
        """The segment that it belongs to."""
        work = self
        while not work.is_segment and work.parent is not None:
            work = work.parent
        return work


@dataclass(frozen=True)
class ServiceCall:
    """One request from a service to another; `segment` is the caller's, or the callee's where that is missing."""

    caller: ServiceNode
    callee: ServiceNode
    segment: TraceSegment


class XrayTrace:
    """All documents of one trace id. One that was sent again counts with its last form."""

    def __init__(self, id_: str, documents: list[Document]) -> None:
        self.id = id_
        self.documents = documents

    @cached_property
    def works(self) -> list[TraceSegment]:
        """Every segment and subsegment, callers before what they called."""
        by_id: dict[str, TraceSegment] = {}
        waiting = sorted(self.documents, key=lambda d: float(d["start_time"]))
        while waiting:
            ready = [d for d in waiting if str(d.get("parent_id") or "") in ("", *by_id)]
            for document in ready or waiting[:1]:  # a parent that never arrived makes its child a beginning
                parent = by_id.get(str(document.get("parent_id") or ""))
                for work in _unfold(document, parent, document.get("type") != "subsegment"):
                    by_id[str(work.document.get("id") or f"#{len(by_id)}")] = work
                waiting.remove(document)
        return list(by_id.values())

    @property
    def segments(self) -> list[TraceSegment]:
        return [work for work in self.works if work.is_segment]

    @property
    def root(self) -> TraceSegment:
        """What the trace began with."""
        beginnings = [work for work in self.works if work.parent is None]
        return min(beginnings, key=lambda work: (not work.is_segment, work.start))

    @cached_property
    def start(self) -> float:
        return min(float(document["start_time"]) for document in self.documents)

    @cached_property
    def end(self) -> float:
        """The latest end of a document, or start of one that is in progress."""
        return max(TraceSegment(document, None, True).end for document in self.documents)

    @cached_property
    def nodes(self) -> dict[ServiceNode, list[TraceSegment]]:
        """The services of the trace with their work: segments, and calls to what sent no segment itself."""
        nodes: dict[ServiceNode, list[TraceSegment]] = {}
        callers = {id(work.parent) for work in self.segments if work.parent is not None}
        for work in self.works:
            if work.is_segment or (work.is_call and id(work) not in callers):
                nodes.setdefault(node_of(work), []).append(work)
        return nodes

    @cached_property
    def calls(self) -> list[ServiceCall]:
        calls, callers = [], {}
        for work in self.segments:
            if work.parent is not None:
                callers[id(work.parent)] = True
                calls.append(ServiceCall(node_of(work.parent.service), node_of(work), work.parent))
        for work in self.works:
            if work.is_call and id(work) not in callers:
                calls.append(ServiceCall(node_of(work.service), node_of(work), work))
        return calls


def node_of(work: TraceSegment) -> ServiceNode:
    """The service that a segment, or a call to something without segments, belongs to."""
    document = work.document
    name = str(document.get("name") or "")
    if work.is_segment or not work.is_call:
        return ServiceNode(name, str(document.get("origin") or ""))
    if document.get("namespace") == "aws":
        table = (document.get("aws") or {}).get("table_name")
        return ServiceNode(str(table), "AWS::DynamoDB::Table") if table else ServiceNode(name, f"AWS::{name}")
    return ServiceNode(name, "Database::SQL" if document.get("sql") else "remote")


def traces(world: World) -> dict[str, XrayTrace]:
    """Every trace by id."""
    by_trace: dict[str, dict[str, Document]] = {}
    for segment in cast(list[Document], world.segments):
        if "trace_id" in segment and "id" in segment and isinstance(segment.get("start_time"), int | float):
            by_trace.setdefault(str(segment["trace_id"]), {})[str(segment["id"])] = segment
    return {id_: XrayTrace(id_, list(documents.values())) for id_, documents in by_trace.items()}


def _unfold(document: Document, parent: TraceSegment | None, is_segment: bool) -> Iterator[TraceSegment]:
    work = TraceSegment(document, parent, is_segment)
    yield work
    for inner in document.get("subsegments") or []:
        if isinstance(inner, dict) and isinstance(inner.get("start_time"), int | float):
            yield from _unfold(inner, work, False)
