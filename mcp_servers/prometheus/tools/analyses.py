"""Everything that the series of an expression say over a window, and what moved with them: the tool `analyze`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from mcp_servers.contract.facts import Answer, Coverage, Observation
from mcp_servers.prometheus import inputs
from mcp_servers.prometheus.connection.client import Prometheus, PrometheusReply
from mcp_servers.prometheus.observe import extract
from mcp_servers.prometheus.observe.steps import LONGEST_SERIES, step_seconds
from mcp_servers.prometheus.observe.synthetic import VALUES_ONLY, made_up
from mcp_servers.prometheus.tools.queries import remainder, reply_coverage
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.gaps import gap
from mcp_servers.serving.markdown import table
from mcp_servers.serving.registry import read_tool
from mcp_servers.serving.windows import rfc3339, window
from mcp_servers.signals.series.analysis import Analysis, MetricLimit, analysed, facts, sentences
from mcp_servers.signals.series.correlation import Move, moves
from mcp_servers.signals.series.level_facts import MeasuredSeries, observed, sentence, summary, thinned
from mcp_servers.signals.series.levels import Point

SERIES: Final = 10
OTHERS: Final = 20  # expressions
OTHER_SERIES: Final = 40
OBSERVATION_LIMIT: Final = 8  # moves that are told as observations
FACTS: Final = 16  # beside the levels
POINTS: Final = 12  # of each series
HISTORY_STEP: Final = 300.0
MOST_DAYS: Final = 30.0

Labels = dict[str, str]


@dataclass(frozen=True)
class OtherSeries:
    """The series of other expressions that left their level; `labels` by the names that the moves have.

    `unproven` are the names of those that an expression may have made up.
    """

    moves: list[Move] = field(default_factory=list)
    labels: dict[str, Labels] = field(default_factory=dict)
    coverage: list[Coverage] = field(default_factory=list)
    unproven: frozenset[str] = frozenset()


class PrometheusAnalyses:
    def __init__(self, client: Prometheus, cluster: str) -> None:
        self._client, self._cluster = client, cluster

    @read_tool("Analyze series", name="prometheus_analyze", once="analyze")
    def analyze(
        self,
        promql: inputs.PromQL,
        start: inputs.Start = "-1h",
        end: inputs.End = "now",
        step: inputs.Step = "60s",
        limit: inputs.Limit = None,
        history_days: inputs.HistoryDays = 1.0,
        others: inputs.Others = None,
    ) -> Answer:
        """Full analysis of the series of a PromQL expression over a window: level shifts and since when,
        spikes beyond what the days before had, steady rise or fall and when they reach a limit,
        saturation at the limit, daily or hourly cycles; and which other expressions moved with the first of them.

        `limit` is compared in the text only and yields no observation. `history_days` (up to 30) before
        the window tell what is usual. `others` are up to 20 expressions; each is told by the seconds between its onset
        and that of the first series that changed (below zero: before it), an order in time and no cause. 10 series are
        judged; narrow the expression. One that does more than read (selectors, rates, sums, ratios) gives numbers and
        no observations.
        """
        request = f"analyze({promql!r}, {start} to {end}, step {step})"
        since, until = window(start, end, self._client.now)
        seconds = step_seconds(since, until, step, request)
        if len(others or []) > OTHERS:
            raise TeachingError("bad_request", request, f"at most {OTHERS} other expressions are allowed.")
        reply = self._range(promql, request, since, until, seconds)
        past, gaps = self._history(promql, request, since, until, history_days)
        every = reply.data["result"]
        analyses = [self._analyse(promql, one, past, limit, reply.as_of) for one in every[:SERIES]]
        symptom = next((one for one in analyses if one.level.kind in ("changed", "back_to_normal")), None)
        around = self._other_series(symptom, others or [], request, (since, until, seconds))
        free = made_up(promql)
        lines = [
            f"{promql}, every {seconds:g} s: {len(every)} series." + (f" These are {VALUES_ONLY}." if free else "")
        ]
        lines += [f"- {one.series.metric}: {'; '.join(sentences(one))}" for one in analyses]
        return Answer(
            text="\n".join([*lines, *_moves_text(symptom, around.moves, others or [])]),
            as_of=reply.as_of,
            data={
                "period": seconds,
                "series": [_plain(one) for one in analyses],
                "moved": [_plain_move(move) for move in around.moves[:OTHERS]],
            },
            observations=[] if free else self._observations(promql, analyses, symptom, around),
            coverage=[
                reply_coverage(promql, reply, since, until, cut=len(every) > SERIES, free=free),
                *gaps,
                *around.coverage,
            ],
            left_out=remainder(len(analyses), len(every), "series"),
        )

    def _range(self, promql: str, request: str, since: datetime, until: datetime, seconds: float) -> PrometheusReply:
        window = {"start": rfc3339(since), "end": rfc3339(until), "step": f"{seconds:g}"}
        return self._client.ask("query_range", request, query=promql, **window)

    def _history(
        self, promql: str, request: str, since: datetime, until: datetime, days: float
    ) -> tuple[dict[str, list[Point]], list[Coverage]]:
        """The points of the days before and of the window by series; a gap where Prometheus does not tell them."""
        if days <= 0:
            return {}, []
        begin = since - timedelta(days=min(days, MOST_DAYS))
        step = max(HISTORY_STEP, (until - begin).total_seconds() / LONGEST_SERIES)
        try:
            reply = self._range(promql, request, begin, until, float(round(step)))
        except TeachingError as problem:
            return {}, [gap(problem, f"what is usual of {promql[:150]}")]
        return {
            extract.series_name(one["metric"]): extract.settled(one["values"], reply.as_of)
            for one in reply.data["result"]
        }, []

    def _analyse(
        self, promql: str, one: dict[str, Any], past: dict[str, list[Point]], limit: float | None, as_of: datetime
    ) -> Analysis:
        name, points = extract.series_name(one["metric"]), extract.settled(one["values"], as_of)
        about = extract.subject(one["metric"], self._cluster, self._client.host)
        series = MeasuredSeries(about, name[:240] or promql[:200], "value", points)
        return analysed(
            series, past.get(name, points), MetricLimit(limit, is_claim=True) if limit is not None else None
        )

    def _other_series(
        self, symptom: Analysis | None, others: list[str], request: str, span: tuple[datetime, datetime, float]
    ) -> OtherSeries:
        """What the other expressions did, and what could not be read of them."""
        if symptom is None:
            return OtherSeries()
        read: dict[str, list[Point]] = {}
        labels: dict[str, Labels] = {}
        coverage, unproven = [], set()
        for promql in others:
            try:
                reply = self._range(promql, request, *span)
            except TeachingError as problem:
                coverage.append(gap(problem, promql[:200]))
                continue
            rows, free = reply.data["result"], made_up(promql)
            cut = len(rows) > OTHER_SERIES
            coverage.append(reply_coverage(promql, reply, span[0], span[1], cut=cut, free=free))
            for one in rows[:OTHER_SERIES]:
                name = (extract.series_name(one["metric"]) or promql)[:240]
                if free:  # under no other name than its own
                    name = f"{promql[:200]} #{len(read) + 1}"
                    unproven.add(name)
                read[name] = extract.settled(one["values"], reply.as_of)
                labels[name] = one["metric"] or {"__name__": promql[:200]}
        there = {name: points for name, points in read.items() if points}
        return OtherSeries(moves(symptom.series.points, there, span[2]), labels, coverage, frozenset(unproven))

    def _observations(
        self, promql: str, analyses: list[Analysis], symptom: Analysis | None, around: OtherSeries
    ) -> list[Observation]:
        if not analyses:
            about = extract.subject({"__name__": promql[:200]}, "", self._client.host)
            return [observed(MeasuredSeries(about, promql[:200], "value", []))]
        proven = [move for move in around.moves if move.with_symptom and move.name not in around.unproven]
        fitting = sorted(proven, key=lambda move: move.lag)
        move_observations = [
            self._observation(move, around.labels[move.name], symptom.series.metric, order)
            for order, move in enumerate(fitting[:OBSERVATION_LIMIT], 1)
            if symptom is not None
        ]
        levels = [fact for one in analyses for fact in facts(one)[:1]]
        more = [fact for one in analyses for fact in facts(one)[1:]]
        return [*levels, *more[:FACTS], *move_observations]

    def _observation(self, move: Move, labels: Labels, symptom: str, order: int) -> Observation:
        return Observation(
            code="metric.moved_with",
            subject=extract.subject(labels, self._cluster, self._client.host),
            at=datetime.fromtimestamp(move.level.onset, UTC),
            attributes={
                "metric": move.name,
                "statistic": "value",
                "symptom": symptom,
                "lag_seconds": round(move.lag),
                "correlation": move.correlation,
                "order": order,
            },
            excerpt=sentence(move.level),
        )


def _plain(analysis: Analysis) -> dict[str, Any]:
    return {
        "series": analysis.series.metric,
        "says": sentences(analysis),
        "summary": summary(analysis.series.points),
        "points": thinned(analysis.series.points, "Average", POINTS),
    }


def _plain_move(move: Move) -> dict[str, Any]:
    return {
        "series": move.name,
        "onset": rfc3339(move.level.onset),
        "lag_seconds": round(move.lag),
        "correlation": move.correlation,
        "with_symptom": move.with_symptom,
    }


def _moves_text(symptom: Analysis | None, moves: list[Move], others: list[str]) -> list[str]:
    if not others:
        return []
    if symptom is None:
        return ["", "No series changed in the window, so nothing moved with it."]
    if not moves:
        return ["", f"Nothing of {len(others)} other expressions changed with it."]
    rows = [[m.name, f"{m.lag:+.0f} s", m.correlation, sentence(m.level)] for m in moves[:OTHERS]]
    head = f"{len(moves)} other series changed; lag is relative to the onset of {symptom.series.metric}:"
    return ["", head, "", table(["series", "lag", "correlation", "level"], rows, 160)]
