"""How signs are found in log lines: what an application says of its errors, as observations. Pure.

A line gives one sign: the most specific that its words carry, else `log.error` under the pattern of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.serving.windows import rfc3339
from mcp_servers.signals.logs import foreign_words, trouble
from mcp_servers.signals.logs.carriers import CARRIED, is_frame
from mcp_servers.signals.logs.connections import (
    address_in,
    connection,
    connection_just_called,
    connection_of_fields,
    reason,
)
from mcp_servers.signals.logs.denials import (
    ANSWERS,
    DENIALS,
    called_in_details,
    error_status,
    tells_status,
    url_host,
)
from mcp_servers.signals.logs.exhaustion import GENERAL, SPECIFIC, UNLEVELLED, SignMatch
from mcp_servers.signals.logs.form_refusals import refuses_form
from mcp_servers.signals.logs.lines import (
    LOUD,
    LineFields,
    continues,
    kind_of_level,
    message,
    read_line,
    unwrapped,
    wrong,
)
from mcp_servers.signals.logs.once import once_per_outline
from mcp_servers.signals.logs.patterns import group
from mcp_servers.signals.logs.reasons import with_reasons
from mcp_servers.signals.logs.records import DetailedLine, announced, detailed
from mcp_servers.signals.logs.starts import STARTS
from mcp_servers.signals.logs.trouble_types import type_model
from mcp_servers.signals.logs.write_refusals import RIGHTS, WRITES

SIGN_LIMIT = 10  # signs of one code, the most frequent first
PATTERN_CHARACTERS = 300
AGAIN: Final = 3  # times from which what happens now and then anywhere is told as going on
ONLY_AGAIN: Final = ("log.message_failed", "log.memory_busy")
ONCE = ("log.env_missing", "log.throttled", "log.out_of_memory")  # told without the times of their first and last line

_NAME = r"(?<![A-Z0-9])([A-Z][A-Z0-9]{0,60}(?:_[A-Z0-9]{1,60}){1,12})"
_LONE = r"([A-Z][A-Z0-9_]{2,100})"
_LACKS = (
    r"(?:not set|not defined|not provided|not found|not configured|missing|unset|undefined|required|empty|must be set)"
)
_VARIABLE: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"KeyError: ['\"]{_LONE}['\"]|key not found: ['\"]{_LONE}['\"]",
        rf"\bNotPresent\W{{1,12}}{_LONE}|(?i:could not resolve placeholder) ['\"]{_LONE}['\"]",
        rf"(?i:env(?:ironment)?(?: var(?:iable)?s?)?)[\s:]{{1,9}}['\"`$]{{0,3}}{_LONE}['\"`]{{0,3}}\W{{1,12}}"
        rf"(?:\w{{1,60}}\W{{1,12}}){{0,3}}?(?i:{_LACKS})",
        rf"{_NAME}['\"`]{{0,3}}\W{{1,12}}(?:\w{{1,60}}\W{{1,12}}){{0,4}}?(?i:{_LACKS})",
        rf"(?i:missing|undefined|unset|required)\W{{1,12}}(?:[a-z]{{1,60}}\W{{1,12}}){{0,4}}?{_NAME}",
        rf"{_LONE}: (?:unbound variable|parameter (?:null or )?not set)",
        rf"{_NAME}['\"`«»“”]{{0,3}}\W{{1,12}}(?:\w{{1,60}}\W{{1,12}}){{0,3}}?(?i:{foreign_words.LACKS})",
        rf"(?i:{foreign_words.MISSING})\W{{0,12}}(?:[^\W\d_]{{1,60}}\W{{1,12}}){{0,5}}?{_NAME}",
    )
)
_THROTTLED = re.compile(
    r"ProvisionedThroughputExceeded|Throttl(?:ing|ed)|TooManyRequests|RequestLimitExceeded|rate exceeded|SlowDown"
    r"|exceeded the (?:maximum allowed )?(?:provisioned )?throughput",
    re.I,
)
_EXCEPTION: Final = re.compile(r"(?:[a-z_][\w$]{0,60}\.){1,12}[A-Z]\w{0,80}(?:Exception|Error|Throwable): \S")
_SERVICE = re.compile(r"\b(dynamodb|sqs|sns|s3|kinesis|lambda|ssm|kms|sts|secrets ?manager|ecr|ec2)\b", re.I)
_RESOURCE = re.compile(r"\b(?:table|queue|stream|function|bucket)(?:[ _]?name)?[\"']?[:=/\s]+[\"']?([\w.-]{3,})", re.I)
_MEMORY = re.compile(
    r"out ?of ?memory|OutOfMemory|OOM[- ]?kill|cannot allocate memory|\bMemoryError\b|heap limit|bad_alloc|ENOMEM", re.I
)

_SPACE = re.compile(
    r"no space left on device|\bENOSPC\b|\[Errno 28\]|disk quota exceeded|not enough space on the disk"
    r"|(?:disk|file ?system|volume|database or disk) is full|(?:high|flood stage) disk watermark",
    re.I,
)
_NO_VOLUME = re.compile(r"file watchers|inotify|shared memory|/dev/shm|semaphore|epoll", re.I)  # limits of the kernel
_PATH = re.compile(r"(?<![\w:/.])(/[\w.-]+(?:/[\w.@-]+)*)")


@dataclass
class _Sign:
    count: int = 0
    first: datetime | None = None
    last: datetime | None = None
    example: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)

    def add(self, at: datetime | None, line: str) -> None:
        self.count += 1
        self.example = line
        if at is not None:
            self.first = at if self.first is None else min(self.first, at)
            self.last = at if self.last is None else max(self.last, at)


def signs(lines: Iterable[tuple[datetime | None, str]], subject: Subject) -> list[Observation]:
    """One observation for each sign in the lines, most frequent first; `log.no_errors` when there is none."""
    by_sign: dict[tuple[str, tuple[str, ...]], _Sign] = {}
    others: list[tuple[datetime | None, str]] = []
    looked_at, line, head, head_code = 0, "", "", ""
    for detailed_line in detailed(announced(with_reasons(lines, tells, _is_sign))):
        before, at, line = line, detailed_line.at, detailed_line.line
        looked_at += 1
        if is_frame(line):
            continue
        read = next((record_sign for record in CARRIED if (record_sign := record(line))), None)
        is_trouble = read is not None or tells(line)
        if read is None and is_trouble:
            read = _sign_of(detailed_line, before)
        told_code = read[0] if read else "log.error" if is_trouble else ""
        if not detailed_line.belongs:
            head, head_code = line, told_code
        elif head_code and told_code in (head_code, "log.error") and not (read is None and _is_clearer(line, head)):
            continue  # the same once more, or a detail of it
        if not is_trouble:
            continue
        if read is None:
            others.append((at, line))
            continue
        code, attributes = read
        key = (code, tuple(attributes.values()))
        by_sign.setdefault(key, _Sign(attributes=attributes)).add(at, line)
    others += _tried_once(by_sign)
    for (at, line), pattern in zip(others, group([message(_head(line)) for _, line in others]), strict=True):
        error = by_sign.get(("log.error", (pattern,))) or _Sign(attributes=_error(pattern, line))
        by_sign.setdefault(("log.error", (pattern,)), error).add(at, line)
    if not by_sign:
        return [Observation(code="log.no_errors", subject=subject, attributes={"lines": looked_at})]
    result: list[Observation] = []
    for code in dict.fromkeys(code for code, _ in by_sign):
        of_code = sorted(
            (s for (c, _), s in by_sign.items() if c == code), key=lambda s: (-s.count, -_weight(s.example))
        )
        result += [_observation(code, s, subject) for s in of_code[:SIGN_LIMIT]]
    return result


def _error(pattern: str, line: str) -> dict[str, Any]:
    """What is told of lines of one pattern, by one of them."""
    statement = read_line(_head(line)).statement
    about = type_model().type_of(statement)
    attributes = {"message": excerpt(pattern, PATTERN_CHARACTERS), "weight": round(_weight(line), 1)}
    return attributes | ({"about": about} if about else {}) | ({"of_request": True} if tells_status(statement) else {})


def _is_clearer(line: str, head: str) -> bool:
    """Whether a line below another tells of trouble more clearly than that one."""
    return _weight(line) > _weight(head)


def _weight(line: str) -> float:
    read = read_line(_head(line))
    return trouble.model().weight(kind_of_level(read.level), read.statement)


def _sign_of(detailed_line: DetailedLine, before: str) -> SignMatch | None:
    """The sign of a line that tells of trouble, with the address from the lines below where it names none itself."""
    line, details = detailed_line.line, detailed_line.details
    match = sign(line) or connection_just_called(message(line), message(before))
    if match is None and details:
        match = called_in_details(message(line), details)
    if match is not None and details and match[1].get("address") == "":
        match[1]["address"] = url_host(details)
    return match


def sign(line: str) -> SignMatch | None:
    """The most specific sign of one line that tells of an error; None where its words carry none."""
    text = message(line)
    match = next((match for read in _SIGNS if (match := read(text))), None) or _of_fields(line, text)
    if match is not None and match[1].get("address") == "":
        match[1]["address"] = address_in(text)
    return match


@once_per_outline
def tells(line: str) -> bool:
    """Whether a line tells of trouble, by its level and words or by a sign in it."""
    text = unwrapped(line)
    if continues(text):
        return False
    read = read_line(text)
    kind = kind_of_level(read.level)
    return wrong(line) or shows(read) or refuses_form(read.statement, kind) or _is_exception(read.statement, kind)


def _is_exception(statement: str, kind: str) -> bool:
    """Whether a line without a level starts as runtimes print an exception that nobody caught: its class and text."""
    return kind == "none" and _EXCEPTION.match(statement) is not None


def _is_sign(line: str) -> bool:
    return sign(line) is not None


def shows(read: LineFields) -> bool:
    """Whether the message carries a sign that counts at the level of the line.

    Any counts where the line claims no level or is a warning; what kernels and runtimes write does at every level.
    """
    readers = _SURE if kind_of_level(read.level) in ("none", "warning") else UNLEVELLED
    return any(look(read.message) for look in readers)


def _tried_once(by_sign: dict[tuple[str, tuple[str, ...]], _Sign]) -> list[tuple[datetime | None, str]]:
    """What happened a few times only, taken out of what was found: an error as any other, where it says so itself."""
    few = [key for key, s in by_sign.items() if key[0] in ONLY_AGAIN and s.count < AGAIN]
    rare_signs = [s for s in map(by_sign.pop, few) if wrong(s.example)]
    return [(s.first if n == 0 else s.last, s.example) for s in rare_signs for n in range(s.count)]


def _head(line: str) -> str:
    """The line that a stack trace follows."""
    return line.split("\n", 1)[0]


def _variable(text: str) -> SignMatch | None:
    for pattern in _VARIABLE:
        if match := pattern.search(text):
            return "log.env_missing", {"variable": match[match.lastindex or 1]}
    return None


def _memory(text: str) -> SignMatch | None:
    return ("log.out_of_memory", {}) if _MEMORY.search(text) else None


def _of_fields(line: str, text: str) -> SignMatch | None:
    """What the other fields of a record say, where its message says too little."""
    record = read_line(line)
    if record.level in LOUD and (match := _space(record.statement) or _memory(record.statement)):
        return match  # MongoDB's message only says that there is one
    return connection_of_fields(text, record.statement) if reason(text) else error_status(record.statement)


def _throttling(text: str) -> SignMatch | None:
    if not _THROTTLED.search(text):
        return None
    service, resource = _SERVICE.search(text), _RESOURCE.search(text)
    service_name = service[1].lower().replace(" ", "") if service else ""
    if not service_name and "ProvisionedThroughput" in text:
        service_name = "dynamodb"
    return "log.throttled", {"service": service_name, "resource": resource[1] if resource else ""}


def _space(text: str) -> SignMatch | None:
    if not _SPACE.search(text) or _NO_VOLUME.search(text):
        return None
    path = _PATH.search(text)
    return "log.no_space", {"path": path[1].rstrip(".:,") if path else ""}


_SIGNS: Final[tuple[Callable[[str], SignMatch | None], ...]] = (
    *SPECIFIC,
    *RIGHTS,
    *STARTS,
    _memory,
    _space,
    *WRITES,
    *DENIALS,
    _throttling,
    connection,
    *ANSWERS,
    *GENERAL,
    _variable,
)


_SURE: Final = tuple(read for read in _SIGNS if read not in GENERAL)


def _observation(code: str, sign_count: _Sign, subject: Subject) -> Observation:
    attributes: dict[str, Any] = {**sign_count.attributes, "count": sign_count.count}
    if code not in ONCE and sign_count.first and sign_count.last:
        attributes |= {"first": rfc3339(sign_count.first), "last": rfc3339(sign_count.last)}
    return Observation(
        code=code, subject=subject, at=sign_count.first, attributes=attributes, excerpt=excerpt(sign_count.example)
    )
