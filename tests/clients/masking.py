"""What may differ between two clusters that behave alike: names' hashes, ages, times, addresses, versions, ids."""

from __future__ import annotations

import re

LIMIT = 300  # characters of an output that the recording kept
_MASKS = (
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
    (r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", "DATE"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UID"),
    (r"\b[0-9a-f]{64}\b", "ID"),
    (r"\b(?:https?://)?\d+\.\d+\.\d+\.\d+(:\d+)?\b", "ADDRESS"),
    (r"v1\.\d+\.\d+\S*", "VERSION"),
    (r"\bv5\.\d+\.\d+\b", "VERSION"),
    (r"\b(web|two|j|debugger)-[bcdf-hj-np-tv-z0-9]{5,10}(-[bcdfghjklmnpqrstvwxz0-9]{5})?(?=\b|_)", r"\1-HASH"),
    (r"\bpod-template-hash([=:] ?)\S+", r"pod-template-hash\1HASH"),
    (r"\b(\d+[dhms])+\b", "AGE"),
    (r"resourceVersion: \"?\d+\"?", "resourceVersion"),
    (r"\bworker-[12]\b", "NODE"),
    (r"error: (context deadline exceeded|net/http: request canceled .*)", "error: CLIENT TIMEOUT"),
)


def mask(text: str) -> list[str]:
    """The lines of an output without what may differ; equal lines in a row count once."""
    for pattern, word in _MASKS:
        text = re.sub(pattern, word, text)
    lines = [re.sub(r"[ \t]+", " ", line).strip() for line in text.splitlines()]
    return [line for place, line in enumerate(lines) if line and (place == 0 or line != lines[place - 1])]


def only_about(lines: list[str], namespaces: tuple[str, ...]) -> list[str]:
    """Lists over all namespaces: their heads and the rows of these namespaces."""
    return [
        line for line in lines if line.isupper() or line.split(" ")[0].isupper() or line.split(" ")[0] in namespaces
    ]


def same(recording: str, output: str) -> bool:
    """Whether two outputs agree as far as the recording reaches."""
    cut = len(recording) >= LIMIT
    recording_lines, lines = mask(recording), mask(output)
    if not cut:
        return recording_lines == lines
    recording_lines, last = recording_lines[:-1], recording_lines[-1:]
    if lines[: len(recording_lines)] != recording_lines:
        return False
    rest = lines[len(recording_lines) :]
    return not last or bool(rest) or lines == recording_lines
