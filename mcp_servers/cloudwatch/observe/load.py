"""What a database's load consists of, out of Performance Insights: the statement behind most of it, and what the
sessions wait for where the load has grown by waiting. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from statistics import median
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.serving.markdown import number
from mcp_servers.signals.series.level_facts import rounded

STATEMENT: Final = 160
GROWN: Final = 3.0  # times the load that it was
SESSIONS: Final = 4.0  # of average active sessions, below which nobody waits for long
MOST: Final = 0.5  # of the load, from which a wait is what holds it up
_HELD_UP: Final = (  # the waits of PostgreSQL, then those of MySQL
    ("locks", re.compile(r"^lock:|^wait/lock/|innodb/?.*row_?lock|^wait/synch/.*(?:lock|mutex)", re.I)),
    ("io", re.compile(r"^io:|^wait/io/(?!socket)", re.I)),
)

Look = tuple[Mapping[str, Any], datetime | None]


def observe(looks: Iterable[Look], about: Subject) -> list[Observation]:
    """Of several looks at a database's load the last one."""
    newest: dict[Subject, list[Observation]] = {}
    for record, at in looks:
        if observations := list(_one(record, at, about)):
            newest[observations[0].subject] = observations
    return [x for latest in newest.values() for x in latest]


def is_look(record: Mapping[str, Any]) -> bool:
    return bool(_sql(record) or record.get("MetricList"))


def _one(record: Mapping[str, Any], at: datetime | None, about: Subject) -> Iterator[Observation]:
    """The statement that most of the load is, with what it waits for and who runs it; what holds up the sessions."""
    rows = _sql(record) or _dimensions(record)
    if not rows:
        return
    top = max(rows, key=lambda row: _number(row.get("db_load_avg")))
    whole = sum(_number(row.get("db_load_avg")) for row in rows) or 1.0
    waits = _dicts(top.get("wait_events")) or _dicts(record.get("top_wait_events"))
    wait = max(waits, key=lambda w: _number(w.get("db_load_avg")), default={})
    user = max(_dicts(record.get("top_users")), key=lambda u: _number(u.get("db_load_avg")), default={})
    subject = about.model_copy(update={"name": str(record.get("db_instance_identifier") or about.name)})
    values = [_number(v) for v in (record.get("db_load") or {}).get("values") or []]
    statement = excerpt(str(top.get("statement", "")), STATEMENT)
    when = instant(record.get("end_time")) or at
    attributes: dict[str, Any] = {
        "statement": statement,
        "user": str(user.get("name", "")),
        "wait": str(wait.get("name", "")),
        "share": round(100 * _number(top.get("db_load_avg")) / whole),
    }
    attributes |= {"load": max(values)} if values else {}
    yield Observation(code="database.busy_with", subject=subject, at=when, attributes=attributes, excerpt=statement)
    yield from _held_up(subject, _dicts(record.get("top_wait_events")) or waits, values, when)


def _held_up(
    subject: Subject, waits: list[dict[str, Any]], values: list[float], at: datetime | None
) -> Iterator[Observation]:
    """What most sessions wait for, where far more of them are active than before."""
    if len(values) < 3:
        return
    before, now = median(values[: max(1, len(values) // 3)]), median(values[-3:])
    whole = sum(_number(w.get("db_load_avg")) for w in waits)
    if now < max(SESSIONS, GROWN * before) or not whole:
        return
    for of, pattern in _HELD_UP:
        matching_waits = [w for w in waits if pattern.search(str(w.get("name", "")))]
        share = sum(_number(w.get("db_load_avg")) for w in matching_waits) / whole
        if share >= MOST:
            longest = max(matching_waits, key=lambda w: _number(w.get("db_load_avg")))
            text = f"{number(now)} active sessions, {number(before)} before; {round(100 * share)} % of them wait for "
            attributes = {"of": of, "metric": "db.load", "value": rounded(now), "before": rounded(before)}
            yield Observation(
                code="database.short_of",
                subject=subject,
                at=at,
                attributes=attributes,
                excerpt=excerpt(text + str(longest["name"])),
            )


def _sql(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    return _dicts(record.get("top_sql"))


def _dicts(rows: Any) -> list[dict[str, Any]]:
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _dimensions(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows out of `GetResourceMetrics`: db.load by statement."""
    rows = []
    for metric in record.get("MetricList") or []:
        key = metric.get("Key") or {}
        dims = key.get("Dimensions") or {}
        statement = dims.get("db.sql.statement") or dims.get("db.sql_tokenized.statement")
        values = [_number(p.get("Value")) for p in metric.get("DataPoints") or []]
        if statement and values:
            wait = {"name": dims.get("db.wait_event.name", ""), "db_load_avg": 1.0}
            rows.append({"statement": statement, "db_load_avg": sum(values) / len(values), "wait_events": [wait]})
    return rows


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def instant(value: Any) -> datetime | None:
    """A time as records write it, in UTC where they say no zone; None for what is none."""
    try:
        when = datetime.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
    return when if when is None or when.tzinfo else when.replace(tzinfo=UTC)
