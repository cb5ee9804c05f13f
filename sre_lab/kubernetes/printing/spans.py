"""Ages as kubectl prints them: `42s`, `5m2s`, `3h15m`, `2d4h`, `14d`."""

from __future__ import annotations

from sre_lab.clock import from_rfc3339

UNKNOWN = "<unknown>"


def span(seconds: float) -> str:
    """A length of time, coarser the longer it is."""
    whole = int(seconds)
    if whole < -1:
        return "<invalid>"
    if whole < 0:
        return "0s"
    minutes, hours = whole // 60, whole // 3600
    if whole < 120:
        return f"{whole}s"
    if minutes < 10:
        return _two(minutes, "m", whole % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if hours < 24 * 8:
        return _two(hours // 24, "d", hours % 24, "h")
    if hours < 24 * 365 * 2:
        return f"{hours // 24}d"
    years, days = divmod(hours // 24, 365)
    return _two(years, "y", days, "d") if years < 8 else f"{years}y"


def since(timestamp: str | None, now: float) -> str:
    return span(now - from_rfc3339(timestamp)) if timestamp else UNKNOWN


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large}{large_unit}" + (f"{small}{small_unit}" if small else "")
