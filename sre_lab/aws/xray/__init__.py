"""X-Ray: segments come in over UDP or HTTP; traces, what they tell together, and a map of services go out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sre_lab.aws.xray import graph, intake, sampling, summaries
from sre_lab.aws.xray.intake import listen
from sre_lab.world import World

__all__ = ["OPERATIONS", "listen"]

OPERATIONS: dict[str, Callable[[World, dict[str, Any]], dict[str, Any]]] = {
    "BatchGetTraces": summaries.batch_get_traces,
    "CreateSamplingRule": sampling.create_sampling_rule,
    "DeleteSamplingRule": sampling.delete_sampling_rule,
    "GetSamplingRules": sampling.get_sampling_rules,
    "GetSamplingStatisticSummaries": sampling.get_sampling_statistic_summaries,
    "GetSamplingTargets": sampling.get_sampling_targets,
    "GetServiceGraph": graph.get_service_graph,
    "GetTraceGraph": graph.get_trace_graph,
    "GetTraceSummaries": summaries.get_trace_summaries,
    "PutTelemetryRecords": intake.put_telemetry_records,
    "PutTraceSegments": intake.put_trace_segments,
    "UpdateSamplingRule": sampling.update_sampling_rule,
}
