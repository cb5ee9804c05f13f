"""Alarms as `get_alarm_history` and `get_active_alarms` tell them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Relation, Subject
from mcp_servers.contract.refusals import Kind
from sre_agent.toolbox.readers import ForeignCall, ForeignFacts, UnreadableError

CODES: Final = {"ALARM": "alarm.firing", "OK": "alarm.ok", "INSUFFICIENT_DATA": "alarm.no_data"}
KINDS: Final = {
    "TableName": "Table",
    "DBInstanceIdentifier": "Database",
    "DBClusterIdentifier": "Database",
    "FunctionName": "Function",
    "QueueName": "Queue",
    "LoadBalancer": "LoadBalancer",
}
MOST = 50  # alarms or changes that one call asks for


def ask_one(arguments: dict[str, Any]) -> ForeignCall:
    return ForeignCall("get_alarm_history", {"alarm_name": arguments["name"], "max_items": MOST})


def read_one(arguments: dict[str, Any], content: Any, scope: str) -> ForeignFacts:
    """State and last changes of one alarm. An alarm that is not there has the state `Unknown` in a good result."""
    alarm, name = content["alarm_details"], arguments["name"]
    if alarm["current_state"] not in CODES:
        description = str(alarm.get("alarm_description") or "")
        kind: Kind = "not_found" if "not found" in description.lower() else "unavailable"
        raise UnreadableError(kind, f"alarm {name}", excerpt(description) or "its state was not reported")
    changes = sorted(
        (_instant(item["timestamp"]), str(item.get("new_state") or ""), str(item.get("state_reason") or ""))
        for item in content.get("history_items", [])
        if item.get("history_item_type") == "StateUpdate"
    )
    entries = [change for change in changes if change[1] == alarm["current_state"]]
    since, reason = (entries[-1][0], entries[-1][2]) if entries else (None, "")
    attributes = _attributes(alarm["current_state"], alarm | {"alarm_name": name}, since)
    firing_times = [at for at, state, _ in changes if state == "ALARM"]
    if alarm["current_state"] == "OK" and firing_times:
        attributes["last_fired"] = _iso(max(firing_times))
    dimensions = {key: value for pair in alarm.get("dimensions", []) for key, value in pair.items()}
    lines = [f"- {_iso(at)} {state}" for at, state, _ in reversed(changes[-10:])]
    return ForeignFacts(
        text="\n".join([f"Alarm {name}: {alarm['current_state']}. {excerpt(reason)}", *lines]),
        looked_at=f"alarm {name}",
        lacking="state changes of the last 24 hours only, no mute rules",
        data={"alarm": {key: value for key, value in alarm.items() if value not in (None, "", [])}},
        observations=[_observation(alarm["current_state"], name, scope, since, attributes, reason)],
        relations=_watches(name, dimensions, scope),
    )


def ask_active(arguments: dict[str, Any]) -> ForeignCall:
    return ForeignCall("get_active_alarms", {"max_items": MOST})


def read_active(arguments: dict[str, Any], content: Any, scope: str) -> ForeignFacts:
    """The alarms that fire now, those of the wanted prefix."""
    prefix = str(arguments.get("prefix") or "")
    alarms = [*content["metric_alarms"], *content["composite_alarms"]]
    firing = [alarm for alarm in alarms if str(alarm["alarm_name"]).startswith(prefix)]
    more = bool(content.get("has_more_results"))
    observations, relations = [], []
    for alarm in firing:
        name, since = str(alarm["alarm_name"]), _instant(alarm["state_updated_timestamp"])
        reason = str(alarm.get("state_reason") or "")
        attributes = _attributes("ALARM", alarm, since)
        observations.append(_observation("ALARM", name, scope, since, attributes, reason))
        dimensions = {str(d["Name"]): str(d["Value"]) for d in alarm.get("dimensions", [])}
        relations += _watches(name, dimensions, scope)
    lines = [f"- {alarm['alarm_name']}: {excerpt(str(alarm.get('state_reason') or ''), 200)}" for alarm in firing]
    return ForeignFacts(
        text="\n".join([f"{len(firing)} alarms fire{' (there are more)' if more else ''}.", *lines]),
        looked_at=f"firing alarms {prefix or '(all)'}",
        lacking="firing alarms only" + (f", the first {len(alarms)} of more" if more else ""),
        data={"alarms": [{"name": alarm["alarm_name"], "state": "ALARM"} for alarm in firing]},
        observations=observations,
        relations=relations,
    )


def _attributes(state: str, alarm: Mapping[str, Any], since: datetime | None) -> dict[str, Any]:
    """Those of the observation; a `since` that was not told stays away."""
    attributes: dict[str, Any] = {"alarm": str(alarm["alarm_name"])}
    if since:
        attributes["since"] = _iso(since)
    if state == "ALARM":
        attributes["metric"] = str(alarm.get("metric_name") or alarm.get("alarm_rule") or "")
        if alarm.get("threshold") is not None:
            attributes["threshold"] = float(alarm["threshold"])
    return attributes


def _observation(
    state: str, name: str, scope: str, since: datetime | None, attributes: dict[str, Any], reason: str
) -> Observation:
    return Observation(
        code=CODES[state], subject=_alarm(name, scope), at=since, attributes=attributes, excerpt=excerpt(reason)
    )


def _watches(name: str, dimensions: Mapping[str, str], scope: str) -> list[Relation]:
    """What the alarm's dimensions plainly name."""
    for dimension, kind in KINDS.items():
        if target := dimensions.get(dimension):
            resource = Subject(scope=scope, kind=kind, name=str(target))
            return [Relation(kind="watches", source=_alarm(name, scope), target=resource)]
    return []


def _alarm(name: str, scope: str) -> Subject:
    return Subject(scope=scope, kind="Alarm", name=name)


def _instant(text: str) -> datetime:
    """A time without a zone is UTC there."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _iso(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
