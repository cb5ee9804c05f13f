"""CloudWatch Logs: groups, streams and events, filter patterns, and Logs Insights queries that do what they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sre_agent.lab.aws.logs import events, groups, queries
from sre_agent.lab.world import World

Operation = Callable[[World, dict[str, Any]], dict[str, Any]]

OPERATIONS: dict[str, Operation] = {
    "CreateLogGroup": groups.create_log_group,
    "CreateLogStream": groups.create_log_stream,
    "DescribeLogGroups": groups.describe_log_groups,
    "DescribeLogStreams": groups.describe_log_streams,
    "DescribeQueries": queries.describe_queries,
    "FilterLogEvents": events.filter_log_events,
    "GetLogEvents": events.get_log_events,
    "GetQueryResults": queries.get_query_results,
    "PutLogEvents": events.put_log_events,
    "StartQuery": queries.start_query,
    "StopQuery": queries.stop_query,
}
