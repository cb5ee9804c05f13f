"""Which specialists of the responder use which read tools: the one table, by server and tool.

A tool that is not here is for MCP clients and chat alone. The order is the one in which a model reads them.
"""

from __future__ import annotations

from typing import Final

SPECIALISTS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "kubernetes": {
        "kubectl_find": ("kubernetes",),
        "kubectl_explain_workload": ("kubernetes",),
        "kubectl_get": ("kubernetes",),
        "kubectl_events": ("kubernetes",),
        "kubectl_nodes": ("kubernetes",),
        "kubectl_rollout_history": ("kubernetes",),
        "kubectl_triage": ("kubernetes",),
        "kubectl_changes": ("kubernetes",),
        "kubectl_callers": ("kubernetes",),
        "kubectl_callees": ("kubernetes",),
        "kubectl_network_path": ("kubernetes",),
        "kubectl_can_i": ("kubernetes",),
        "kubectl_entrance": ("kubernetes",),
        "kubectl_top": ("kubernetes",),
        "kubectl_logs": ("logs",),
    },
    "cloudwatch": {
        "list_log_groups": ("logs",),
        "query_logs": ("logs",),
        "summarize_errors": ("logs",),
        "summarize_logs": ("logs",),
        "find_in_logs": ("logs",),
        "log_timeline": ("logs",),
        "workload_logs": ("logs",),
        "resource_records": ("logs",),
        "describe_alarm": ("metrics",),
        "list_alarms": ("metrics",),
        "find_resources": ("metrics",),
        "get_metric": ("metrics",),
        "analyze_resource": ("metrics",),
        "analyze_metric": ("metrics",),
        "correlate": ("metrics",),
        "root_cause_candidates": ("metrics",),
    },
    "prometheus": {
        "prometheus_query": ("metrics",),
        "prometheus_query_range": ("metrics",),
        "prometheus_analyze": ("metrics",),
        "prometheus_series": ("metrics",),
        "prometheus_alerts": ("metrics",),
        "prometheus_rules": ("metrics",),
        "prometheus_targets": ("metrics",),
    },
    "ssm": {
        "find_runbooks": ("runbooks",),
        "describe_runbook": ("runbooks",),
        "get_automation": ("runbooks",),
        "list_automations": ("runbooks",),
    },
}
