"""Kinds of log lines against lines that people have labelled, and how fast they are found."""

from __future__ import annotations

import gzip
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import fmean

from mcp_servers.signals.logs.patterns import grouped, patterns
from tests.bench.figures import Figure
from tests.bench.suites import rows, suite

LINES = 100_000


def figures() -> Iterator[Figure]:
    lines = [(float(i), line(i)) for i in range(LINES)]
    started = time.perf_counter()
    found = patterns(lines)
    taken = time.perf_counter() - started
    assert sum(pattern.count for pattern in found) == LINES
    yield Figure("logs: kinds of 100,000 lines", taken, "s", 5.0)
    folder = suite("loghub")
    if folder is not None:
        scores = []
        for path in sorted(folder.glob("*_2k.log.gz")):
            labels = [
                row["EventId"] for row in rows(path.with_name(path.name.replace(".log.gz", ".log_structured.csv.gz")))
            ]
            with gzip.open(path, "rt", errors="replace") as file:
                scores.append(_accuracy(grouped(file.read().splitlines()[: len(labels)]), labels))
        yield Figure(f"logs: grouping accuracy, mean of {len(scores)} systems", fmean(scores), "", 0.8, "≥")


def _accuracy(found: Sequence[str], labels: Sequence[str]) -> float:
    """The share of lines whose whole group is exactly a labelled group."""
    ours, theirs = _members(found), _members(labels)
    return sum(len(group) for group in ours.values() if theirs[labels[min(group)]] == group) / len(labels)


def _members(names: Sequence[str]) -> dict[str, set[int]]:
    members: dict[str, set[int]] = defaultdict(set)
    for number, name in enumerate(names):
        members[name].add(number)
    return members


def line(i: int) -> str:
    """Lines of fifty kinds, of different length and words, each with its own numbers."""
    kind = i * 7919 % 50
    words = " ".join(f"{_WORDS[(kind + k) % len(_WORDS)]}" for k in range(4 + kind % 7))
    number = i * 2654435761 % 2**32
    at = f"2026-03-01T12:{i // 60 % 60:02}:{i % 60:02}Z"
    return f"{at} INFO shop.part{kind % 5}: {words} {i} took {i % 997} ms id {number:x}"


_WORDS = ("cache", "order", "basket", "refresh", "stored", "queue", "picked", "worker", "invoice", "sent", "lookup")
