"""The server: its tools, and what a client should know before the first call."""

from __future__ import annotations

from functools import partial

from mcp_servers.cloudwatch import tools
from mcp_servers.serving.aws import AwsAccount
from mcp_servers.serving.registry import read_tools
from mcp_servers.serving.server import UNTRUSTED, ToolServer

INSTRUCTIONS = f"""Reads CloudWatch of one AWS account and region; changes nothing.
Start at an alarm with describe_alarm, at a resource with analyze_resource, at a log group with summarize_logs.
Times are ISO 8601 with a zone, epoch seconds, now, or relative as -1h; the default window is the last hour.
An absent fact is only absent where coverage says complete. {UNTRUSTED}"""

FIRST = (  # of the list; what is added follows
    "describe_alarm",
    "list_alarms",
    "find_resources",
    "get_metric",
    "analyze_resource",
    "list_log_groups",
    "query_logs",
    "summarize_errors",
    "analyze_metric",
    "correlate",
    "root_cause_candidates",
    "summarize_logs",
    "find_in_logs",
    "log_timeline",
    "workload_logs",
    "resource_records",
)


def build(account: AwsAccount) -> ToolServer:
    """The server over one account; nothing is called before the first tool call."""
    server = ToolServer("cloudwatch", INSTRUCTIONS, title="CloudWatch")
    server.probe = partial(account.ask, "sts", "get_caller_identity")
    server.offer(read_tools(tools, FIRST), lambda owner: owner(account))
    return server
