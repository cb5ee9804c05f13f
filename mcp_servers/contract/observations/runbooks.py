"""Runbooks and what they did."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.observations.record import (
    NEUTRAL,
    ObservationType,
    names,
    one_of,
    text,
)

RUNBOOKS: Final = (
    ObservationType(
        "runbook.found",
        "a runbook that may help",
        NEUTRAL,
        {"document": text(), "version": text(), "mutating": one_of("yes", "no", "unknown"), "tags": names()},
    ),
    ObservationType(
        "automation.ended",
        "an automation ended",
        NEUTRAL,
        {"execution": text(), "status": text(), "outputs": names(), "stopped_by": text("the alarm")},
    ),
    ObservationType(
        "automation.under_way", "an automation is running or waiting", NEUTRAL, {"execution": text(), "status": text()}
    ),
)
