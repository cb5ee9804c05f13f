"""The server: which tools it has, and what a client should know before the first call."""

from __future__ import annotations

from mcp_servers.cloudwatch.tools.alarms import Alarms
from mcp_servers.cloudwatch.tools.analyses import Analyses
from mcp_servers.cloudwatch.tools.log_search import LogSearch
from mcp_servers.cloudwatch.tools.log_summaries import LogSummaries
from mcp_servers.cloudwatch.tools.logs import Logs
from mcp_servers.cloudwatch.tools.metrics import Metrics
from mcp_servers.cloudwatch.tools.naming import Naming
from mcp_servers.cloudwatch.tools.records import Records
from mcp_servers.cloudwatch.tools.root_causes import RootCauses
from mcp_servers.serving.aws import Account
from mcp_servers.serving.server import UNTRUSTED, ToolServer

INSTRUCTIONS = f"""Reads CloudWatch of one AWS account and region; changes nothing.
Start at an alarm with describe_alarm, at a resource with analyze_resource, at a log group with summarize_logs.
Times are ISO 8601 with a zone, epoch seconds, now, or relative as -1h; a window is the last hour unless told.
An absent fact is only absent where coverage says complete. {UNTRUSTED}"""


def build(account: Account) -> ToolServer:
    """The server over one account; nothing is called before the first tool call."""
    server = ToolServer("cloudwatch", INSTRUCTIONS, title="CloudWatch")
    alarms, metrics, logs = Alarms(account), Metrics(account), Logs(account)
    server.read(alarms.describe_alarm, "Describe an alarm")
    server.read(alarms.list_alarms, "List alarms")
    server.read(Naming(account).find_resources, "Find AWS resources")
    server.read(metrics.get_metric, "Get a metric")
    server.read(metrics.analyze_resource, "Analyze a resource")
    server.read(logs.list_log_groups, "List log groups")
    server.read(logs.query_logs, "Query logs")
    server.read(logs.summarize_errors, "Summarize errors")
    analyses = Analyses(account)
    server.read(analyses.analyze_metric, "Analyze a metric")
    server.read(analyses.correlate, "Correlate metrics")
    server.read(RootCauses(account).root_cause_candidates, "Root cause candidates")
    summaries, search = LogSummaries(account), LogSearch(account)
    server.read(summaries.summarize_logs, "Summarize logs")
    server.read(search.find_in_logs, "Find in logs")
    server.read(search.log_timeline, "Timeline of logs")
    server.read(Records(account).resource_records, "Records of a resource")
    return server
