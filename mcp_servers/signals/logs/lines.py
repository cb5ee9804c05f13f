"""One line of an application's log: its level and its message, without the frames that carriers put around it.

A container runtime writes time and stream before a line, a shipper wraps it into JSON; what the program itself wrote
is inside, and may be JSON again.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from mcp_servers.signals.logs import foreign_words, trouble
from mcp_servers.signals.logs.once import once_per_outline

QUIET: Final = frozenset({"trace", "debug", "info", "notice", "information"})
LOUD: Final = frozenset({"error", "fatal", "critical", "panic", "severe", "emerg", "alert"})
ERROR, WARNING, INFO, UNKNOWN = "error", "warning", "info", ""

# The words by which a service that searches logs itself is asked for lines that may tell of an error.
WRONG: Final = (
    "error|exception|fatal|panic|critical|severe|traceback|fail|refused|unreachable|denied|timed out|timeout"
    "|cannot|can[^ a-z]t|could not|unable to|not set|missing|required|unbound|throttl|throughput"
    "|rate exceeded|out of memory|oom|no such host|not known|no route|reset by peer|segmentation|abort"
)
_SHORT: Final = {  # as some loggers write them
    "trc": "trace", "dbg": "debug", "dbug": "debug", "inf": "info", "wrn": "warning", "warn": "warning",
    "err": "error", "eror": "error", "fail": "error", "crit": "critical", "ftl": "fatal", "dpanic": "panic",
    "debu": "debug", "noti": "notice", "erro": "error", "fata": "fatal", "pani": "panic", "emer": "emerg",
    "t": "trace", "d": "debug", "i": "info", "w": "warning", "e": "error", "f": "fatal",
}  # fmt: skip
_WORDS = (
    "TRACE|DEBUG|INFO|INFORMATION|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|PANIC|SEVERE|EMERG|ALERT"
    "|TRC|DBG|INF|WRN|ERR|FTL|CRIT|DEBU|NOTI|ERRO|FATA|PANI|EMER"
)
_LEVEL = re.compile(
    r"(?:(?<![\w.-])(?:level|lvl|severity)[\"']?\s*[=:]\s*[\"']?(\w+)[\"']?)"
    rf"|(?:^[^a-z]{{0,48}}?\b({_WORDS})\b)"
    rf"|(?:[\[<](?:[a-z_]+:)? ?((?i:{_WORDS}))[\]>/])"
    r"|(?:^(?:[\dTZ.:+-]{10,40}\s+)?(trce|dbug|info|warn|fail|crit|critical|fatal|panic): )"
    rf"|(?:^(?:[\dTZ.:+-]{{8,40}}\s+){{0,2}}[a-z][\w./-]{{0,40}}:? ({_WORDS})(?=[:\s\]]|$))"
    rf"|(?:^[\dTZ.:+-]{{10,40}}\s+((?i:{_WORDS}))\s)"
    rf"|(?:^[^a-z]{{0,48}}?(?<!\w)({foreign_words.LEVEL_WORDS})(?!\w))",
)
_KLOG = re.compile(r"^(?:[\dTZ.:+-]{10,40}\s+)?([IWEF])\d{4}\s\d\d:\d\d")
_KLOG_LEVELS = {"I": "info", "W": "warning", "E": "error", "F": "fatal"}
_NUMBERED = {10: "trace", 20: "debug", 30: "info", 40: "warning", 50: "error", 60: "fatal"}  # as pino and bunyan do
_STACK = re.compile(r"^(?:\s+\S|at\s+\S|Traceback \(most recent|goroutine \d+|\.\.\. \d+ more)")
_TIME = re.compile(r"\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|\s?[+-]\d\d:?\d\d)?\]?")
TIME: Final = _TIME.pattern
LEADING_TIME = re.compile(r"^\s*" + TIME + r"\s*")
_STAMPED_FRAME = re.compile(
    LEADING_TIME.pattern + r"(?:at \S|File \"|Traceback \(most recent|goroutine \d+ \[|\.\.\. \d+ more)"
)
_STAMPED_OBJECT = re.compile(LEADING_TIME.pattern + r"(?=\{)")
_RUNTIME = re.compile(r"^\d{4}-\d\d-\d\dT\S+ (?:stdout|stderr) [FP] ")
_MESSAGES: Final = ("message", "msg", "error", "err", "exception")
_SENTENCES: Final = ("message", "msg")
DEEP: Final = 2  # objects in objects of a JSON line that are read
_LEVELS: Final = ("level", "severity", "lvl", "log.level")
_LETTER: Final = "s"  # as MongoDB calls a level, in one letter
_WHEN_AND_WHERE: Final = frozenset(
    {"ts", "t", "time", "timestamp", "@timestamp", "caller", "logger", "pid", "trace_id", "span_id", *_LEVELS, _LETTER}
)


@dataclass(frozen=True, slots=True)
class LineFields:
    """What a line says: `level` in lower case as the line claims it, empty when it claims none.

    `statement` is all that it states besides its level and time, fields of a JSON line as `name=value`.
    """

    level: str
    message: str
    statement: str


def read_line(line: str) -> LineFields:
    """The line, without its carriers, read once."""
    text = unwrapped(line)
    fields = _fields(text)
    if fields:
        texts = [_text(fields[name]) for name in _MESSAGES if fields.get(name)]
        message = " ".join(dict.fromkeys(texts)) if texts else text
        return LineFields(_level_of_fields(fields), message, _statement_of(fields))
    level, statement = _level_of_text(text)
    message = LEADING_TIME.sub("", text).strip().replace('\\"', '"')
    return LineFields(level, message, LEADING_TIME.sub("", statement))


def unwrapped(line: str) -> str:
    """The line as the program wrote it, out of a container runtime's or a shipper's frame."""
    if (match := _RUNTIME.match(line)) or (match := _STAMPED_OBJECT.match(line)):
        line = line[match.end() :]
    inner = _fields(line).get("log")
    return inner.rstrip("\n") if isinstance(inner, str) else line


def level(line: str) -> str:
    """The level the line claims, in lower case; empty when it claims none."""
    return read_line(line).level


def message(line: str) -> str:
    """What it says: the message fields of a JSON line, the rest of a line after its leading time."""
    return read_line(line).message


def kind_of_level(level: str) -> str:
    """How much a level says of itself: `loud`, `warning`, `quiet`, or `none` where the line claims none."""
    if level in LOUD:
        return "loud"
    if level.startswith("warn"):
        return "warning"
    return "quiet" if level in QUIET else "none"


@once_per_outline
def wrong(line: str) -> bool:
    """Whether the line tells of trouble: by the level it claims together with its words."""
    text = unwrapped(line)
    if not text.strip() or continues(text):
        return False
    read = read_line(text)
    return trouble.model().tells(kind_of_level(read.level), read.statement)


def continues(text: str) -> bool:
    """Whether it is a frame of a stack trace, or another line that goes on with an earlier one."""
    return _STACK.match(text) is not None or _STAMPED_FRAME.match(text) is not None


def severity(line: str) -> str:
    """`error`, `warning`, `info`, or empty where neither level nor words tell."""
    stated_level = level(line)
    if stated_level.startswith("warn"):
        return WARNING
    if wrong(line):
        return ERROR
    return INFO if stated_level in QUIET else UNKNOWN


def _level_of_fields(fields: dict[str, Any]) -> str:
    value = next((fields[name] for name in _LEVELS if fields.get(name)), "")
    if isinstance(value, int | float):
        return _NUMBERED.get(int(value), "")
    letter = fields.get(_LETTER)
    return _in_english(str(value or (letter if isinstance(letter, str) and len(letter) == 1 else "")))


def _level_of_text(text: str) -> tuple[str, str]:
    """The level, and the text without it."""
    if klog := _KLOG.match(text):
        return _KLOG_LEVELS[klog[1]], text[klog.end() :]
    match = _LEVEL.search(text[:200])
    if match is None:
        return "", text
    return _in_english(match[match.lastindex or 0]), f"{text[: match.start()]} {text[match.end() :]}"


def _statement_of(fields: dict[str, Any], depth: int = 0) -> str:
    parts: list[str] = []
    for name, value in fields.items():
        if isinstance(value, dict) and depth < DEEP:
            parts.append(_statement_of(value, depth + 1))
        elif depth == 0 and name in _MESSAGES and isinstance(value, str) and value:
            parts.append(value if name in _SENTENCES else f"{name}: {value}")
        elif depth > 0 or name not in _WHEN_AND_WHERE:
            parts.append(f"{name}={json.dumps(value) if isinstance(value, list | dict) else value},")
    return " ".join(parts)


def _in_english(level: str) -> str:
    low = level.lower()
    return _SHORT.get(low) or foreign_words.LEVELS.get(low, low)


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
