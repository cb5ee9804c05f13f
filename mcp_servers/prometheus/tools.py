"""Tools over series and alerts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mcp_servers.contract.facts import Answer, Coverage, Observation, Relation
from mcp_servers.kit.errors import TeachingError
from mcp_servers.kit.level_facts import Measured, observed, sentence, shown, summary
from mcp_servers.kit.levels import level
from mcp_servers.kit.markdown import number, table, within
from mcp_servers.kit.windows import instant, rfc3339, window
from mcp_servers.prometheus import extract
from mcp_servers.prometheus.client import Prometheus, Reply

JUDGED = 20  # series whose level is told
SHOWN = 50
POINTS_TOGETHER = 140
LONGEST_SERIES = 11_000  # points; Prometheus refuses more


class Tools:
    def __init__(self, client: Prometheus, cluster: str) -> None:
        self._client, self._cluster = client, cluster

    def query(self, promql: str, at: str = "") -> Answer:
        """The value of a PromQL expression at one moment; `at` is RFC 3339, now when empty."""
        asked = f"query({promql!r})"
        moment = rfc3339(instant(at, "at")) if at else ""
        reply = self._client.ask("query", asked, query=promql, time=moment)
        rows = _rows(reply.data)
        kept = within(rows[:SHOWN], 9_000)
        text = f"{promql} at {moment or rfc3339(reply.as_of)}: {len(rows)} results."
        if not rows:
            text += " An empty result is no zero: no series matches, or none has a point of the last five minutes."
        return Answer(
            text=text
            + ("\n\n" + table(["series", "value"], [[r["series"], r["value"]] for r in kept]) if kept else ""),
            as_of=reply.as_of,
            data={"type": reply.data["resultType"], "results": kept},
            coverage=[_covered(promql, reply)],
            left_out={"results": len(rows) - len(kept)} if len(rows) > len(kept) else {},
        )

    def query_range(self, promql: str, start: str, end: str, step: str = "60s") -> Answer:
        """A PromQL expression over a window: has each series left its level, come back, stayed.

        `step` is seconds or a duration as 30s, 5m. At most 20 series are judged; narrow the expression for more.
        """
        asked = f"query_range({promql!r}, {start} to {end}, step {step})"
        since, until = window(start, end)
        seconds = _seconds(step, asked)
        if (until - since).total_seconds() / seconds > LONGEST_SERIES:
            raise TeachingError(
                "bad_request", asked, f"more than {LONGEST_SERIES} points a series.", "Take a longer step."
            )
        reply = self._client.ask(
            "query_range", asked, query=promql, start=rfc3339(since), end=rfc3339(until), step=f"{seconds:g}"
        )
        series = reply.data["result"]
        data, observations = self._judged(promql, series[:JUDGED])
        missing = [] if series else [self._missing(promql)]
        coverage = _covered(promql, reply, since, until, cut=len(series) > JUDGED)
        return Answer(
            text=f"{promql}, every {seconds:g} s: {len(series)} series.\n\n"
            + table(["series", "level"], [[row["series"], row["says"]] for row in data], 160),
            as_of=reply.as_of,
            data={"series": data},
            observations=observations + missing,
            coverage=[coverage],
            left_out={"series": len(series) - JUDGED} if len(series) > JUDGED else {},
        )

    def alerts(self) -> Answer:
        """The alerts that are on (firing) and about to be (pending)."""
        reply = self._client.ask("alerts", "alerts()")
        every = reply.data["alerts"]
        firing = [alert for alert in every if alert["state"] == "firing"]
        seen: list[Observation] = []
        relations: list[Relation] = []
        for alert in firing[:SHOWN]:
            observation, watched = extract.firing(alert, self._cluster, self._client.host)
            seen.append(observation)
            relations += watched
        rows = [_alert(alert) for alert in sorted(every, key=lambda a: (a["state"] != "firing", a.get("activeAt", "")))]
        kept = within(rows[:SHOWN], 6_000)
        return Answer(
            text=f"{len(firing)} alerts firing, {len(every) - len(firing)} pending.\n\n"
            + table(
                ["alert", "state", "since", "says"], [[r["name"], r["state"], r["since"], r["says"]] for r in kept]
            ),
            as_of=reply.as_of,
            data={"alerts": kept, "firing": len(firing)},
            observations=seen[:20],
            relations=relations[:20],
            coverage=[Coverage(looked_at="alerts", detail="; ".join(reply.warnings))],
            left_out={"alerts": len(rows) - len(kept)} if len(rows) > len(kept) else {},
        )

    def _judged(self, promql: str, series: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[Observation]]:
        data, observations = [], []
        each = max(6, min(60, POINTS_TOGETHER // max(1, len(series))))
        for one in series:
            labels, points = one["metric"], extract.points(one["values"])
            judged = level(points)
            about = extract.subject(labels, self._cluster, self._client.host)
            metric = labels.get("__name__") or promql[:200]
            observations.append(observed(Measured(about, metric, "value", points), judged))
            few = shown(points, "Average", each)
            name = extract.written(labels)[:240]
            data.append({"series": name, "says": sentence(judged), "summary": summary(points), "points": few})
        return data, observations

    def _missing(self, promql: str) -> Observation:
        about = extract.subject({"__name__": promql[:200]}, "", self._client.host)
        return observed(Measured(about, promql[:200], "value", []))


def _rows(data: dict[str, Any]) -> list[dict[str, Any]]:
    result = data["result"]
    if data["resultType"] in ("scalar", "string"):
        return [{"series": data["resultType"], "value": str(result[1])}]
    if data["resultType"] == "matrix":
        return [{"series": extract.written(r["metric"])[:300], "value": str(r["values"][-1][1])} for r in result]
    return [{"series": extract.written(r["metric"])[:300], "value": _readable(r["value"][1])} for r in result]


def _readable(value: str) -> str:
    return number(float(value)) if extract.points([[0, value]]) else value


def _alert(alert: dict[str, Any]) -> dict[str, str]:
    annotations = alert.get("annotations", {})
    return {
        "name": alert["labels"].get("alertname", ""),
        "state": alert["state"],
        "since": alert.get("activeAt", ""),
        "labels": extract.written({k: v for k, v in alert["labels"].items() if k != "alertname"})[:200],
        "says": (annotations.get("description") or annotations.get("summary") or annotations.get("message", ""))[:200],
    }


def _covered(
    promql: str, reply: Reply, start: datetime | None = None, end: datetime | None = None, *, cut: bool = False
) -> Coverage:
    """Warnings of Prometheus (a store that did not answer, say) make it partial."""
    state = "partial" if reply.warnings else ("truncated" if cut else "complete")
    return Coverage.model_validate(
        {"looked_at": promql[:200], "state": state, "start": start, "end": end, "detail": "; ".join(reply.warnings)}
    )


def _seconds(step: str, asked: str) -> float:
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
    text = step.strip()
    unit = next((u for u in ("ms", "s", "m", "h", "d") if text.endswith(u)), "")
    try:
        seconds = float(text.removesuffix(unit)) * units.get(unit, 1)
    except ValueError:
        seconds = 0.0
    if seconds <= 0:
        raise TeachingError("bad_request", asked, f"step {step!r} is no duration.", "Write it as 30s, 5m or 60.")
    return seconds
