"""When a CronJob starts its next run, by its own schedule and time zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mcp_servers.contract import cron
from mcp_servers.kubernetes.snapshot.objects import Obj


def next_start(spec: Obj, since: datetime | None) -> datetime | None:
    """The first start after `since`, in the time zone of the CronJob's `spec`; None without `since`, and where the
    schedule or the time zone cannot be read."""
    if since is None:
        return None
    try:
        zone = ZoneInfo(str(spec.get("timeZone") or "UTC"))
        return cron.next_after(str(spec.get("schedule") or ""), since.astimezone(zone))
    except (ValueError, ZoneInfoNotFoundError):
        return None
