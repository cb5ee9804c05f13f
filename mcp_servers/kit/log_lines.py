"""One line of an application's log: its level, its message without the dressing, and the template it was made from."""

from __future__ import annotations

import json
import re
from typing import Any, Final

QUIET: Final = frozenset({"trace", "debug", "info", "notice", "information"})
LOUD: Final = frozenset({"error", "err", "fatal", "critical", "crit", "panic", "severe", "emerg", "alert"})

# What a line says when something is wrong; also the words by which a service is asked for such lines.
WRONG: Final = (
    "error|exception|fatal|panic|critical|severe|traceback|fail|refused|unreachable|denied|timed out|timeout"
    "|cannot|could not|unable to|not set|missing|required|unbound|throttl|throughput|rate exceeded|out of memory"
    "|oom|no such host|not known|no route|reset by peer|segmentation|abort"
)
_WRONG = re.compile(WRONG, re.I)
_SERVER_ERROR = re.compile(r"HTTP/\d(?:\.\d)?\"?\s+5\d\d\b|\bstatus[=: ]+\"?5\d\d\b", re.I)
_LEVEL = re.compile(
    r"(?:\blevel[\"']?\s*[=:]\s*[\"']?(\w+))"
    r"|(?:^[^a-z]{0,48}?\b(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|FATAL|CRIT|CRITICAL|PANIC|SEVERE)\b)"
    r"|(?:\[(trace|debug|info|notice|warn|warning|error|err|fatal|crit|critical|panic|emerg|alert)\])",
)
_KLOG = re.compile(r"^([IWEF])\d{4}\s\d\d:\d\d")
_KLOG_LEVELS = {"I": "info", "W": "warning", "E": "error", "F": "fatal"}
_STACK = re.compile(r"^(?:\s+\S|at\s+\S|Traceback \(most recent|goroutine \d+|\.\.\. \d+ more)")
_TIME = re.compile(r"\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|\s?[+-]\d\d:?\d\d)?\]?")
_MASKS: Final = (
    (_TIME, "<time>"),
    (re.compile(r"(?<=[a-z0-9])-[a-z0-9]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}\b"), "-<pod>"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.I), "<id>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b", re.I), "<id>"),
    (re.compile(r"(?<![\w.:])\d+(?:\.\d+)?(?:ms|us|µs|ns|s|m|h|%|[KMG]i?B?)?(?![\w.]|:\d)"), "<n>"),
)


def level(line: str) -> str:
    """The level the line claims, in lower case; empty when it claims none."""
    if klog := _KLOG.match(line):
        return _KLOG_LEVELS[klog[1]]
    if line.lstrip().startswith("{"):
        fields = _fields(line)
        return str(fields.get("level") or fields.get("severity") or fields.get("lvl") or "").lower()
    found = _LEVEL.search(line[:200])
    return next((group for group in found.groups() if group), "").lower() if found else ""


def wrong(line: str) -> bool:
    """Whether the line tells of an error: by its level where it has one, else by its words."""
    if not line.strip() or _STACK.match(line):
        return False
    claimed = level(line)
    if claimed in LOUD:
        return True
    if claimed in QUIET:
        return False
    return bool(_WRONG.search(line) or _SERVER_ERROR.search(line))


def message(line: str) -> str:
    """What it says: the message fields of a JSON line, the rest of a line after its leading time."""
    fields = _fields(line) if line.lstrip().startswith("{") else {}
    said = [str(fields[name]) for name in ("message", "msg", "error", "err", "exception") if fields.get(name)]
    return " ".join(dict.fromkeys(said)) if said else re.sub(r"^\s*" + _TIME.pattern + r"\s*", "", line).strip()


def template(line: str) -> str:
    """The message with what differs from time to time taken out."""
    text = message(line)
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return " ".join(text.split())[:300]


def _fields(line: str) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
