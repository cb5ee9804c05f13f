"""How long something took, as people read it."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """`350 ms`, `8.62 s`, `12 min`, `3.5 h`, `4 days`."""
    if seconds < 1:
        return f"{round(seconds * 1000, 1):g} ms"
    if seconds < 120:
        return f"{round(seconds, 2):g} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 172_800 else f"{seconds / 86400:.0f} days"
