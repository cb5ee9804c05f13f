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
        "an alarm or alert is firing",
        TROUBLE,
        {
            "alarm": text(),
            "metric": text(),
            "threshold": number(),
            "since": time(),
            "value": number(),
            "severity": text("as its author labelled it"),
        },
        sentences=(
            "alarm {alarm} is firing: {metric} reached {value}, its threshold is {threshold}",
            "alarm {alarm} is firing: the threshold of {metric} is {threshold}",
            "alarm {alarm} is firing",
        ),
        alarm_state="firing",
        topics=("alarm",),
    ),
    ObservationType(
        "alarm.ok",
        "an alarm or alert is OK",
        WELL,
        {"alarm": text(), "since": time(), "last_fired": time()},
        sentences=(
            "alarm {alarm} has been OK since {since}",
            "alarm {alarm} is OK",
        ),
        proves_well=("Alarm",),
        alarm_state="ok",
        past_sentences=("alarm {alarm} last fired at {last_fired}",),
        topics=("alarm",),
        disproves=(ANY,),
    ),
    ObservationType(
        "alarm.no_data",
        "an alarm has too little data",
        REPORTED,
        {"alarm": text(), "since": time()},
        alarm_state="no_data",
        no_data=True,
    ),
    ObservationType(
        "alarm.muted",
        "an alarm is muted, so it notifies nobody",
        NEUTRAL,
        {"alarm": text(), "by": text(), "until": text()},
    ),
    ObservationType(
        "alarm.redefined",
        "an alarm's definition was changed",
        NEUTRAL,
        {"alarm": text(), "what": text()},
        is_change=True,
    ),
    ObservationType(
        "alarm.often_crossed",
        "the metric has crossed its threshold now and then before",
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
        "an alert's own condition holds now",
        REPORTED,
        {"expression": text(), "value": number()},
        holds_while_seen=True,
        sentences=("the alert's own condition holds: the value is {value}", "the alert's own condition holds"),
    ),
    ObservationType(
        "condition.not_met",
        "an alert's own condition does not hold now, and what it measures has data",
        WELL,
        {"expression": text(), "value": number()},
        sentences=("the alert's own condition no longer holds: the value is {value}",),
        disproves=(ANY,),
    ),
)
