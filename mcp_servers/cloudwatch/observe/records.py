"""What AWS itself writes of a resource: events of RDS, what a database's load consists of, events of AWS Health. Pure.

Read are the forms of `DescribeEvents`, of EventBridge, of Performance Insights (`GetResourceMetrics`, and summaries
with `top_sql`) and of AWS Health, as rules and shippers put them into log groups.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mcp_servers.cloudwatch.observe import load as extract_load
from mcp_servers.cloudwatch.observe.load import instant
from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Relation, Subject
from mcp_servers.serving.windows import rfc3339

_FAILOVER: Final = re.compile(r"fail(?:ed)?[ -]?over", re.I)
_OVER: Final = re.compile(r"complet|now running on|is available|finished", re.I)
_SHORT: Final = (
    ("connections", re.compile(r"max_connections|connection slots|too many connections|connection limit", re.I)),
    ("storage", re.compile(r"storage (?:space )?is (?:getting |critically )?low|out of storage|insufficient storage"
                           r"|storage[- ]full|free storage (?:space|capacity).{0,30}(?:low|remaining)", re.I)),
    ("memory", re.compile(r"out of memory|low (?:free|on) memory", re.I)),
)  # fmt: skip
_SHARE: Final = re.compile(r"(?<!\d)(?P<value>\d++) (?:of|/) (?P<limit>\d+)")
_LEFT: Final = re.compile(r"(?<![\d.])(?P<value>[\d.]++ ?[KMGT]i?B)\b", re.I)
_REPLICA: Final = re.compile(r"\b(?:replica|replication)\b", re.I)
_ZONE: Final = re.compile(r"\b([a-z]{2}(?:-[a-z]+)+-\d[a-z]|[a-z]{3}\d-az\d)\b")
KINDS: Final = {"db-instance": "Database", "db-cluster": "Database", "db_instance": "Database", "cluster": "Database"}
_DOWN: Final = re.compile(
    r"\bshut(?:ting)? ?down\b|\brestart(?:ed|ing)\b|\breboot(?:ed|ing)\b|applying (?:\w+ )*maintenance|\bos update\b",
    re.I,
)
_LATER: Final = re.compile(
    r"\b(?:needs?|has|have|must|will|pending|required|scheduled)\b[^.]{0,200}\breboot|after the next", re.I
)
_BACK: Final = re.compile(r"\brestarted\b|\brebooted\b|is available|complet|finished", re.I)
_LAGS: Final = re.compile(
    r"replica(?:tion)?\b.{0,40}\b(?:lag\w*|behind|delay\w*)\b|\b(?:lag|delay)\b.{0,40}\breplica(?:tion)?\b", re.I
)
_IN_STEP: Final = re.compile(r"caught up|in sync|no longer|back to normal|resolved|recovered|resumed|decreased", re.I)
_WHOSE: Final = re.compile(
    r"\binstance (?P<name>[a-z][a-z0-9-]*) replica(?:tion)?\b|\breplica (?P<named>[a-z]\w*-[\w-]+)"
)
_SECONDS: Final = re.compile(r"(?<!\d)(?P<seconds>\d++) ?s(?:ec\w*+)?\b")


@dataclass(frozen=True)
class ReportedRecord:
    """One record: of whom, when, what. `categories` are those that AWS gives it."""

    subject: Subject
    at: datetime | None
    message: str
    categories: tuple[str, ...]


def observe(lines: Iterable[tuple[datetime | None, str]], about: Subject) -> tuple[list[Observation], list[Relation]]:
    """Facts on `about` and on what its records name beside it, and who depends on whom by them."""
    events: list[ReportedRecord] = []
    from_health: list[Observation] = []
    looks: list[tuple[dict[str, Any], datetime | None]] = []
    for at, line in lines:
        record = _record(line)
        if not record:
            continue
        if (event := _event(record, at, about)) is not None:
            events.append(event)
        elif str(record.get("source")) == "aws.health":
            from_health += _health(record, about)
        else:
            looks.append((record, at))
    lagging = list(_lagging(events))
    others = {e.subject for e in events if e.subject != about and _REPLICA.search(e.message)}
    others |= {x.subject for x in lagging if x.subject != about}
    relations = [Relation(kind="calls", source=other, target=about) for other in sorted(others, key=str)]
    from_events = [*_failover(events), *_restarts(events), *_shortage(events), *lagging, *_rest(events)]
    return [*from_events, *from_health, *extract_load.observe(looks, about)], relations


def is_record(line: str) -> bool:
    """Whether a line is such a record and no log line of a program."""
    record = _record(line)
    about = Subject(scope="", kind="Database", name="")
    is_known = record.get("source") == "aws.health" or extract_load.is_look(record)
    return bool(record) and (_event(record, None, about) is not None or bool(is_known))


def _record(line: str) -> dict[str, Any]:
    try:
        record = json.loads(line) if line.lstrip().startswith("{") else {}
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def _event(record: Mapping[str, Any], at: datetime | None, about: Subject) -> ReportedRecord | None:
    """An event of RDS or ElastiCache in either spelling, bare or inside an EventBridge event."""
    detail = record.get("detail") if isinstance(record.get("detail"), dict) else record
    plain = {re.sub(r"[^a-z]", "", str(name).lower()): value for name, value in dict(detail or {}).items()}
    source, message = str(plain.get("sourceidentifier") or ""), str(plain.get("message") or "")
    if not source or not message:
        return None
    categories = plain.get("eventcategories") or []
    when = instant(plain.get("date")) or at
    subject = about.model_copy(update={"name": source})
    return ReportedRecord(subject, when, message, tuple(map(str, categories)) if isinstance(categories, list) else ())


def _failover(events: list[ReportedRecord]) -> Iterator[Observation]:
    """All that was told of a change to the standby, as one fact of each database."""
    for subject in dict.fromkeys(e.subject for e in events):
        mentions = [e for e in events if e.subject == subject and _is_failover(e)]
        if not mentions:
            continue
        after = [e for e in events if e.subject == subject and _since(e, mentions[0])]
        ends = [e for e in after if _OVER.search(e.message)]
        attributes: dict[str, Any] = {"message": excerpt(mentions[0].message)}
        if ends and ends[-1].at:
            attributes |= {"ended": rfc3339(ends[-1].at)}
        last = (ends or mentions)[-1]
        text = " ".join(dict.fromkeys([mentions[0].message, last.message]))
        yield Observation(
            code="database.failed_over",
            subject=subject,
            at=mentions[0].at,
            attributes=attributes,
            excerpt=excerpt(text),
        )


def _restarts(events: list[ReportedRecord]) -> Iterator[Observation]:
    """Times at which a database was shut down or restarted; within a failover this is no news of its own."""
    for subject in dict.fromkeys(e.subject for e in events):
        shutdowns = [e for e in events if e.subject == subject and _went_down(e)]
        if not shutdowns or any(e.subject == subject and _is_failover(e) for e in events):
            continue
        back = [e for e in events if e.subject == subject and _BACK.search(e.message) and _since(e, shutdowns[0])]
        attributes: dict[str, Any] = {"message": excerpt(shutdowns[0].message)}
        if back and back[-1].at:
            attributes |= {"ended": rfc3339(back[-1].at)}
        text = " ".join(dict.fromkeys([shutdowns[0].message, (back or shutdowns)[-1].message]))
        yield Observation(
            code="database.restarted", subject=subject, at=shutdowns[0].at, attributes=attributes, excerpt=excerpt(text)
        )


def _lagging(events: list[ReportedRecord]) -> Iterator[Observation]:
    """Replicas that events call behind, and that none after it calls in step."""
    newest: dict[Subject, ReportedRecord] = {}
    for event in events:
        if _LAGS.search(event.message):
            whose = _WHOSE.search(event.message)
            name = (whose["name"] or whose["named"]) if whose else event.subject.name
            subject = event.subject.model_copy(update={"name": name})
            if _IN_STEP.search(event.message):
                newest.pop(subject, None)
            else:
                newest.setdefault(subject, event)
    certain = {s: e for s, e in newest.items() if _WHOSE.search(e.message)} or newest
    for subject, event in certain.items():
        number = _SECONDS.search(event.message)
        attributes: dict[str, Any] = {"replica": subject.name, "told": "event"}
        attributes |= {"seconds": int(number["seconds"])} if number else {}
        yield Observation(
            code="database.replica_behind",
            subject=subject,
            at=event.at,
            attributes=attributes,
            excerpt=excerpt(event.message),
        )


def _went_down(event: ReportedRecord) -> bool:
    return bool(_DOWN.search(event.message)) and not _LATER.search(event.message)


def _is_failover(event: ReportedRecord) -> bool:
    return bool(_FAILOVER.search(event.message)) or "failover" in event.categories


def _since(event: ReportedRecord, first: ReportedRecord) -> bool:
    return event.at is not None and first.at is not None and event.at >= first.at


def _shortage(events: list[ReportedRecord]) -> Iterator[Observation]:
    """The newest word on each thing that is short."""
    newest: dict[tuple[Subject, str], ReportedRecord] = {}
    first: dict[tuple[Subject, str], ReportedRecord] = {}
    for event in events:
        if (of := _short(event)) is not None:
            key = (event.subject, of)
            if key not in newest or _SHARE.search(event.message) or not _SHARE.search(newest[key].message):
                newest[key] = event
            first.setdefault(key, event)
    for (subject, of), event in newest.items():
        number = _SHARE.search(event.message) or _LEFT.search(event.message)
        attributes = {"of": of, "metric": "event", **(number.groupdict() if number else {})}
        at = first[(subject, of)].at
        text = " ".join(dict.fromkeys([event.message, _last_of(events, subject, of)]))
        yield Observation(
            code="database.short_of", subject=subject, at=at, attributes=attributes, excerpt=excerpt(text)
        )


def _last_of(events: list[ReportedRecord], subject: Subject, of: str) -> str:
    return [e for e in events if e.subject == subject and _short(e) == of][-1].message


def _short(event: ReportedRecord) -> str | None:
    return next((of for of, pattern in _SHORT if pattern.search(event.message)), None)


def _rest(events: list[ReportedRecord]) -> Iterator[Observation]:
    for event in events:
        if _is_failover(event) or _short(event) or _went_down(event) or _LAGS.search(event.message):
            continue
        yield Observation(
            code="database.told",
            subject=event.subject,
            at=event.at,
            attributes={"category": ", ".join(event.categories), "message": excerpt(event.message)},
            excerpt=excerpt(event.message),
        )


def _health(record: Mapping[str, Any], about: Subject) -> Iterator[Observation]:
    """An issue that AWS tells of itself, of the zone that its text names or else of the region."""
    detail = record.get("detail") or {}
    if detail.get("eventTypeCategory") != "issue" or detail.get("statusCode") == "closed":
        return
    description = " ".join(str(d.get("latestDescription", "")) for d in detail.get("eventDescription") or [])
    region = str(detail.get("eventRegion") or record.get("region") or "")
    zone = _ZONE.search(str(detail.get("availabilityZone") or description))
    attributes = {
        "service": str(detail.get("service", "")),
        "zone": zone[1] if zone else "",
        "category": str(detail.get("eventTypeCode", "")),
        "message": excerpt(description),
    }
    place = Subject(scope=about.scope, kind="Zone" if zone else "Region", name=zone[1] if zone else region)
    yield Observation(
        code="cloud.trouble",
        subject=place,
        at=instant(detail.get("startTime")) or instant(record.get("time")),
        attributes=attributes,
        excerpt=excerpt(description or attributes["category"]),
    )
