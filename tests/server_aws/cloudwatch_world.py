"""A CloudWatch with the series, alarms and log lines that a test puts into it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sre_lab.aws.errors import AwsError
from tests.server_aws.wire import Wire

START = datetime(2026, 3, 1, 11, 0, tzinfo=UTC)
WINDOW = {"start": "2026-03-01T11:00:00Z", "end": "2026-03-01T12:00:00Z"}


class CloudWatch:
    """`series` maps (namespace, metric, dimensions) to one value a minute from START on, None for no point."""

    def __init__(self, wire: Wire) -> None:
        self.series: dict[tuple[str, str, tuple[tuple[str, str], ...]], Sequence[float | None]] = {}
        self.alarms: list[dict[str, Any]] = []
        self.history: list[dict[str, Any]] = []
        self.logs: dict[str, list[tuple[datetime, str, str]]] = {}
        self.statuses = ["Complete"]
        self._query: dict[str, Any] = {}
        for operation in (
            self.DescribeAlarms,
            self.DescribeAlarmHistory,
            self.GetMetricData,
            self.ListMetrics,
            self.DescribeLogGroups,
            self.StartQuery,
            self.GetQueryResults,
            self.StopQuery,
        ):
            wire.operations[operation.__name__] = operation

    def put(self, namespace: str, metric: str, values: Sequence[float | None], **dimensions: str) -> None:
        self.series[(namespace, metric, tuple(sorted(dimensions.items())))] = values

    def alarm(self, name: str, state: str, **fields: Any) -> None:
        since = datetime(2026, 3, 1, 11, 50, tzinfo=UTC)
        self.alarms.append(
            {
                "AlarmName": name,
                "StateValue": state,
                "StateReason": "Threshold Crossed: 1 datapoint [42.0] was greater than the threshold (5.0).",
                "StateReasonData": json.dumps({"recentDatapoints": [42.0]}),
                "StateTransitionedTimestamp": since,
                "Namespace": "AWS/DynamoDB",
                "MetricName": "WriteThrottleEvents",
                "Dimensions": [{"Name": "TableName", "Value": "carts"}],
                "Statistic": "Sum",
                "Period": 60,
                "EvaluationPeriods": 1,
                "Threshold": 5.0,
                "ComparisonOperator": "GreaterThanThreshold",
                **fields,
            }
        )

    def DescribeAlarms(self, params: dict[str, Any]) -> dict[str, Any]:
        names, prefix = params.get("AlarmNames"), params.get("AlarmNamePrefix", "")
        state = params.get("StateValue")
        alarms = [
            a
            for a in self.alarms
            if (names is None or a["AlarmName"] in names)
            and a["AlarmName"].startswith(prefix)
            and (state is None or a["StateValue"] == state)
        ]
        return {"MetricAlarms": alarms, "CompositeAlarms": []}

    def DescribeAlarmHistory(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"AlarmHistoryItems": self.history}

    def GetMetricData(self, params: dict[str, Any]) -> dict[str, Any]:
        results = []
        for query in params["MetricDataQueries"]:
            metric = query["MetricStat"]["Metric"]
            dimensions = tuple(sorted((d["Name"], d["Value"]) for d in metric.get("Dimensions", [])))
            values = self.series.get((metric["Namespace"], metric["MetricName"], dimensions), [])
            points = [(START.timestamp() + 60 * i, v) for i, v in enumerate(values) if v is not None]
            inside = [(t, v) for t, v in points if _seconds(params["StartTime"]) <= t < _seconds(params["EndTime"])]
            results.append(
                {
                    "Id": query["Id"],
                    "Timestamps": [datetime.fromtimestamp(t, UTC) for t, _ in inside],
                    "Values": [float(v) for _, v in inside],
                    "StatusCode": "Complete",
                }
            )
        return {"MetricDataResults": results}

    def ListMetrics(self, params: dict[str, Any]) -> dict[str, Any]:
        filters = {f["Name"]: f.get("Value") for f in params.get("Dimensions", [])}
        metrics = []
        for namespace, metric, pairs in self.series:
            dimensions = dict(pairs)
            if params.get("Namespace", namespace) != namespace or params.get("MetricName", metric) != metric:
                continue
            if all(n in dimensions and v in (None, dimensions[n]) for n, v in filters.items()):
                pairs_as_json = [{"Name": n, "Value": v} for n, v in pairs]
                metrics.append({"Namespace": namespace, "MetricName": metric, "Dimensions": pairs_as_json})
        return {"Metrics": metrics}

    def DescribeLogGroups(self, params: dict[str, Any]) -> dict[str, Any]:
        names = [n for n in self.logs if n.startswith(params.get("logGroupNamePrefix", ""))]
        return {"logGroups": [{"logGroupName": n, "retentionInDays": 30, "storedBytes": 1} for n in names]}

    def StartQuery(self, params: dict[str, Any]) -> dict[str, Any]:
        if any(name not in self.logs for name in params["logGroupNames"]):
            raise AwsError("ResourceNotFoundException", "Log group does not exist")
        self._query = params
        return {"queryId": "q-1"}

    def GetQueryResults(self, params: dict[str, Any]) -> dict[str, Any]:
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        lines = [line for name in self._query["logGroupNames"] for line in self.logs[name]]
        hits = [line for line in lines if _matches(line, self._query["queryString"])]
        hits.sort(key=lambda line: line[0], reverse=True)
        rows = [
            [
                {"field": "@timestamp", "value": at.strftime("%Y-%m-%d %H:%M:%S.000")},
                {"field": "@message", "value": message},
                {"field": "@logStream", "value": stream},
            ]
            for at, stream, message in hits[: self._query["limit"]]
        ]
        statistics = {"recordsScanned": float(len(lines)), "recordsMatched": float(len(hits))}
        return {"status": status, "results": rows, "statistics": statistics}

    def StopQuery(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"success": True}


def _matches(line: tuple[datetime, str, str], query: str) -> bool:
    for field, pattern in re.findall(r"filter (@\w+) like /((?:[^/\\]|\\.)*)/", query):
        text = line[1] if field == "@logStream" else line[2]
        if not re.search(pattern, text):
            return False
    return True


def _seconds(moment: Any) -> float:
    return float(moment.timestamp()) if isinstance(moment, datetime) else float(moment)
