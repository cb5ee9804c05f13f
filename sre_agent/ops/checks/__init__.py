"""The table of checks. A new one is a module with its row, `CHECK`, and its name here."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from sre_agent.ops.check import Occasion, OpsCheck

NAMES: Final = (  # in the order of the report
    *("service", "state", "runs", "errors", "latency", "approvals", "backlog", "budget", "bill"),
    *("alarm_delivery", "undelivered", "notice_delivery", "last_backup"),
    *("alarm_settings", "log_retention", "role_drift", "images", "certificates", "plain_parameters", "secrets"),
    *("backup_integrity", "error_budgets"),
    *("access_review", "calibration", "versions", "unused_servers"),
    *("capacity", "growth", "restore_rehearsal"),
    *("folder_rights", "tokens", "transport", "unattended", "unused_reach", "open_servers"),
)


def checks(occasion: Occasion | None = None) -> list[OpsCheck]:
    """Those of one occasion, or all."""
    rows: list[OpsCheck] = [import_module(f"{__name__}.{name}").CHECK for name in NAMES]
    return [row for row in rows if occasion in (None, row.occasion)]
