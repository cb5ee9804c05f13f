"""Similar names: what was probably meant by a name that does not exist."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher


def near(name: str, names: Iterable[str], limit: int = 5) -> list[str]:
    """At most `limit` of `names`, nearest first: one contained in the other, then similar spelling."""
    low = name.lower()
    by_score = []
    for other in set(names):
        against = other.lower()
        inside = bool(low) and (low in against or against in low)
        score = (1.0 if inside else 0.0) + SequenceMatcher(None, low, against).ratio()
        if score >= 0.6:
            by_score.append((-score, other))
    return [other for _, other in sorted(by_score)[:limit]]


def alike(name: str, other: str) -> float:
    """1 for the same name, high for one inside the other at a word's edge, else by spelling."""
    low, against = name.lower(), other.lower()
    if low == against:
        return 1.0
    ratio = SequenceMatcher(None, low, against).ratio()
    edges = [f"-{against}-".find(f"-{low}-"), f"-{low}-".find(f"-{against}-")]
    return max(ratio, 0.8 + 0.1 * ratio) if max(edges) >= 0 else min(ratio, 0.95)


def offer(names: list[str]) -> str:
    """The sentence that offers them."""
    return f"Similar names: {', '.join(names)}." if names else "No similar name exists."
