"""Tools over expressions: `query`, `query_range` and which `series` there are."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from typing import Any, Final

from mcp_servers.contract.conditions import condition
from mcp_servers.contract.facts import Answer, Coverage, Observation, Subject
from mcp_servers.prometheus import inputs
from mcp_servers.prometheus.connection.client import Prometheus, PrometheusReply
from mcp_servers.prometheus.observe import extract
from mcp_servers.prometheus.observe.steps import step_seconds
from mcp_servers.prometheus.observe.synthetic import VALUES_ONLY, made_up
from mcp_servers.serving import cursors
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import number, table, within
from mcp_servers.serving.near_names import near, offer
from mcp_servers.serving.registry import read_tool
from mcp_servers.serving.windows import instant, rfc3339, window
from mcp_servers.signals.series.level_facts import MeasuredSeries, observed, sentence, summary, thinned
from mcp_servers.signals.series.levels import level

SERIES_LIMIT: Final = 20  # series whose level is told
DISPLAY_LIMIT: Final = 50
POINTS_TOGETHER: Final = 140
CHARACTERS: Final = 6_500  # of listed results in one answer
EMPTY: Final = " An empty result is not zero: no series matches, or none has a sample in the last five minutes."
_NUMERIC: Final = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?$", re.I)
_METRIC: Final = re.compile(r"[a-zA-Z_:][\w:]*(?=\s*(?:\{|\[|$|[-+*/%^<>=!,)]))")


class Queries:
    def __init__(self, client: Prometheus, cluster: str) -> None:
        self._client, self._cluster = client, cluster

    @read_tool("Query at a moment", name="prometheus_query", once="query")
    def query(self, promql: inputs.PromQL, at: inputs.At = "", cursor: inputs.Cursor = "") -> Answer:
        """Evaluate a PromQL expression at one moment; for an alert's condition (`… > 0.05`), whether it holds.

        With a `cursor`, give the same `at` too. prometheus_query_range shows how it got there."""
        request = f"query({promql!r})"
        moment = rfc3339(instant(at, "at", self._client.now)) if at else ""
        reply = self._client.ask("query", request, query=promql, time=moment)
        rows, offset = _rows(reply.data), cursors.offset(cursor)
        page = within(rows[offset : offset + DISPLAY_LIMIT], CHARACTERS)
        when = moment or rfc3339(reply.as_of)
        text = f"{promql} at {when}: {len(rows)} results." + ("" if rows else EMPTY + self._near(promql))
        holds = self._condition(promql, rows, moment)
        listing = table(["series", "value"], [[r["series"], r["value"]] for r in page], 300)
        data: dict[str, Any] = {"type": reply.data["resultType"], "at": when, "results": page}
        return Answer(
            text=text + ("\n\n" + listing if page else ""),
            as_of=reply.as_of,
            data=data | goes_on(offset + len(page), len(rows)),
            observations=holds,
            coverage=[reply_coverage(promql, reply)],
            left_out=remainder(offset + len(page), len(rows), "results"),
        )

    def _condition(self, promql: str, rows: list[dict[str, Any]], moment: str) -> list[Observation]:
        """Whether a comparison holds. That it does not takes data of what it measures: without, nothing is known."""
        comparison = condition(promql)
        if comparison is None:
            return []
        about = Subject(scope=self._cluster or f"prometheus/{self._client.host}", kind="Alarm", name=promql[:200])
        if not rows:
            reply = self._client.ask("query", f"query({comparison.metric!r})", query=comparison.metric, time=moment)
            measured = _rows(reply.data)
            if not measured:
                return [
                    Observation(code="metric.missing", subject=about, attributes={"metric": comparison.metric[:200]})
                ]
            code, matching_rows = "condition.not_met", measured
        else:
            code, matching_rows = "condition.met", rows
        value = matching_rows[0]["value"]
        attributes: dict[str, Any] = {"expression": promql}
        attributes |= {"value": float(value)} if _NUMERIC.match(value) else {}
        excerpt = f"{matching_rows[0]['series']} {value}"[:200]
        return [Observation(code=code, subject=about, attributes=attributes, excerpt=excerpt)]

    @read_tool("Query over a window", name="prometheus_query_range", once="query_range")
    def query_range(
        self,
        promql: inputs.PromQL,
        start: inputs.Start = "-1h",
        end: inputs.End = "now",
        step: inputs.Step = "60s",
        cursor: inputs.Cursor = "",
    ) -> Answer:
        """A PromQL expression over a window: did each series change its level, recover, or stay.

        20 series are returned at a time.
        Expressions beyond selectors, rates, sums and ratios yield values but no observations.
        """
        request = f"query_range({promql!r}, {start} to {end}, step {step})"
        since, until = window(start, end, self._client.now)
        seconds = step_seconds(since, until, step, request)
        reply = self._client.ask(
            "query_range", request, query=promql, start=rfc3339(since), end=rfc3339(until), step=f"{seconds:g}"
        )
        series, offset = reply.data["result"], cursors.offset(cursor)
        data, observations = self._summaries(promql, series[offset : offset + SERIES_LIMIT], reply.as_of)
        missing = [] if series else [self._missing(promql)]
        free = made_up(promql)
        end_offset = offset + len(data)
        return Answer(
            text=f"{promql}, every {seconds:g} s: {len(series)} series."
            + ("" if series else self._near(promql))
            + (f" These are {VALUES_ONLY}." if free else "")
            + "\n\n"
            + table(["series", "level"], [[row["series"], row["says"]] for row in data], 160),
            as_of=reply.as_of,
            data={"period": seconds, "series": data} | _until(until, reply) | goes_on(end_offset, len(series)),
            observations=[] if free else observations + missing,
            coverage=[reply_coverage(promql, reply, since, until, cut=len(series) > end_offset, free=free)],
            left_out=remainder(end_offset, len(series), "series"),
        )

    @read_tool("List series", name="prometheus_series", once="series")
    def series(
        self,
        selector: inputs.SeriesSelector,
        start: inputs.Start = "-1h",
        end: inputs.End = "now",
        cursor: inputs.Cursor = "",
    ) -> Answer:
        """List the series that a selector such as `kube_pod_info{namespace="shop"}` matches in the window."""
        request = f"series({selector!r}, {start} to {end})"
        since, until = window(start, end, self._client.now)
        reply = self._client.ask("series", request, match=[selector], start=rfc3339(since), end=rfc3339(until))
        every = sorted(extract.series_name(labels) for labels in reply.data)
        offset = cursors.offset(cursor)
        page = within([name[:300] for name in every[offset : offset + 2 * DISPLAY_LIMIT]], CHARACTERS)
        names = Counter(labels.get("__name__", "") for labels in reply.data).most_common(10)
        head = f"{selector}: {len(every)} series" + ("." if not names else ", by metric: ")
        head += ", ".join(f"{name} {count}" for name, count in names)
        return Answer(
            text="\n".join([head + ("" if every else self._near(selector)), *(f"- {name}" for name in page)]),
            as_of=reply.as_of,
            data={"series": page, "by_metric": dict(names)} | goes_on(offset + len(page), len(every)),
            coverage=[reply_coverage(selector, reply, since, until, cut=offset + len(page) < len(every))],
            left_out=remainder(offset + len(page), len(every), "series"),
        )

    def _summaries(
        self, promql: str, series: list[dict[str, Any]], as_of: datetime
    ) -> tuple[list[dict[str, Any]], list[Observation]]:
        data, observations = [], []
        each = max(6, min(60, POINTS_TOGETHER // max(1, len(series))))
        for one in series:
            labels, points = one["metric"], extract.settled(one["values"], as_of)
            series_level = level(points)
            about = extract.subject(labels, self._cluster, self._client.host)
            metric = labels.get("__name__") or promql[:200]
            observations.append(observed(MeasuredSeries(about, metric, "value", points), series_level))
            few = thinned(points, "Average", each)
            name = extract.series_name(labels)[:240]
            data.append({"series": name, "says": sentence(series_level), "summary": summary(points), "points": few})
        return data, observations

    def _missing(self, promql: str) -> Observation:
        about = extract.subject({"__name__": promql[:200]}, "", self._client.host)
        return observed(MeasuredSeries(about, promql[:200], "value", []))

    def _near(self, promql: str) -> str:
        """Near names for the metrics of an expression that Prometheus does not know; nothing where it cannot tell."""
        try:
            known_names = self._client.ask("label/__name__/values", f"metrics like those of {promql!r}").data
        except TeachingError:
            return ""
        if not isinstance(known_names, list):
            return ""
        unknown = [name for name in dict.fromkeys(_METRIC.findall(promql)) if name not in known_names]
        return "".join(f" There is no metric {name}. {offer(near(name, known_names))}" for name in unknown[:2])


def goes_on(offset: int, count: int) -> dict[str, str]:
    """The cursor behind the first `offset` of `count` items, as data."""
    return {"cursor": cursors.encode(offset=offset)} if offset < count else {}


def _until(end: datetime, reply: PrometheusReply) -> dict[str, str]:
    """Up to when the series are told, as data."""
    return {"complete_until": rfc3339(min(end.timestamp(), extract.settled_until(reply.as_of)))}


def remainder(offset: int, count: int, what: str) -> dict[str, int]:
    return {what: count - offset} if offset < count else {}


def reply_coverage(
    promql: str,
    reply: PrometheusReply,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    cut: bool = False,
    free: bool = False,
) -> Coverage:
    """Warnings of Prometheus (a store that did not answer, say) make it partial. `free`: no fact is made of it."""
    state = "partial" if reply.warnings else ("truncated" if cut else "complete")
    if end is not None and start is not None:
        settled_until = datetime.fromtimestamp(extract.settled_until(reply.as_of), end.tzinfo)
        end = max(start, min(end, settled_until))
    detail = "; ".join([*reply.warnings, *([VALUES_ONLY] if free else [])])
    return Coverage.model_validate(
        {"looked_at": promql[:200], "state": state, "start": start, "end": end, "detail": detail}
    )


def _rows(data: dict[str, Any]) -> list[dict[str, Any]]:
    result = data["result"]
    if data["resultType"] in ("scalar", "string"):
        return [{"series": data["resultType"], "value": str(result[1])}]
    if data["resultType"] == "matrix":
        return [{"series": extract.series_name(r["metric"])[:300], "value": str(r["values"][-1][1])} for r in result]
    return [{"series": extract.series_name(r["metric"])[:300], "value": _readable(r["value"][1])} for r in result]


def _readable(value: str) -> str:
    return number(float(value)) if extract.points([[0, value]]) else value
