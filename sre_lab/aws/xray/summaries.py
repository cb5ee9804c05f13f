"""GetTraceSummaries and BatchGetTraces."""

from __future__ import annotations

import json
from typing import Any

from sre_lab.aws.errors import AwsError
from sre_lab.aws.ssm.pages import page
from sre_lab.aws.xray.filter_language import parse
from sre_lab.aws.xray.filter_subjects import TraceSubject
from sre_lab.aws.xray.traces import ServiceNode, TraceSegment, XrayTrace, node_of, traces
from sre_lab.world import World

Params = dict[str, Any]
MAX_TRACES = 5  # traces that one BatchGetTraces call may name
RANGES = ("TraceId", "Event", "Service")
HTTP = {"HttpURL": ("request", "url"), "HttpStatus": ("response", "status"), "HttpMethod": ("request", "method")}
CLIENT = {"UserAgent": ("request", "user_agent"), "ClientIp": ("request", "client_ip")}


def get_trace_summaries(world: World, params: Params) -> Params:
    """Traces that began (TraceId), worked (Event) or ended work (Service) between StartTime and EndTime."""
    start, end = float(params["StartTime"]), float(params["EndTime"])
    kind = params.get("TimeRangeType") or "TraceId"
    if kind not in RANGES or start >= end:
        text = f"StartTime must be before EndTime, and TimeRangeType one of {', '.join(RANGES)}."
        raise AwsError("InvalidRequestException", text)
    test = parse(params.get("FilterExpression") or "")
    within = [
        trace for trace in traces(world).values() if _within(trace, kind, start, end) and _in_sample(trace, params)
    ]
    summaries = [_summary(trace) for trace in within if test(TraceSubject(trace))]
    return page(summaries, params, "TraceSummaries") | {
        "ApproximateTime": world.clock.now(),
        "TracesProcessedCount": len(within),
    }


def batch_get_traces(world: World, params: Params) -> Params:
    """Whole traces by id; streamed subsegments are segments of their own, as the service returns them."""
    trace_ids = params["TraceIds"]
    if len(trace_ids) > MAX_TRACES:
        raise AwsError("InvalidRequestException", f"At most {MAX_TRACES} traces a call, not {len(trace_ids)}.")
    by_id = traces(world)
    documents = [
        {
            "Id": trace,
            "Duration": by_id[trace].end - by_id[trace].start,
            "LimitExceeded": False,
            "Segments": [{"Id": str(s["id"]), "Document": json.dumps(s)} for s in by_id[trace].documents],
        }
        for trace in trace_ids
        if trace in by_id
    ]
    return {"Traces": documents, "UnprocessedTraceIds": [trace for trace in trace_ids if trace not in by_id]}


def service_id(node: ServiceNode) -> Params:
    description: Params = {"Name": node.name, "Names": [node.name]}
    return {**description, "Type": node.type} if node.type else description


def _within(trace: XrayTrace, kind: str, start: float, end: float) -> bool:
    if kind == "TraceId":
        return start <= trace.start <= end
    if kind == "Event":
        return trace.end >= start and trace.start <= end
    return any(start <= work.end <= end for work in trace.segments)


def _in_sample(trace: XrayTrace, params: Params) -> bool:
    """FixedRate takes the same share of the traces each time; PartialScan and no strategy take all of them."""
    strategy = params.get("SamplingStrategy") or {}
    if not params.get("Sampling") or strategy.get("Name") != "FixedRate":
        return True
    return int(trace.id[-8:], 16) / 2**32 < float(strategy.get("Value") or 0.0)


def _summary(trace: XrayTrace) -> Params:
    root = trace.root
    return {
        "Id": trace.id,
        "StartTime": trace.start,
        "MatchedEventTime": trace.start,
        "Duration": trace.end - trace.start,
        "ResponseTime": root.end - root.start,
        "HasFault": root.flag("fault"),
        "HasError": root.flag("error"),
        "HasThrottle": root.flag("throttle"),
        "IsPartial": any(work.flag("in_progress") for work in trace.works),
        "Http": _http(root),
        "Annotations": _annotations(trace),
        "Users": _users(trace),
        "ServiceIds": [service_id(node) for node in trace.nodes],
        "EntryPoint": service_id(node_of(root)),
        "FaultRootCauses": _causes(trace, "fault"),
        "ErrorRootCauses": _causes(trace, "error"),
        "Revision": len(trace.documents),
    }


def _http(root: TraceSegment) -> Params:
    http = root.document.get("http") or {}
    fields = {key: (http.get(side) or {}).get(name) for key, (side, name) in {**HTTP, **CLIENT}.items()}
    return {key: value for key, value in fields.items() if value is not None}


def _annotations(trace: XrayTrace) -> Params:
    """By key, each value once with the services that set it."""
    values_by_key: dict[str, dict[str, tuple[Any, list[ServiceNode]]]] = {}
    for work in trace.works:
        for key, value in (work.document.get("annotations") or {}).items():
            nodes = values_by_key.setdefault(key, {}).setdefault(json.dumps(value), (value, []))[1]
            if (node := node_of(work.service)) not in nodes:
                nodes.append(node)
    return {
        key: [
            {"AnnotationValue": _annotation(v), "ServiceIds": [service_id(n) for n in ns]} for v, ns in values.values()
        ]
        for key, values in values_by_key.items()
    }


def _annotation(value: Any) -> Params:
    if isinstance(value, bool):
        return {"BooleanValue": value}
    return {"NumberValue": float(value)} if isinstance(value, int | float) else {"StringValue": str(value)}


def _users(trace: XrayTrace) -> list[Params]:
    nodes_by_user: dict[str, list[ServiceNode]] = {}
    for work in trace.segments:
        if work.document.get("user"):
            nodes_by_user.setdefault(str(work.document["user"]), []).append(node_of(work))
    return [
        {"UserName": user, "ServiceIds": [service_id(node) for node in nodes]} for user, nodes in nodes_by_user.items()
    ]


def _causes(trace: XrayTrace, flag: str) -> list[Params]:
    """For each deepest work with the flag: the services on the way to it, with their exceptions."""
    candidates = [work for work in trace.works if work.flag(flag)]
    deepest = [work for work in candidates if not any(other.parent is work for other in candidates)]
    return [{"Services": _path(work), "ClientImpacting": trace.root.flag(flag)} for work in deepest]


def _path(work: TraceSegment) -> list[Params]:
    """The services from the root to this work, each with the names of the work within it."""
    steps: list[tuple[TraceSegment, list[TraceSegment]]] = []
    current: TraceSegment | None = work
    while current is not None:
        service = current.service
        if not steps or steps[0][0] is not service:
            steps.insert(0, (service, []))
        steps[0][1].insert(0, current)
        current = current.parent
    return [
        {**service_id(node_of(service)), "EntityPath": [_entity(part) for part in parts], "Inferred": False}
        for service, parts in steps
    ]


def _entity(work: TraceSegment) -> Params:
    cause = work.document.get("cause")
    raw_exceptions = cause.get("exceptions") or [] if isinstance(cause, dict) else []
    exceptions = [{"Name": str(e.get("type", "")), "Message": str(e.get("message", ""))} for e in raw_exceptions]
    return {"Name": str(work.document.get("name") or ""), "Exceptions": exceptions, "Remote": work.is_call}
