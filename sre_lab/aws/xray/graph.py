"""GetServiceGraph and GetTraceGraph: services, the calls between them, and how these went."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sre_lab.aws.errors import AwsError
from sre_lab.aws.ssm.pages import page
from sre_lab.aws.xray.traces import ServiceNode, TraceSegment, XrayTrace, node_of, traces
from sre_lab.world import World

Params = dict[str, Any]
CLIENT = "client"
LONGEST = 6 * 3_600.0  # seconds of a service graph
NAMED = 100  # traces of one GetTraceGraph


@dataclass
class CallStatistics:
    """How some work went."""

    works: list[TraceSegment] = field(default_factory=list)

    def statistics(self) -> Params:
        throttled = sum(work.flag("throttle") for work in self.works)
        errors = sum(work.flag("error") or work.flag("throttle") for work in self.works)
        faults = sum(work.flag("fault") for work in self.works)
        flags = ("error", "fault", "throttle")
        return {
            "OkCount": sum(not any(work.flag(flag) for flag in flags) for work in self.works),
            "ErrorStatistics": {"ThrottleCount": throttled, "OtherCount": errors - throttled, "TotalCount": errors},
            "FaultStatistics": {"OtherCount": faults, "TotalCount": faults},
            "TotalCount": len(self.works),
            "TotalResponseTime": sum(work.end - work.start for work in self.works),
        }

    def histogram(self) -> list[Params]:
        counts = Counter(round(work.end - work.start, 3) for work in self.works)
        return [{"Value": value, "Count": count} for value, count in sorted(counts.items())]

    def span(self) -> Params:
        return {"StartTime": min(w.start for w in self.works), "EndTime": max(w.end for w in self.works)}


def get_service_graph(world: World, params: Params) -> Params:
    """The services of all traces that worked between StartTime and EndTime."""
    start, end = float(params["StartTime"]), float(params["EndTime"])
    if not 0 < end - start <= LONGEST:
        raise AwsError("InvalidRequestException", "A service graph covers up to 6 hours, from StartTime to EndTime.")
    within = [trace for trace in traces(world).values() if trace.end >= start and trace.start <= end]
    services = page(_services(world, within), params, "Services")
    return {**services, "StartTime": start, "EndTime": end, "ContainsOldGroupVersions": False}


def get_trace_graph(world: World, params: Params) -> Params:
    """The services of the traces that are named."""
    if len(params["TraceIds"]) > NAMED:
        raise AwsError("InvalidRequestException", f"At most {NAMED} traces a call, not {len(params['TraceIds'])}.")
    by_id = traces(world)
    return page(_services(world, [by_id[id_] for id_ in params["TraceIds"] if id_ in by_id]), params, "Services")


def _services(world: World, traces: list[XrayTrace]) -> list[Params]:
    nodes: dict[ServiceNode, CallStatistics] = {}
    edges: dict[tuple[ServiceNode, ServiceNode], CallStatistics] = {}
    roots: set[ServiceNode] = set()
    for trace in traces:
        for node, works in trace.nodes.items():
            nodes.setdefault(node, CallStatistics()).works += works
        for call in trace.calls:
            edges.setdefault((call.caller, call.callee), CallStatistics()).works.append(call.segment)
        if trace.root.is_segment:
            entry = node_of(trace.root)
            roots.add(entry)
            nodes.setdefault(ServiceNode(entry.name, CLIENT), CallStatistics()).works.append(trace.root)
            edges.setdefault((ServiceNode(entry.name, CLIENT), entry), CallStatistics()).works.append(trace.root)
    ids = {node: place for place, node in enumerate(nodes)}
    return [_service(world, node, tally, ids, edges, node in roots) for node, tally in nodes.items()]


def _service(
    world: World,
    node: ServiceNode,
    tally: CallStatistics,
    ids: dict[ServiceNode, int],
    edges: dict[tuple[ServiceNode, ServiceNode], CallStatistics],
    root: bool,
) -> Params:
    description: Params = {"ReferenceId": ids[node], "Name": node.name, "Names": [node.name], **tally.span()}
    if root:
        description["Root"] = True
    if node.type:
        description["Type"] = node.type
    description["AccountId"] = world.cluster.account
    description["State"] = "unknown" if node.type == CLIENT or not any(w.is_segment for w in tally.works) else "active"
    description["Edges"] = [_edge(ids[callee], edge) for (caller, callee), edge in edges.items() if caller == node]
    if node.type != CLIENT:
        histogram = tally.histogram()
        description |= {"SummaryStatistics": tally.statistics(), "DurationHistogram": histogram}
        description["ResponseTimeHistogram"] = histogram
    return description


def _edge(reference: int, tally: CallStatistics) -> Params:
    edge = {"ReferenceId": reference, **tally.span(), "SummaryStatistics": tally.statistics(), "Aliases": []}
    return {**edge, "ResponseTimeHistogram": tally.histogram()}
