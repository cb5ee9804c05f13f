"""X-Ray: a daemon's UDP listener that keeps segment documents, and the reads that put them together as traces."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, cast

from sre_agent.lab.aws.errors import AwsError
from sre_agent.lab.aws.ssm.pages import page
from sre_agent.lab.aws.xray_filters import has_annotations, wanted_annotations
from sre_agent.lab.world import World

Params = dict[str, Any]
Segment = dict[str, Any]
MAX_TRACES = 5  # traces that one BatchGetTraces call may name


class Daemon(asyncio.DatagramProtocol):
    """Takes `{"format": "json", "version": 1}`, a newline and one segment document, as SDKs send it to a daemon.

    A datagram of another form is dropped without an answer, as a daemon does.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def datagram_received(self, data: bytes, address: Any) -> None:
        header, _, body = data.partition(b"\n")
        try:
            known = json.loads(header).get("format") == "json"
            document = json.loads(body)
        except (ValueError, AttributeError):
            return
        if known and isinstance(document, dict):
            self._world.segments.append(document)


async def listen(world: World) -> tuple[asyncio.DatagramTransport, int]:
    """Listen on a free loopback port; answers the transport, to be closed by the caller, and the port."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: Daemon(world), local_addr=("127.0.0.1", 0))
    return transport, transport.get_extra_info("sockname")[1]


def get_trace_summaries(world: World, params: Params) -> Params:
    """Traces that were running at some moment between StartTime and EndTime, by annotations if a filter names some."""
    start, end = float(params["StartTime"]), float(params["EndTime"])
    wanted = wanted_annotations(params.get("FilterExpression") or "")
    listed = []
    for trace, parts in _traces(world).items():
        first, last = _span(parts)
        if last >= start and first <= end and has_annotations(_with_subsegments(parts), wanted):
            listed.append(_summary(trace, parts))
    return page(listed, params, "TraceSummaries") | {
        "ApproximateTime": world.clock.now(),
        "TracesProcessedCount": len(listed),
    }


def batch_get_traces(world: World, params: Params) -> Params:
    """Whole traces by id; streamed subsegments are segments of their own, as the service returns them."""
    asked = params["TraceIds"]
    if len(asked) > MAX_TRACES:
        raise AwsError("InvalidRequestException", f"At most {MAX_TRACES} traces a call, not {len(asked)}.")
    traces = _traces(world)
    found = [
        {
            "Id": trace,
            "Duration": _span(traces[trace])[1] - _span(traces[trace])[0],
            "LimitExceeded": False,
            "Segments": [{"Id": str(s["id"]), "Document": json.dumps(s)} for s in traces[trace]],
        }
        for trace in asked
        if trace in traces
    ]
    return {"Traces": found, "UnprocessedTraceIds": [trace for trace in asked if trace not in traces]}


def put_trace_segments(world: World, params: Params) -> Params:
    refused = []
    for text in params["TraceSegmentDocuments"]:
        try:
            document = json.loads(text)
            missing = [key for key in ("id", "trace_id", "name", "start_time") if key not in document]
        except (ValueError, TypeError) as problem:
            refused.append({"ErrorCode": "ParseError", "Message": f"The document is not JSON: {problem}"})
            continue
        if missing:
            message = f"The document lacks {', '.join(missing)}."
            refused.append({"Id": str(document.get("id", "")), "ErrorCode": "MissingField", "Message": message})
        else:
            world.segments.append(document)
    return {"UnprocessedTraceSegments": refused}


OPERATIONS: dict[str, Callable[[World, Params], Params]] = {
    "BatchGetTraces": batch_get_traces,
    "GetTraceSummaries": get_trace_summaries,
    "PutTraceSegments": put_trace_segments,
}


def _traces(world: World) -> dict[str, list[Segment]]:
    """Segment documents by trace. A segment sent again (in progress, then complete) counts with its last form."""
    traces: dict[str, dict[str, Segment]] = {}
    for segment in cast(list[Segment], world.segments):
        if "trace_id" in segment and "id" in segment and isinstance(segment.get("start_time"), int | float):
            traces.setdefault(str(segment["trace_id"]), {})[str(segment["id"])] = segment
    return {trace: list(parts.values()) for trace, parts in traces.items()}


def _span(parts: list[Segment]) -> tuple[float, float]:
    starts = [float(part["start_time"]) for part in parts]
    ends = [float(part["end_time"]) for part in parts if isinstance(part.get("end_time"), int | float)]
    return min(starts), max([*starts, *ends])


def _summary(trace: str, parts: list[Segment]) -> Params:
    start, end = _span(parts)
    annotations: dict[str, list[Params]] = {}
    for part in _with_subsegments(parts):
        for key, value in (part.get("annotations") or {}).items():
            annotations.setdefault(key, []).append({"AnnotationValue": _annotation(value), "ServiceIds": []})
    return {
        "Id": trace,
        "StartTime": start,
        "MatchedEventTime": start,
        "Duration": end - start,
        "ResponseTime": end - start,
        "HasFault": any(part.get("fault", False) for part in parts),
        "HasError": any(part.get("error", False) for part in parts),
        "HasThrottle": any(part.get("throttle", False) for part in parts),
        "IsPartial": any(part.get("in_progress", False) for part in parts),
        "Annotations": annotations,
        "EntryPoint": {"Name": str(min(parts, key=lambda p: float(p["start_time"])).get("name", ""))},
    }


def _with_subsegments(parts: list[Segment]) -> list[Segment]:
    return [s for part in parts for s in [part, *_with_subsegments(part.get("subsegments") or [])]]


def _annotation(value: Any) -> Params:
    if isinstance(value, bool):
        return {"BooleanValue": value}
    return {"NumberValue": float(value)} if isinstance(value, int | float) else {"StringValue": str(value)}
