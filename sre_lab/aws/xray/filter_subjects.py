"""What a filter expression can be about: a whole trace, one service of it, or the calls between two services."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from sre_lab.aws.xray.traces import ServiceCall, ServiceNode, TraceSegment, XrayTrace, node_of

KeywordValues = Iterable[Any]  # the values that a keyword has; a comparison holds if it holds for one of them
FLAGS = ("error", "fault", "throttle")


class FilterSubject(Protocol):
    """Answers keywords. `trace` is what it is part of."""

    trace: XrayTrace

    def boolean(self, keyword: str) -> bool: ...

    def values(self, keyword: str) -> KeywordValues: ...

    def annotations(self, key: str) -> KeywordValues: ...


class TraceSubject:
    """The trace as its client sees it: status and response time are those of the root segment."""

    def __init__(self, trace: XrayTrace) -> None:
        self.trace = trace

    def boolean(self, keyword: str) -> bool:
        if keyword == "partial":
            return any(work.flag("in_progress") for work in self.trace.works)
        if keyword == "ok":
            return not any(self.trace.root.flag(flag) for flag in FLAGS)
        return self.trace.root.flag(keyword) if keyword in FLAGS else False

    def values(self, keyword: str) -> KeywordValues:
        root = self.trace.root
        if keyword == "duration":
            return [self.trace.end - self.trace.start]
        if keyword == "responsetime":
            return [root.end - root.start]
        if keyword == "user":
            return [work.document.get("user") for work in self.trace.segments]
        return _fields([root], keyword)

    def annotations(self, key: str) -> KeywordValues:
        return _annotations(self.trace.works, key)


class ServiceSubject:
    """One service within a trace: any of its work counts."""

    def __init__(self, trace: XrayTrace, node: ServiceNode) -> None:
        self.trace = trace
        self.node = node
        self._works = trace.nodes[node]

    def boolean(self, keyword: str) -> bool:
        if keyword == "root":
            return any(work.parent is None for work in self._works)
        if keyword == "inferred":
            return not any(work.is_segment for work in self._works)
        return _any_flag(self._works, keyword)

    def values(self, keyword: str) -> KeywordValues:
        if keyword in ("name", "type"):
            return [getattr(self.node, keyword)]
        return _fields(self._works, keyword)

    def annotations(self, key: str) -> KeywordValues:
        return _annotations([w for w in self.trace.works if node_of(w.service) == self.node], key)


class EdgeSubject:
    """The calls from one service to another, as the caller saw them."""

    def __init__(self, trace: XrayTrace, calls: list[ServiceCall]) -> None:
        self.trace = trace
        self._works = [call.segment for call in calls]

    def boolean(self, keyword: str) -> bool:
        return _any_flag(self._works, keyword)

    def values(self, keyword: str) -> KeywordValues:
        return _fields(self._works, keyword)

    def annotations(self, key: str) -> KeywordValues:
        return _annotations(self._works, key)


def _any_flag(works: list[TraceSegment], keyword: str) -> bool:
    if keyword == "ok":
        return any(not any(work.flag(flag) for flag in FLAGS) for work in works)
    if keyword == "partial":
        return any(work.flag("in_progress") for work in works)
    return keyword in FLAGS and any(work.flag(keyword) for work in works)


def _fields(works: list[TraceSegment], keyword: str) -> KeywordValues:
    if keyword in ("responsetime", "duration"):
        return [work.end - work.start for work in works]
    side, name = {
        "http.status": ("response", "status"),
        "http.url": ("request", "url"),
        "http.method": ("request", "method"),
        "http.useragent": ("request", "user_agent"),
        "http.clientip": ("request", "client_ip"),
    }.get(keyword, ("", ""))
    if side:
        return [((work.document.get("http") or {}).get(side) or {}).get(name) for work in works]
    if keyword == "user":
        return [work.document.get("user") for work in works]
    if keyword == "name":
        return [work.document.get("name") for work in works]
    if keyword == "type":
        return [node_of(work).type for work in works]
    return [e.get("message") for work in works for e in _exceptions(work)] if keyword == "message" else []


def _exceptions(work: TraceSegment) -> list[dict[str, Any]]:
    cause = work.document.get("cause")
    return cause.get("exceptions") or [] if isinstance(cause, dict) else []


def _annotations(works: Iterable[TraceSegment], key: str) -> KeywordValues:
    return [annotations[key] for work in works if key in (annotations := work.document.get("annotations") or {})]
