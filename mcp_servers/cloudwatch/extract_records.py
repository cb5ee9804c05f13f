"""What AWS itself writes of a resource: events of RDS, what a database's load consists of, events of AWS Health. Pure.

Read are the forms of `DescribeEvents`, of EventBridge, of Performance Insights (`GetResourceMetrics`, and summaries
with `top_sql`) and of AWS Health, as rules and shippers put them into log groups.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Relation, Subject
from mcp_servers.kit.windows import rfc3339

_FAILOVER: Final = re.compile(r"fail(?:ed)?[ -]?over", re.I)
_OVER: Final = re.compile(r"complet|now running on|is available|finished", re.I)
_SHORT: Final = (
    ("connections", re.compile(r"max_connections|connection slots|too many connections|connection limit", re.I)),
    ("storage", re.compile(r"storage (?:space )?is (?:getting |critically )?low|out of storage|insufficient storage"
                           r"|storage[- ]full|free storage (?:space|capacity).{0,30}(?:low|remaining)", re.I)),
    ("memory", re.compile(r"out of memory|low (?:free|on) memory", re.I)),
)  # fmt: skip
_SHARE: Final = re.compile(r"(?P<value>\d+) (?:of|/) (?P<limit>\d+)")
_LEFT: Final = re.compile(r"(?P<value>[\d.]+ ?[KMGT]i?B)\b", re.I)
_REPLICA: Final = re.compile(r"\b(?:replica|replication)\b", re.I)
_ZONE: Final = re.compile(r"\b([a-z]{2}(?:-[a-z]+)+-\d[a-z]|[a-z]{3}\d-az\d)\b")
KINDS: Final = {"db-instance": "Database", "db-cluster": "Database", "db_instance": "Database", "cluster": "Database"}
STATEMENT: Final = 160


@dataclass(frozen=True)
class Told:
    """One record: of whom, when, what. `categories` are those that AWS gives it."""

    subject: Subject
    at: datetime | None
    message: str
    categories: tuple[str, ...]


def observe(lines: Iterable[tuple[datetime | None, str]], about: Subject) -> tuple[list[Observation], list[Relation]]:
    """Facts on `about` and on what its records name beside it, and who depends on whom by them."""
    events: list[Told] = []
    found: list[Observation] = []
    for at, line in lines:
        record = _record(line)
        if not record:
            continue
        if (event := _event(record, at, about)) is not None:
            events.append(event)
        elif str(record.get("source")) == "aws.health":
            found += _health(record, about)
        else:
            found += _load(record, at, about)
    others = {e.subject for e in events if e.subject != about and _REPLICA.search(e.message)}
    relations = [Relation(kind="calls", source=other, target=about) for other in sorted(others, key=str)]
    return [*_failover(events), *_shortage(events), *_rest(events), *_newest_load(found)], relations


def is_record(line: str) -> bool:
    """Whether a line is such a record and no log line of a program."""
    record = _record(line)
    about = Subject(scope="", kind="Database", name="")
    known = record.get("source") == "aws.health" or _sql(record) or record.get("MetricList")
    return bool(record) and (_event(record, None, about) is not None or bool(known))


def _record(line: str) -> dict[str, Any]:
    try:
        record = json.loads(line) if line.lstrip().startswith("{") else {}
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def _event(record: Mapping[str, Any], at: datetime | None, about: Subject) -> Told | None:
    """An event of RDS or ElastiCache in either spelling, bare or inside an EventBridge event."""
    detail = record.get("detail") if isinstance(record.get("detail"), dict) else record
    plain = {re.sub(r"[^a-z]", "", str(name).lower()): value for name, value in dict(detail or {}).items()}
    source, message = str(plain.get("sourceidentifier") or ""), str(plain.get("message") or "")
    if not source or not message:
        return None
    categories = plain.get("eventcategories") or []
    when = _instant(plain.get("date")) or at
    subject = about.model_copy(update={"name": source})
    return Told(subject, when, message, tuple(map(str, categories)) if isinstance(categories, list) else ())


def _failover(events: list[Told]) -> Iterator[Observation]:
    """All that was told of a change to the standby, as one fact of each database."""
    for subject in dict.fromkeys(e.subject for e in events):
        told = [
            e for e in events if e.subject == subject and (_FAILOVER.search(e.message) or "failover" in e.categories)
        ]
        if not told:
            continue
        after = [e for e in events if e.subject == subject and e.at and told[0].at and e.at >= told[0].at]
        ended = [e for e in after if _OVER.search(e.message)]
        attributes: dict[str, Any] = {"message": excerpt(told[0].message)}
        if ended and ended[-1].at:
            attributes |= {"ended": rfc3339(ended[-1].at)}
        last = (ended or told)[-1]
        said = " ".join(dict.fromkeys([told[0].message, last.message]))
        yield Observation(
            code="database.failed_over", subject=subject, at=told[0].at, attributes=attributes, excerpt=excerpt(said)
        )


def _shortage(events: list[Told]) -> Iterator[Observation]:
    """The newest word on each thing that is short."""
    newest: dict[tuple[Subject, str], Told] = {}
    first: dict[tuple[Subject, str], Told] = {}
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
        said = " ".join(dict.fromkeys([event.message, _last_of(events, subject, of)]))
        yield Observation(
            code="database.short_of", subject=subject, at=at, attributes=attributes, excerpt=excerpt(said)
        )


def _last_of(events: list[Told], subject: Subject, of: str) -> str:
    return [e for e in events if e.subject == subject and _short(e) == of][-1].message


def _short(event: Told) -> str | None:
    return next((of for of, pattern in _SHORT if pattern.search(event.message)), None)


def _rest(events: list[Told]) -> Iterator[Observation]:
    for event in events:
        if _FAILOVER.search(event.message) or "failover" in event.categories or _short(event):
            continue
        yield Observation(
            code="database.told",
            subject=event.subject,
            at=event.at,
            attributes={"category": ", ".join(event.categories), "message": excerpt(event.message)},
            excerpt=excerpt(event.message),
        )


def _sql(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = record.get("top_sql")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _load(record: Mapping[str, Any], at: datetime | None, about: Subject) -> Iterator[Observation]:
    """The statement that most of the load is, with what it waits for and who runs it."""
    rows = _sql(record) or _dimensions(record)
    if not rows:
        return
    top = max(rows, key=lambda row: _number(row.get("db_load_avg")))
    whole = sum(_number(row.get("db_load_avg")) for row in rows) or 1.0
    waits = [w for w in top.get("wait_events") or record.get("top_wait_events") or [] if isinstance(w, dict)]
    users = [u for u in record.get("top_users") or [] if isinstance(u, dict)]
    wait = max(waits, key=lambda w: _number(w.get("db_load_avg")), default={})
    user = max(users, key=lambda u: _number(u.get("db_load_avg")), default={})
    name = str(record.get("db_instance_identifier") or about.name)
    values = [_number(v) for v in (record.get("db_load") or {}).get("values") or []]
    statement = excerpt(str(top.get("statement", "")), STATEMENT)
    attributes: dict[str, Any] = {
        "statement": statement,
        "user": str(user.get("name", "")),
        "wait": str(wait.get("name", "")),
        "share": round(100 * _number(top.get("db_load_avg")) / whole),
    }
    attributes |= {"load": max(values)} if values else {}
    yield Observation(
        code="database.busy_with",
        subject=about.model_copy(update={"name": name}),
        at=_instant(record.get("end_time")) or at,
        attributes=attributes,
        excerpt=statement,
    )


def _dimensions(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows out of `GetResourceMetrics`: db.load by statement."""
    found = []
    for metric in record.get("MetricList") or []:
        key = metric.get("Key") or {}
        dims = key.get("Dimensions") or {}
        statement = dims.get("db.sql.statement") or dims.get("db.sql_tokenized.statement")
        values = [_number(p.get("Value")) for p in metric.get("DataPoints") or []]
        if statement and values:
            wait = {"name": dims.get("db.wait_event.name", ""), "db_load_avg": 1.0}
            found.append({"statement": statement, "db_load_avg": sum(values) / len(values), "wait_events": [wait]})
    return found


def _newest_load(found: list[Observation]) -> list[Observation]:
    """Of several looks at a database's load the last one; everything else as it is."""
    newest: dict[Subject, Observation] = {x.subject: x for x in found if x.code == "database.busy_with"}
    return [x for x in found if x.code != "database.busy_with" or newest[x.subject] is x]


def _health(record: Mapping[str, Any], about: Subject) -> Iterator[Observation]:
    """An issue that AWS tells of itself, of the zone that its text names or else of the region."""
    detail = record.get("detail") or {}
    if detail.get("eventTypeCategory") != "issue" or detail.get("statusCode") == "closed":
        return
    told = " ".join(str(d.get("latestDescription", "")) for d in detail.get("eventDescription") or [])
    region = str(detail.get("eventRegion") or record.get("region") or "")
    zone = _ZONE.search(str(detail.get("availabilityZone") or told))
    attributes = {
        "service": str(detail.get("service", "")),
        "zone": zone[1] if zone else "",
        "category": str(detail.get("eventTypeCode", "")),
        "message": excerpt(told),
    }
    place = Subject(scope=about.scope, kind="Zone" if zone else "Region", name=zone[1] if zone else region)
    yield Observation(
        code="cloud.trouble",
        subject=place,
        at=_instant(detail.get("startTime")) or _instant(record.get("time")),
        attributes=attributes,
        excerpt=excerpt(told or attributes["category"]),
    )


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _instant(value: Any) -> datetime | None:
    try:
        when = datetime.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
    return when if when is None or when.tzinfo else when.replace(tzinfo=UTC)
