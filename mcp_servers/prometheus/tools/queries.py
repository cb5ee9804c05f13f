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
        asked = f"query({promql!r})"
        moment = rfc3339(instant(at, "at", self._client.now)) if at else ""
        reply = self._client.ask("query", asked, query=promql, time=moment)
        rows, told = _rows(reply.data), cursors.offset(cursor)
        kept = within(rows[told : told + DISPLAY_LIMIT], CHARACTERS)
        when = moment or rfc3339(reply.as_of)
        text = f"{promql} at {when}: {len(rows)} results." + ("" if rows else EMPTY + self._near(promql))
        holds = self._condition(promql, rows, moment)
        listed = table(["series", "value"], [[r["series"], r["value"]] for r in kept], 300)
        data: dict[str, Any] = {"type": reply.data["resultType"], "at": when, "results": kept}
        return Answer(
            text=text + ("\n\n" + listed if kept else ""),
            as_of=reply.as_of,
            data=data | goes_on(told + len(kept), len(rows)),
            observations=holds,
            coverage=[reply_coverage(promql, reply)],
            left_out=remainder(told + len(kept), len(rows), "results"),
        )

    def _condition(self, promql: str, rows: list[dict[str, Any]], moment: str) -> list[Observation]:
        """Whether a comparison holds. That it does not takes data of what it measures: without, nothing is known."""
        asked = condition(promql)
        if asked is None:
            return []
        about = Subject(scope=self._cluster or f"prometheus/{self._client.host}", kind="Alarm", name=promql[:200])
        if not rows:
            reply = self._client.ask("query", f"query({asked.metric!r})", query=asked.metric, time=moment)
            measured = _rows(reply.data)
            if not measured:
                return [Observation(code="metric.missing", subject=about, attributes={"metric": asked.metric[:200]})]
            code, told = "condition.not_met", measured
        else:
            code, told = "condition.met", rows
        value = told[0]["value"]
        attributes: dict[str, Any] = {"expression": promql}
        attributes |= {"value": float(value)} if _NUMERIC.match(value) else {}
        excerpt = f"{told[0]['series']} {value}"[:200]
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
        asked = f"query_range({promql!r}, {start} to {end}, step {step})"
        since, until = window(start, end, self._client.now)
        seconds = step_seconds(since, until, step, asked)
        reply = self._client.ask(
            "query_range", asked, query=promql, start=rfc3339(since), end=rfc3339(until), step=f"{seconds:g}"
        )
        series, told = reply.data["result"], cursors.offset(cursor)
        data, observations = self._summaries(promql, series[told : told + SERIES_LIMIT], reply.as_of)
        missing = [] if series else [self._missing(promql)]
        free = made_up(promql)
        judged = told + len(data)
        return Answer(
            text=f"{promql}, every {seconds:g} s: {len(series)} series."
            + ("" if series else self._near(promql))
            + (f" These are {VALUES_ONLY}." if free else "")
            + "\n\n"
            + table(["series", "level"], [[row["series"], row["says"]] for row in data], 160),
            as_of=reply.as_of,
            data={"period": seconds, "series": data} | _until(until, reply) | goes_on(judged, len(series)),
            observations=[] if free else observations + missing,
            coverage=[reply_coverage(promql, reply, since, until, cut=len(series) > judged, free=free)],
            left_out=remainder(judged, len(series), "series"),
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
        asked = f"series({selector!r}, {start} to {end})"
        since, until = window(start, end, self._client.now)
        reply = self._client.ask("series", asked, match=[selector], start=rfc3339(since), end=rfc3339(until))
        every = sorted(extract.series_name(labels) for labels in reply.data)
        told = cursors.offset(cursor)
        kept = within([name[:300] for name in every[told : told + 2 * DISPLAY_LIMIT]], CHARACTERS)
        names = Counter(labels.get("__name__", "") for labels in reply.data).most_common(10)
        head = f"{selector}: {len(every)} series" + ("." if not names else ", by metric: ")
        head += ", ".join(f"{name} {count}" for name, count in names)
        return Answer(
            text="\n".join([head + ("" if every else self._near(selector)), *(f"- {name}" for name in kept)]),
            as_of=reply.as_of,
            data={"series": kept, "by_metric": dict(names)} | goes_on(told + len(kept), len(every)),
            coverage=[reply_coverage(selector, reply, since, until, cut=told + len(kept) < len(every))],
            left_out=remainder(told + len(kept), len(every), "series"),
        )

    def _summaries(
        self, promql: str, series: list[dict[str, Any]], as_of: datetime
    ) -> tuple[list[dict[str, Any]], list[Observation]]:
        data, observations = [], []
        each = max(6, min(60, POINTS_TOGETHER // max(1, len(series))))
        for one in series:
            labels, points = one["metric"], extract.settled(one["values"], as_of)
            judged = level(points)
            about = extract.subject(labels, self._cluster, self._client.host)
            metric = labels.get("__name__") or promql[:200]
            observations.append(observed(MeasuredSeries(about, metric, "value", points), judged))
            few = thinned(points, "Average", each)
            name = extract.series_name(labels)[:240]
            data.append({"series": name, "says": sentence(judged), "summary": summary(points), "points": few})
        return data, observations

    def _missing(self, promql: str) -> Observation:
        about = extract.subject({"__name__": promql[:200]}, "", self._client.host)
        return observed(MeasuredSeries(about, promql[:200], "value", []))

    def _near(self, promql: str) -> str:
        """Near names for the metrics of an expression that Prometheus does not know; nothing where it cannot tell."""
        try:
            known = self._client.ask("label/__name__/values", f"metrics like those of {promql!r}").data
        except TeachingError:
            return ""
        if not isinstance(known, list):
            return ""
        unknown = [name for name in dict.fromkeys(_METRIC.findall(promql)) if name not in known]
        return "".join(f" There is no metric {name}. {offer(near(name, known))}" for name in unknown[:2])


def goes_on(told: int, count: int) -> dict[str, str]:
    """The cursor behind the first `told` of `count` items, as data."""
    return {"cursor": cursors.encode(offset=told)} if told < count else {}


def _until(end: datetime, reply: PrometheusReply) -> dict[str, str]:
    """Up to when the series are told, as data."""
    return {"complete_until": rfc3339(min(end.timestamp(), extract.settled_until(reply.as_of)))}


def remainder(told: int, count: int, what: str) -> dict[str, int]:
    return {what: count - told} if told < count else {}


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
        settled = datetime.fromtimestamp(extract.settled_until(reply.as_of), end.tzinfo)
        end = max(start, min(end, settled))
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
