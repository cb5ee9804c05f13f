"""What one metric did, and which others moved with it: the tools `analyze_metric` and `correlate`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from mcp_servers.cloudwatch import inputs
from mcp_servers.cloudwatch.reads.default_statistics import chosen_for, default_statistic
from mcp_servers.cloudwatch.reads.dimensions import about
from mcp_servers.cloudwatch.reads.metric_sets import absent_is_zero, limit_of, statistic_for
from mcp_servers.cloudwatch.reads.series import FetchedSeries, SeriesQuery, fetch, known_dimensions
from mcp_servers.cloudwatch.tools.metrics import plain, queried, what_exists
from mcp_servers.contract.facts import Answer, Coverage, Observation
from mcp_servers.serving.aws import AwsAccount, gap
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import table
from mcp_servers.serving.registry import read_tool
from mcp_servers.serving.windows import rfc3339, window
from mcp_servers.signals.series.analysis import MetricLimit, analysed, facts, sentences
from mcp_servers.signals.series.correlation import Move, moves
from mcp_servers.signals.series.level_facts import MeasuredSeries, observed, sentence, summary, thinned
from mcp_servers.signals.series.levels import Point

NEIGHBOURS: Final = 25
CANDIDATES: Final = 50
OBSERVATION_LIMIT: Final = 8  # moves that are told as observations
DISPLAY_LIMIT: Final = 20  # moves in one answer
POINTS: Final = 24
HISTORY_PERIOD: Final = 300
MOST_DAYS: Final = 30.0


class CloudWatchAnalyses:
    def __init__(self, account: AwsAccount) -> None:
        self._account = account

    @read_tool("Analyze a metric")
    def analyze_metric(
        self,
        namespace: inputs.MetricNamespace,
        metric: inputs.Metric,
        start: inputs.Start = "-1h",
        end: inputs.End = "now",
        dimensions: inputs.Dimensions = None,
        statistic: inputs.Statistic = "",
        period: inputs.Period = 60,
        limit: inputs.Limit = None,
        history_days: inputs.HistoryDays = 7.0,
        neighbours: inputs.Neighbours = True,
    ) -> Answer:
        """Full analysis of one metric over a window: level shifts and since when, spikes beyond what the
        days before had, steady rise or fall and when it reaches its limit, saturation at the limit,
        daily or hourly cycles; and which metrics of the same dimensions moved with it, in which order.

        Percentages, free space and credit balances have limits of their own;
        for others, `limit` is compared in the text only and yields no observation.
        """
        is_default, statistic = not statistic, statistic or default_statistic(namespace, metric)
        request = f"analyze_metric({namespace}/{metric} {dimensions or {}}, {statistic}, {start} to {end})"
        since, until = window(start, end, self._account.now)
        query = queried(namespace, metric, dimensions or {}, statistic, request)
        others, gaps = _neighbours(self._account, query) if neighbours else ([], [])
        fetched_series = fetch(self._account, [query, *others], since, until, period)
        before = since - timedelta(days=max(0.0, min(history_days, MOST_DAYS)))
        past = fetch(self._account, [query], before, until, HISTORY_PERIOD) if history_days > 0 else fetched_series
        series = _measured_series(self._account, query, fetched_series, 0)
        history = _per(fetched_series.period, past, query)
        analysis = analysed(series, history, _limit(metric, limit))
        moves = _moves(fetched_series, [query, *others])
        lines = sentences(analysis)
        hint = [what_exists(self._account, query)] if not series.points else []
        whole_until = rfc3339(fetched_series.whole_until(query))
        text = [
            f"{statistic} of {namespace}/{metric} {query.dimensions or ''} per {fetched_series.period} s, "
            f"up to {whole_until},"
            " the end of the last whole period:"
        ]
        text += [chosen_for(metric, statistic)] if is_default else []
        return Answer(
            text="\n".join([*text, *(f"- {one}" for one in lines), *hint, *_moves_text(metric, moves, others)]),
            as_of=fetched_series.as_of,
            data={
                "metric": plain(query, fetched_series.period),
                "complete_until": whole_until,
                "summary": summary(series.points),
                "usual": summary([p for p in history if p[0] < since.timestamp()]),
                "points": thinned(series.points, statistic, POINTS),
                "moved": [_plain_move(move, others) for move in moves[:DISPLAY_LIMIT]],
            },
            observations=[*facts(analysis), *self._observations(query, moves, others)],
            coverage=[
                *fetched_series.coverage[:1],
                *past.coverage[:1],
                *_of_others(fetched_series),
                *gaps,
                *self._account.gaps(),
            ],
            left_out={"moved": len(moves) - DISPLAY_LIMIT} if len(moves) > DISPLAY_LIMIT else {},
        )

    @read_tool("Correlate metrics")
    def correlate(
        self,
        symptom: inputs.Symptom,
        candidates: inputs.Candidates,
        start: inputs.Start = "-1h",
        end: inputs.End = "now",
        period: inputs.Period = 60,
    ) -> Answer:
        """Which of up to 50 metrics moved first, and which moved together with the symptom.

        For each: the onset of its change, how many seconds before (negative) or after the symptom's it was,
        and how well the two correlate (rank correlation at the best lag). This is an order in time, not a cause.
        """
        request = f"correlate({symptom.namespace}/{symptom.metric} with {len(candidates)} metrics, {start} to {end})"
        if not 0 < len(candidates) <= CANDIDATES:
            raise TeachingError("bad_request", request, f"give 1 to {CANDIDATES} candidates.")
        since, until = window(start, end, self._account.now)
        query, *others = [_query(name, request) for name in (symptom, *candidates)]
        fetched_series = fetch(self._account, [query, *others], since, until, period)
        moves = _moves(fetched_series, [query, *others])
        series = _measured_series(self._account, query, fetched_series, 0)
        observation = observed(series)
        steady = observation.code in ("metric.steady", "metric.missing")
        still = "The symptom does not change in the window, so nothing moved with it." if steady else ""
        lines = [
            f"Symptom {query.namespace}/{query.metric} {query.dimensions or ''}: {observation.excerpt or 'no data'}.",
            still,
        ]
        return Answer(
            text="\n".join([*filter(None, lines), *_moves_text(query.metric, moves, others)]),
            as_of=fetched_series.as_of,
            data={
                "symptom": plain(query, fetched_series.period) | {"summary": summary(series.points)},
                "moved": [_plain_move(move, others) for move in moves[:DISPLAY_LIMIT]],
                "without_data": [
                    q.metric for q, points in zip(others, fetched_series.points[1:], strict=True) if not points
                ],
            },
            observations=[observation, *self._observations(query, moves, others)],
            coverage=[*fetched_series.coverage[:1], *_of_others(fetched_series), *self._account.gaps()],
            left_out={"moved": len(moves) - DISPLAY_LIMIT} if len(moves) > DISPLAY_LIMIT else {},
        )

    def _observations(self, symptom: SeriesQuery, moves: list[Move], others: list[SeriesQuery]) -> list[Observation]:
        """The moves that fit the symptom's, in the order of their onsets."""
        fitting = sorted((move for move in moves if move.with_symptom), key=lambda move: move.lag)
        return [
            Observation(
                code="metric.moved_with",
                subject=about(other.namespace, other.metric, other.dimensions, self._account.scope),
                at=datetime.fromtimestamp(move.level.onset, UTC),
                attributes={
                    "metric": other.metric,
                    "statistic": other.statistic,
                    "symptom": symptom.metric,
                    "lag_seconds": round(move.lag),
                    "correlation": move.correlation,
                    "order": order,
                },
                excerpt=sentence(move.level),
            )
            for order, move in enumerate(fitting[:OBSERVATION_LIMIT], 1)
            for other in [others[int(move.name)]]
        ]


def _per(period: int, past: FetchedSeries, query: SeriesQuery) -> list[Point]:
    """The history as one point of `period` would be: a sum over longer periods is larger by their length."""
    points = past.with_zeros(0, query)[0]
    if query.statistic not in ("Sum", "SampleCount") or past.period == period:
        return points
    return [(at, value * period / past.period) for at, value in points]


def _limit(metric: str, claim: float | None) -> MetricLimit | None:
    """What the metric's name tells; where it tells none, the value that its asker claims."""
    return limit_of(metric) or (MetricLimit(claim, is_claim=True) if claim is not None else None)


def _query(name: inputs.MetricName, request: str) -> SeriesQuery:
    statistic = name.statistic or default_statistic(name.namespace, name.metric)
    return queried(name.namespace, name.metric, name.dimensions, statistic, request)


def _neighbours(account: AwsAccount, query: SeriesQuery) -> tuple[list[SeriesQuery], list[Coverage]]:
    """Metrics of exactly the same dimensions; without dimensions there are none."""
    if not query.dimensions:
        return [], []
    try:
        metrics = known_dimensions(account, query.namespace, **query.dimensions)
    except TeachingError as problem:
        return [], [gap(problem, f"metrics beside {query.metric}")]
    names = sorted(
        {m["metric"] for m in metrics if m["dimensions"] == query.dimensions and m["metric"] != query.metric}
    )
    queries = [
        SeriesQuery(query.namespace, name, query.dimensions, statistic_for(name), absent_is_zero=absent_is_zero(name))
        for name in names[:NEIGHBOURS]
    ]
    detail = f"{len(names)} exist, the first {NEIGHBOURS} by name were read"
    cut = [Coverage(looked_at=f"metrics beside {query.metric}", state="truncated", detail=detail)]
    return queries, cut if len(names) > NEIGHBOURS else []


def _measured_series(
    account: AwsAccount, query: SeriesQuery, fetched_series: FetchedSeries, number: int
) -> MeasuredSeries:
    points: list[Point] = fetched_series.with_zeros(number, query)[0]
    subject = about(query.namespace, query.metric, query.dimensions, account.scope)
    return MeasuredSeries(subject, query.metric, query.statistic, points)


def _moves(fetched_series: FetchedSeries, queries: list[SeriesQuery]) -> list[Move]:
    """The moves of all but the first query, named by their number among the others."""
    series = [fetched_series.with_zeros(i, query)[0] for i, query in enumerate(queries)]
    return moves(series[0], {str(i): points for i, points in enumerate(series[1:]) if points}, fetched_series.period)


def _of_others(fetched_series: FetchedSeries) -> list[Coverage]:
    """One entry for all the other metrics; those that were not read whole are told by themselves."""
    others = fetched_series.coverage[1 : len(fetched_series.points)]
    partly = [entry for entry in others if entry.state != "complete"]
    rest = fetched_series.coverage[len(fetched_series.points) :]
    whole = len(others) - len(partly)
    coverages = (
        [Coverage(looked_at=f"{whole} more metrics", start=fetched_series.start, end=fetched_series.end)]
        if whole
        else []
    )
    return [*coverages, *partly[:10], *rest]


def _plain_move(move: Move, others: list[SeriesQuery]) -> dict[str, Any]:
    other = others[int(move.name)]
    return {
        "namespace": other.namespace,
        "metric": other.metric,
        "dimensions": other.dimensions,
        "onset": rfc3339(move.level.onset),
        "lag_seconds": round(move.lag),
        "correlation": move.correlation,
        "with_symptom": move.with_symptom,
    }


def _moves_text(symptom: str, moves: list[Move], others: list[SeriesQuery]) -> list[str]:
    if not others:
        return []
    if not moves:
        return [f"None of {len(others)} other metrics changed with it."]
    rows = [
        [
            others[int(m.name)].metric,
            _dimensions(others[int(m.name)]),
            f"{m.lag:+.0f} s",
            m.correlation,
            sentence(m.level),
        ]
        for m in moves[:DISPLAY_LIMIT]
    ]
    head = f"{len(moves)} of {len(others)} other metrics changed; lag is relative to the onset of {symptom}:"
    return ["", head, "", table(["metric", "dimensions", "lag", "correlation", "level"], rows, 160)]


def _dimensions(query: SeriesQuery) -> str:
    return ", ".join(f"{name}={value}" for name, value in query.dimensions.items())
