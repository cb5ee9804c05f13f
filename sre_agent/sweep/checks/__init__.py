"""The checks of a sweep beside its look at the workloads. To add one: a module here, and its line in `CHECKS`."""

from __future__ import annotations

from typing import Final

from sre_agent.sweep.checks import (
    alarms,
    automations,
    backups,
    capacity,
    certificates,
    deprecated_apis,
    exposure,
    images,
    log_groups,
    rules,
)
from sre_agent.sweep.checks.contract import SweepCheck

CHECKS: Final[tuple[SweepCheck, ...]] = (
    alarms.CHECK,
    rules.CHECK,
    certificates.CHECK,
    capacity.CHECK,
    backups.CHECK,
    automations.CHECK,
    deprecated_apis.CHECK,
    exposure.CHECK,
    images.CHECK,
    log_groups.CHECK,
)
