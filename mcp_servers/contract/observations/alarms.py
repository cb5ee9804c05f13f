"""What alarms and alerts say."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.observations.record import (
    ANY,
    NEUTRAL,
    REPORTED,
    TROUBLE,
    WELL,
    ObservationType,
    number,
    scalar,
    text,
    time,
)

ALARMS: Final = (
    ObservationType(
        "alarm.firing",
        "an alarm or alert is on",
        TROUBLE,
        {"alarm": text(), "metric": text(), "threshold": number(), "since": time(), "value": number()},
        sentences=(
            "alarm {alarm} is on: {metric} reached {value}, its threshold is {threshold}",
            "alarm {alarm} is on: the threshold of {metric} is {threshold}",
            "alarm {alarm} is on",
        ),
    ),
    ObservationType(
        "alarm.ok",
        "an alarm or alert is off",
        WELL,
        {"alarm": text(), "since": time(), "last_fired": time()},
        sentences=(
            "alarm {alarm} is off since {since}",
            "alarm {alarm} is off",
        ),
        proves_well=("Alarm",),
        disproves=(ANY,),
    ),
    ObservationType("alarm.no_data", "an alarm has too little data", REPORTED, {"alarm": text(), "since": time()}),
    ObservationType("alarm.muted", "an alarm calls nobody", NEUTRAL, {"alarm": text(), "by": text(), "until": text()}),
    ObservationType(
        "alarm.redefined",
        "an alarm's definition was changed",
        NEUTRAL,
        {"alarm": text(), "what": text()},
        is_change=True,
    ),
    ObservationType(
        "alarm.often_crossed",
        "what it measures crossed its threshold now and then before as well",
        NEUTRAL,
        {
            "alarm": text(),
            "threshold": number(),
            "crossed": scalar(),
            "of": scalar(),
            "least": number(),
            "greatest": number(),
        },
    ),
    ObservationType(
        "condition.met",
        "what an alert's own expression asks for holds now",
        REPORTED,
        {"expression": text(), "value": number()},
        holds_while_seen=True,
        sentences=("the alert's own condition holds: the value is {value}", "the alert's own condition holds"),
    ),
    ObservationType(
        "condition.not_met",
        "what an alert's own expression asks for does not hold now, and what it measures has data",
        WELL,
        {"expression": text(), "value": number()},
        sentences=("the alert's own condition does not hold any more: the value is {value}",),
        disproves=(ANY,),
    ),
)
