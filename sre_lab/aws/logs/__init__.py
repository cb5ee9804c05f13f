"""CloudWatch Logs: groups, streams and events, filter patterns, and Logs Insights queries that do what they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sre_lab.aws.logs import definitions, events, groups, metric_filters, put_events, queries, records, settings
from sre_lab.world import World

Operation = Callable[[World, dict[str, Any]], dict[str, Any]]

OPERATIONS: dict[str, Operation] = {
    "CreateLogGroup": groups.create_log_group,
    "CreateLogStream": groups.create_log_stream,
    "DeleteLogGroup": groups.delete_log_group,
    "DeleteLogStream": groups.delete_log_stream,
    "DeleteMetricFilter": metric_filters.delete_metric_filter,
    "DeleteQueryDefinition": definitions.delete_query_definition,
    "DeleteRetentionPolicy": settings.delete_retention_policy,
    "DescribeLogGroups": groups.describe_log_groups,
    "DescribeLogStreams": groups.describe_log_streams,
    "DescribeMetricFilters": metric_filters.describe_metric_filters,
    "DescribeQueries": queries.describe_queries,
    "DescribeQueryDefinitions": definitions.describe_query_definitions,
    "FilterLogEvents": events.filter_log_events,
    "GetLogEvents": events.get_log_events,
    "GetLogGroupFields": records.get_log_group_fields,
    "GetLogRecord": records.get_log_record,
    "GetQueryResults": queries.get_query_results,
    "ListTagsForResource": settings.list_tags_for_resource,
    "PutLogEvents": put_events.put_log_events,
    "PutMetricFilter": metric_filters.put_metric_filter,
    "PutQueryDefinition": definitions.put_query_definition,
    "PutRetentionPolicy": settings.put_retention_policy,
    "StartQuery": queries.start_query,
    "StopQuery": queries.stop_query,
    "TagResource": settings.tag_resource,
    "TestMetricFilter": metric_filters.test_metric_filter,
    "UntagResource": settings.untag_resource,
}
