"""A model's words as they may stand in a sentence."""

from __future__ import annotations


def plain(text: str, limit: int) -> str:
    """One line of printable characters within the limit, cut after a whole word, without a full stop at its end."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    cut = flat if len(flat) <= limit else flat[:limit].rpartition(" ")[0]
    return cut.rstrip(". ")
