"""One line of an application's log: its level and its message, without the frames that carriers put around it.

A container runtime writes time and stream before a line, a shipper wraps it into JSON; what the program itself wrote
is inside, and may be JSON again.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from mcp_servers.signals.logs import foreign_words

QUIET: Final = frozenset({"trace", "debug", "info", "notice", "information"})
LOUD: Final = frozenset({"error", "err", "fatal", "critical", "crit", "panic", "severe", "emerg", "alert"})
ERROR, WARNING, INFO, UNKNOWN = "error", "warning", "info", ""

# What a line says when something is wrong; also the words by which a service is asked for such lines.
WRONG: Final = (
    "error|exception|fatal|panic|critical|severe|traceback|fail|refused|unreachable|denied|timed out|timeout"
    "|cannot|can[^ a-z]t|could not|unable to|not set|missing|required|unbound|throttl|throughput"
    "|rate exceeded|out of memory|oom|no such host|not known|no route|reset by peer|segmentation|abort"
)
_WRONG = re.compile(WRONG, re.I)
_SERVER_ERROR = re.compile(r"HTTP/\d(?:\.\d)?\"?\s+5\d\d\b|\bstatus[=: ]+\"?5\d\d\b", re.I)
_LEVEL = re.compile(
    r"(?:\blevel[\"']?\s*[=:]\s*[\"']?(\w+))"
    r"|(?:^[^a-z]{0,48}?\b(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|FATAL|CRIT|CRITICAL|PANIC|SEVERE)\b)"
    r"|(?:\[(trace|debug|info|notice|warn|warning|error|err|fatal|crit|critical|panic|emerg|alert)\])"
    rf"|(?:^[^a-z]{{0,48}}?(?<!\w)({foreign_words.LEVEL_WORDS})(?!\w))",
)
_KLOG = re.compile(r"^([IWEF])\d{4}\s\d\d:\d\d")
_KLOG_LEVELS = {"I": "info", "W": "warning", "E": "error", "F": "fatal"}
_NUMBERED = {10: "trace", 20: "debug", 30: "info", 40: "warning", 50: "error", 60: "fatal"}  # as pino and bunyan do
_STACK = re.compile(r"^(?:\s+\S|at\s+\S|Traceback \(most recent|goroutine \d+|\.\.\. \d+ more)")
_TIME = re.compile(r"\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|\s?[+-]\d\d:?\d\d)?\]?")
_LEADING_TIME = re.compile(r"^\s*" + _TIME.pattern + r"\s*")
_RUNTIME = re.compile(r"^\d{4}-\d\d-\d\dT\S+ (?:stdout|stderr) [FP] ")
_MESSAGES: Final = ("message", "msg", "error", "err", "exception")
_LEVELS: Final = ("level", "severity", "lvl")


@dataclass(frozen=True, slots=True)
class LineFields:
    """What a line says: `level` in lower case as the line claims it, empty when it claims none."""

    level: str
    message: str


def read_line(line: str) -> LineFields:
    """The line, without its carriers, read once."""
    text = unwrapped(line)
    fields = _fields(text)
    if fields:
        told = [_text(fields[name]) for name in _MESSAGES if fields.get(name)]
        message = " ".join(dict.fromkeys(told)) if told else text
        return LineFields(_claimed(fields), message)
    return LineFields(_level_of_text(text), _LEADING_TIME.sub("", text).strip())


def unwrapped(line: str) -> str:
    """The line as the program wrote it, out of a container runtime's or a shipper's frame."""
    if found := _RUNTIME.match(line):
        line = line[found.end() :]
    inner = _fields(line).get("log")
    return inner.rstrip("\n") if isinstance(inner, str) else line


def level(line: str) -> str:
    """The level the line claims, in lower case; empty when it claims none."""
    return read_line(line).level


def message(line: str) -> str:
    """What it says: the message fields of a JSON line, the rest of a line after its leading time."""
    return read_line(line).message


def wrong(line: str) -> bool:
    """Whether the line tells of an error: by its level where it has one, else by its words."""
    text = unwrapped(line)
    if not text.strip() or _STACK.match(text):
        return False
    claimed = read_line(text).level
    if claimed in LOUD:
        return True
    if claimed in QUIET:
        return False
    return bool(_WRONG.search(text) or _SERVER_ERROR.search(text) or foreign_words.WRONG.search(text))


def severity(line: str) -> str:
    """`error`, `warning`, `info`, or empty where neither level nor words tell."""
    claimed = level(line)
    if claimed.startswith("warn"):
        return WARNING
    if wrong(line):
        return ERROR
    return INFO if claimed in QUIET else UNKNOWN


def _claimed(fields: dict[str, Any]) -> str:
    found = next((fields[name] for name in _LEVELS if fields.get(name)), "")
    if isinstance(found, int | float):
        return _NUMBERED.get(int(found), "")
    return _in_english(str(found))


def _level_of_text(text: str) -> str:
    if klog := _KLOG.match(text):
        return _KLOG_LEVELS[klog[1]]
    found = _LEVEL.search(text[:200])
    return _in_english(next((group for group in found.groups() if group), "")) if found else ""


def _in_english(claimed: str) -> str:
    return foreign_words.LEVELS.get(claimed.lower(), claimed.lower())


def _text(value: Any) -> str:
    """A field's text; an error as an object has its own message."""
    if isinstance(value, dict):
        return str(value.get("message") or value.get("msg") or json.dumps(value))
    return str(value)


def _fields(line: str) -> dict[str, Any]:
    if not line.lstrip().startswith("{"):
        return {}
    try:
        fields = json.loads(line)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
