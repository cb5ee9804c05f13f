"""Where a disturbance probably began, by numbers alone: the tool `root_cause_candidates`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from mcp_servers.cloudwatch import inputs
from mcp_servers.cloudwatch.reads.series import SeriesQuery
from mcp_servers.cloudwatch.reads.service_graph import ServiceGraph, graph
from mcp_servers.cloudwatch.reads.service_metrics import fetch_queries, find_queries
from mcp_servers.contract.facts import Answer, Coverage, Observation, Relation, Subject
from mcp_servers.serving.aws import AwsAccount, gap
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import table
from mcp_servers.serving.near_names import near, offer
from mcp_servers.serving.registry import read_tool
from mcp_servers.serving.windows import window
from mcp_servers.signals.series.levels import Point
from mcp_servers.signals.series.suspects import Suspect, SuspectSeries, reached, suspects

NOW: Final = 6  # slices of the window
USUAL: Final = 12  # slices before it
LEAST_SLICE: Final = 60
LONGEST: Final = timedelta(hours=12)
OFF: Final = 3.0  # scatters from which a component is off its level
OBSERVATION_LIMIT: Final = 5
DISPLAY_LIMIT: Final = 15
EDGES: Final = 40

SAYS = "A statistical ranking of components whose trouble is not explained by what they call: suspects, not causes."


class RootCauses:
    def __init__(self, account: AwsAccount) -> None:
        self._account = account

    @read_tool("Root cause candidates")
    def root_cause_candidates(
        self, alarmed: inputs.Alarmed, start: inputs.Start = "-1h", end: inputs.End = "now", edges: inputs.Edges = None
    ) -> Answer:
        """Components where a disturbance probably began, ranked by statistics over metrics and the call graph.

        `alarmed` is the service in trouble, `start` when that began; the time before it (twice the window) is the
        baseline. Calls come from X-Ray's service graph, or from `edges` as `[["web", "cart"], ["cart", "db"]]`
        (caller, callee); given edges are not verified, so they yield no observations and no relations. Response
        time, faults and errors come from X-Ray, more metrics from CloudWatch where a dimension has the service's
        name.
        """
        request = f"root_cause_candidates(alarmed={alarmed!r}, {start} to {end})"
        since, until = window(start, end, self._account.now)
        if until - since > LONGEST:
            raise TeachingError(
                "bad_request", request, "the window must not be longer than twelve hours.", "Shorten it."
            )
        width = max(LEAST_SLICE, int((until - since).total_seconds() / NOW) // 60 * 60)
        usual = since - timedelta(seconds=USUAL * width)
        service_graph, gaps = _graph(self._account, usual, until, timedelta(seconds=width), edges)
        series, more = find_queries(self._account, service_graph.components)
        fetched_series, metric_coverage = fetch_queries(self._account, series, usual, until, LEAST_SLICE)
        if fetched_series is not None:
            _add_metrics(
                service_graph, series, [fetched_series.with_zeros(i, query)[0] for i, (_, query) in enumerate(series)]
            )
        as_of = service_graph.as_of or (fetched_series.as_of if fetched_series else None)
        _refuse_unknown(service_graph, alarmed, request, gaps)
        assert as_of is not None
        calls = {caller: sorted(callees) for caller, callees in service_graph.calls.items()}
        ranked = [s for s in suspects(_halves(service_graph, since), calls, alarmed) if s.off >= OFF]
        top = ranked[:OBSERVATION_LIMIT]
        return Answer(
            text=_text(alarmed, ranked, service_graph, calls),
            as_of=as_of,
            data={
                "alarmed": alarmed,
                "components": len(service_graph.components),
                "suspects": [_plain(suspect, rank) for rank, suspect in enumerate(ranked[:DISPLAY_LIMIT], 1)],
                "edges": sum(map(len, calls.values())),
                "usual_from": usual.isoformat(),
            },
            observations=[] if edges else [self._observation(one, rank, since) for rank, one in enumerate(top, 1)],
            relations=[] if edges else self._relations(calls, alarmed),
            coverage=[*gaps, *more, *metric_coverage, *self._account.gaps()],
            left_out={"suspects": len(ranked) - DISPLAY_LIMIT} if len(ranked) > DISPLAY_LIMIT else {},
        )

    def _observation(self, suspect: Suspect, rank: int, since: datetime) -> Observation:
        return Observation(
            code="suspect.ranked",
            subject=self._subject(suspect.component),
            at=since,
            attributes=_plain(suspect, rank),
            excerpt=f"{suspect.metric} is {suspect.off:g} deviations above its usual level. {SAYS}",
        )

    def _relations(self, calls: Mapping[str, list[str]], component: str) -> list[Relation]:
        """The calls that can matter to the alarmed component."""
        edges = [(caller, callee) for caller in sorted(reached(calls, component)) for callee in calls.get(caller, ())]
        return [
            Relation(kind="calls", source=self._subject(caller), target=self._subject(callee))
            for caller, callee in edges[:EDGES]
        ]

    def _subject(self, component: str) -> Subject:
        return Subject(scope=self._account.scope, kind="Service", name=component)


def _graph(
    account: AwsAccount, start: datetime, end: datetime, width: timedelta, edges: list[list[str]] | None
) -> tuple[ServiceGraph, list[Coverage]]:
    """X-Ray's graph with the given edges instead of its own, where there are any."""
    try:
        service_graph = graph(account, start, end, width)
        state = "truncated" if service_graph.truncated else "complete"
        gaps = [Coverage.model_validate({"looked_at": "service graph", "state": state, "start": start, "end": end})]
    except TeachingError as problem:
        service_graph, gaps = ServiceGraph(), [gap(problem, "service graph")]
    if edges:
        service_graph.calls.clear()
        for edge in edges:
            if len(edge) != 2:
                raise TeachingError("bad_request", f"edge {edge}", "is not a [caller, callee] pair.")
            service_graph.calls[edge[0]].add(edge[1])
    return service_graph, gaps


def _add_metrics(service_graph: ServiceGraph, series: list[tuple[str, SeriesQuery]], points: list[list[Point]]) -> None:
    for (service, query), measured_points in zip(series, points, strict=True):
        if measured_points:
            service_graph.series[(service, f"{query.namespace}/{query.metric}")] = measured_points


def _refuse_unknown(service_graph: ServiceGraph, component: str, request: str, gaps: list[Coverage]) -> None:
    if component in service_graph.components:
        return
    missing = " ".join(entry.detail for entry in gaps if entry.state in ("denied", "unavailable"))
    wrong = "no component of that name in the service graph or in a metric's Service dimension."
    raise TeachingError(
        "not_found", request, wrong, f"{offer(near(component, service_graph.components))} {missing}".strip()
    )


def _halves(service_graph: ServiceGraph, since: datetime) -> list[SuspectSeries]:
    """Each series as it usually is and as it is now."""
    cut = since.timestamp()
    return [
        SuspectSeries(component, metric, [v for at, v in points if at < cut], [v for at, v in points if at >= cut])
        for (component, metric), points in sorted(service_graph.series.items())
    ]


def _plain(suspect: Suspect, rank: int) -> dict[str, Any]:
    return {
        "component": suspect.component,
        "metric": suspect.metric,
        "off": suspect.off,
        "own": suspect.own,
        "rank": rank,
    }


def _text(component: str, ranked: list[Suspect], service_graph: ServiceGraph, calls: Mapping[str, list[str]]) -> str:
    call_count = sum(map(len, calls.values()))
    head = f"{len(service_graph.components)} components, {call_count} kinds of calls; alarmed: {component}."
    if not ranked:
        return f"{head} No component deviates from its usual level."
    rows = [
        [rank, s.component, s.metric, f"{s.off:g}", f"{s.own:g}", ", ".join(calls.get(s.component, []))]
        for rank, s in enumerate(ranked[:DISPLAY_LIMIT], 1)
    ]
    return f"{head}\n{SAYS}\n\n" + table(["rank", "component", "worst metric", "off", "own", "calls"], rows)
