"""What happened to the alarms of a world: configured, changed state, acted. Outlives a deleted alarm."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from typing import Any

from sre_lab.aws.cloudwatch.alarms.alarm import Alarm, AlarmState
from sre_lab.aws.cloudwatch.alarms.paging import page
from sre_lab.aws.per_world import PerWorld
from sre_lab.world import World

KEPT_ITEMS = 500  # of one alarm
KEPT = 30 * 86_400.0  # seconds


@dataclass(frozen=True)
class AlarmHistoryItem:
    alarm: str
    kind: str  # MetricAlarm | CompositeAlarm
    at: float
    type: str  # StateUpdate | ConfigurationUpdate | Action
    summary: str
    data: str


_items: PerWorld[dict[str, deque[AlarmHistoryItem]]] = PerWorld(dict)  # by the alarm's name


def note(world: World, alarm: Alarm, type_: str, summary: str, data: dict[str, Any]) -> None:
    item = AlarmHistoryItem(alarm.name, alarm.kind, world.clock.now(), type_, summary, json.dumps(data))
    _items.of(world).setdefault(alarm.name, deque(maxlen=KEPT_ITEMS)).append(item)


def note_configuration(world: World, alarm: Alarm, what: str, config: dict[str, Any]) -> None:
    """`what` happened to the configuration: created, updated or deleted."""
    data = {"version": "1.0", "type": what.removesuffix("d").capitalize(), f"{what}Alarm": config}
    note(world, alarm, "ConfigurationUpdate", f'Alarm "{alarm.name}" {what}', data)


def note_change(world: World, alarm: Alarm) -> None:
    """The step from the alarm's previous to its present state."""
    data = {"version": "1.0", "oldState": _state_fields(alarm.previous), "newState": _state_fields(alarm.state)}
    note(world, alarm, "StateUpdate", f"Alarm updated from {alarm.previous.value} to {alarm.state.value}", data)


def describe_alarm_history(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Items by alarm, its kind, what happened and when; newest first unless ScanBy says otherwise."""
    name, kind = params.get("AlarmName"), params.get("HistoryItemType")
    types = params.get("AlarmTypes") or ["MetricAlarm"]
    oldest = world.clock.now() - KEPT
    start, end = float(params.get("StartDate") or oldest), float(params.get("EndDate") or world.clock.now())
    history = [
        item
        for items in _items.of(world).values()
        for item in items
        if name in (None, item.alarm)
        and item.kind in types
        and kind in (None, item.type)
        and max(start, oldest) <= item.at <= end
    ]
    history.sort(key=lambda item: item.at)
    if params.get("ScanBy") != "TimestampAscending":
        history.reverse()
    page_items, token = page(history, params)
    return {"AlarmHistoryItems": [_description(item) for item in page_items], **token}


def _description(item: AlarmHistoryItem) -> dict[str, Any]:
    return {
        "AlarmName": item.alarm,
        "AlarmType": item.kind,
        "Timestamp": item.at,
        "HistoryItemType": item.type,
        "HistorySummary": item.summary,
        "HistoryData": item.data,
    }


def _state_fields(state: AlarmState) -> dict[str, Any]:
    fields: dict[str, Any] = {"stateValue": state.value, "stateReason": state.reason}
    return {**fields, "stateReasonData": json.loads(state.reason_data)} if state.reason_data else fields
