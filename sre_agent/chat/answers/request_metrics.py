"""Requests, errors and latencies of a service, and all metrics of an AWS resource, as CloudWatch keeps them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.lookup_session import data
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.chat.words import CLOUD_NOUNS

LOOK_BACK: Final = timedelta(hours=1)
DISPLAY_LIMIT: Final = 8
METRICS: Final = {  # what is measured: the names of the metrics that measure it; a rate of errors needs the requests
    "errors": re.compile(r"error|fault|[45]xx|requests?(?:_?count)?$", re.I),
    "latency": re.compile(r"latency|duration|response_?time", re.I),
    "requests": re.compile(r"(?:requests?|invocations?)(?:_?count)?$", re.I),
    "throttling": re.compile(r"throttl|rejected", re.I),
    "messages": re.compile(r"messages?", re.I),
}
OF_REQUESTS: Final = frozenset({"errors", "latency", "requests"})
OF_CONTAINERS: Final = frozenset({"cpu", "memory"})
PERCENTILES: Final = 3  # metrics of which a percentile is read


def asks_for_requests(query: ChatQuery) -> bool:
    """Whether requests are meant and not what containers use."""
    return not OF_REQUESTS.isdisjoint(query.measures) and OF_CONTAINERS.isdisjoint(query.resources)


async def answer(query: ChatQuery, talk: AnswerContext, subject: Subject) -> ChatReply:
    """What each metric of the service did in the window (an hour, where none is said)."""
    if "cloudwatch" not in talk.lookups.servers:
        text = f"Requests to {subject.short} are unknown: no source of request metrics is configured."
        return talk.reply(query, text, outcome="cannot", subjects=[subject])
    kind = subject.kind if subject.kind in CLOUD_NOUNS else "Service"
    end = query.window.end or talk.lookups.now
    start = query.window.start or end - LOOK_BACK
    evidence = await talk.lookups.look_up(
        "cloudwatch", "analyze_resource", kind=kind, name=subject.name,
        start=f"{start:%Y-%m-%dT%H:%M:%SZ}", end=f"{end:%Y-%m-%dT%H:%M:%SZ}",
    )  # fmt: skip
    if evidence.answer is None:
        return talk.failed(query, evidence)
    metrics = [metric for metric in data(evidence).get("metrics", []) if metric.get("points")]
    mark = talk.lookups.cite(evidence, ", ".join(str(metric["metric"]) for metric in metrics))
    if not metrics:
        what = "request metric" if kind == "Service" else "metric"
        text = f"No {what} exists under the name {subject.name} since {start:%H:%M}. {mark}"
        return talk.reply(query, text, outcome="cannot", subjects=[subject])
    matching_metrics = await _with_percentile(query, talk, _matching(query, metrics), start, end)
    lines = [f"- {_line(metric)}" for metric in matching_metrics[:DISPLAY_LIMIT]]
    more = [f"{len(metrics) - len(lines)} other metrics exist."] if len(metrics) > len(lines) else []
    metrics_data = data(evidence)
    until = f" until {metrics_data['complete_until']}" if metrics_data.get("complete_until") else ""
    head = f"Metrics of {subject.short} since {start:%Y-%m-%dT%H:%M:%SZ}{until}, per {metrics_data['period']} s: {mark}"
    return talk.reply(query, within("\n".join([head, *lines, *more])), subjects=[subject])


def _matching(query: ChatQuery, metrics: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The metrics that measure what was asked for; all where none does."""
    forms = [METRICS[measure] for measure in query.measures]
    return [m for m in metrics if any(form.search(str(m["metric"])) for form in forms)] or metrics


async def _with_percentile(
    query: ChatQuery, talk: AnswerContext, metrics: list[dict[str, Any]], start: datetime, end: datetime
) -> list[dict[str, Any]]:
    """The metrics by the percentile that was asked for: an average says nothing about the slowest requests."""
    if not query.percentile:
        return metrics
    statistic = query.percentile
    of_percentile: list[dict[str, Any]] = []
    for metric in metrics[:PERCENTILES]:
        evidence = await talk.lookups.look_up(
            "cloudwatch", "get_metric", namespace=metric["namespace"], metric=metric["metric"], statistic=statistic,
            dimensions=metric["dimensions"], period=metric["period"], start=f"{start:%Y-%m-%dT%H:%M:%SZ}",
            end=f"{end:%Y-%m-%dT%H:%M:%SZ}",
        )  # fmt: skip
        mark = talk.lookups.cite(evidence, f"{statistic} of {metric['metric']}")
        summary = data(evidence).get("summary") if data(evidence).get("points") else f"no {statistic} could be read"
        of_percentile.append({**metric, "statistic": statistic, "summary": summary, "mark": mark})
    return of_percentile


def _line(metric: dict[str, Any]) -> str:
    summary = metric.get("summary")
    if isinstance(summary, dict):
        labels = (("min", "at least"), ("mean", "on average"), ("max", "at most"), ("last", "last"))
        summary = ", ".join(f"{word} {float(summary[key]):.4g}" for key, word in labels if key in summary)
    return f"{metric['metric']} ({metric['statistic']}): {summary} {metric.get('mark', '')}".rstrip()
