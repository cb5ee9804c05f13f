"""The alarms of the past, as signals: from the history of CloudWatch alarms and from the series of Prometheus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, Protocol

from sre_agent import entrances
from sre_agent.domain.base import IncidentId
from sre_agent.domain.finding import Evidence
from sre_agent.domain.series_labels import series_labels
from sre_agent.domain.signal import AlarmRef, Signal, fingerprint
from sre_agent.errors import BadInputError

ASKER: Final = IncidentId("backtest")  # whose calls in the ledger these are
ALARMS: Final = 200  # whose history is read
PAGES: Final = 20
DAY: Final = timedelta(days=1)
STARTS: Final = "max_over_time(ALERTS_FOR_STATE[1d])"  # when each alert that was active became so, in epoch seconds
STATES: Final[dict[str, Literal["firing", "resolved"]]] = {"ALARM": "firing", "OK": "resolved"}


class ReadCalls(Protocol):
    """Of the toolbox, what reads."""

    async def ask(
        self, incident: IncidentId, round_: int, agent: str, server: str, tool: str, arguments: dict[str, Any]
    ) -> Evidence: ...


@dataclass(frozen=True)
class AlarmHistory:
    """`signals` in the order of time, `gaps` what could not be read."""

    signals: Sequence[Signal] = ()
    gaps: Sequence[str] = ()

    def plus(self, other: AlarmHistory) -> AlarmHistory:
        signals = sorted([*self.signals, *other.signals], key=lambda one: one.received_at)
        return AlarmHistory(signals, [*self.gaps, *other.gaps])


async def of_cloudwatch(calls: ReadCalls, since: datetime) -> AlarmHistory:
    """CloudWatch keeps the changes of an alarm for 30 days."""
    names, gaps = await _alarm_names(calls)
    signals: list[Signal] = []
    for name in names[:ALARMS]:
        answer = await _ask(calls, "cloudwatch", "describe_alarm", {"name": name}, gaps)
        signals += [one for one in _changes(answer) if one.received_at >= since]
    if len(names) > ALARMS:
        gaps.append(f"The history of {len(names) - ALARMS} of {len(names)} CloudWatch alarms was not read.")
    return AlarmHistory(signals, gaps).plus(AlarmHistory())


async def of_prometheus(calls: ReadCalls, since: datetime, until: datetime) -> AlarmHistory:
    """As far back as Prometheus keeps its series: of each alert the last time that it began to fire, day by day. When
    one ended is not read."""
    gaps: list[str] = []
    signals: dict[str, Signal] = {}
    day = since + DAY
    while day - DAY < until and not gaps:
        arguments = {"promql": STARTS, "at": min(day, until).isoformat()}
        answer = await _ask(calls, "prometheus", "prometheus_query", arguments, gaps)
        for row in answer.get("results", []):
            if (signal := _alert(str(row.get("series", "")), str(row.get("value", "")))) is not None:
                signals[signal.id] = signal
        day += DAY
    return AlarmHistory([one for one in signals.values() if one.received_at >= since], gaps).plus(AlarmHistory())


def of_pagerduty(export: Any, since: datetime) -> AlarmHistory:
    """Incidents as PagerDuty's API lists them: `{"incidents": [...]}`, or the list alone. Raises BadInputError."""
    rows = export.get("incidents") if isinstance(export, dict) else export
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("id") for row in rows):
        raise BadInputError("The export holds no list of PagerDuty incidents.")
    signals = [one for row in rows for one in _incident(row) if one.received_at >= since]
    return AlarmHistory(signals).plus(AlarmHistory())


def _incident(row: Mapping[str, Any]) -> Iterator[Signal]:
    """That it was triggered, and where it is over that it was resolved, as a webhook would have said."""
    times = {"triggered": row.get("created_at"), "resolved": row.get("resolved_at")}
    if times["resolved"] is None and row.get("status") == "resolved":
        times["resolved"] = row.get("last_status_change_at")
    for status, at in times.items():
        if at:
            data = {**row, "type": "incident", "status": status}
            event = {"id": f"{row['id']} {status}", "event_type": f"incident.{status}", "occurred_at": at, "data": data}
            received_at = datetime.fromisoformat(str(at).replace("Z", "+00:00"))
            yield from entrances.read({"event": event}, received_at=received_at)


async def _alarm_names(calls: ReadCalls) -> tuple[list[str], list[str]]:
    names: list[str] = []
    gaps: list[str] = []
    cursor = ""
    for _ in range(PAGES):
        answer = await _ask(calls, "cloudwatch", "list_alarms", {"cursor": cursor} if cursor else {}, gaps)
        names += [str(row["name"]) for row in answer.get("alarms", [])]
        cursor = str(answer.get("cursor", ""))
        if not cursor:
            break
    return names, gaps


async def _ask(calls: ReadCalls, server: str, tool: str, arguments: dict[str, Any], gaps: list[str]) -> dict[str, Any]:
    evidence = await calls.ask(ASKER, 0, "metrics", server, tool, arguments)
    if evidence.answer is None:
        gaps.append(f"{server}: {evidence.error}")
        return {}
    return evidence.answer.data


def _changes(answer: Mapping[str, Any]) -> Iterator[Signal]:
    alarm = answer.get("alarm", {})
    fields = {name: alarm[name] for name in AlarmRef.model_fields if name in alarm and name != "composite"}
    for change in answer.get("history", []):
        state = STATES.get(str(change.get("to", "")))
        if state is None or not fields:
            continue
        at = datetime.fromisoformat(str(change["at"]).replace("Z", "+00:00"))
        yield Signal(
            id=fingerprint("history", fields["name"], at.isoformat(), state),
            source="cloudwatch",
            state=state,
            title=f"Alarm {fields['name']}",
            description=str(alarm.get("description", "")),
            started_at=at,
            changed_at=at,
            received_at=at,
            alarm=AlarmRef(kept_by="cloudwatch", **fields),
            fingerprint=fingerprint("alarm", fields["name"]),
        )


def _alert(series: str, began_at: str) -> Signal | None:
    """An alert by its labels, as Alertmanager would deliver it; None for a row that is none."""
    labels = series_labels(series)
    name = labels.get("alertname", "")
    try:
        at = datetime.fromtimestamp(float(began_at), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    if not name:
        return None
    alert = {"status": "firing", "labels": labels, "annotations": {}, "startsAt": at.isoformat()}
    payload = {"version": "4", "status": "firing", "groupLabels": labels, "commonLabels": labels, "alerts": [alert]}
    return entrances.read(payload, received_at=at)[0]
