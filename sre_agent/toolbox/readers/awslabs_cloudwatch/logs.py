"""Log queries as `execute_log_insights_query` answers them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.contract.refusals import Kind
from sre_agent.toolbox.readers import ForeignCall, ForeignFacts, UnreadableError

ROWS: Final = 50
ERRORS: Final = """filter @message like /(?i)(error|exception|fatal|panic|traceback)/
| stats count(*) as count, min(@timestamp) as first, max(@timestamp) as last by @message
| sort count desc | limit 20"""


def ask_query(arguments: dict[str, Any]) -> ForeignCall:
    limit = min(int(arguments.get("limit") or ROWS), ROWS)
    return _log_query(list(arguments["log_groups"]), arguments, str(arguments["query"]), limit)


def read_query(arguments: dict[str, Any], content: Any, scope: str) -> ForeignFacts:
    """Rows as they came; what they mean depends on the query, so nothing is observed."""
    rows = [{key: excerpt(str(value)) for key, value in row.items() if key != "@ptr"} for row in _rows(content)]
    groups = ", ".join(arguments["log_groups"])
    return ForeignFacts(
        text="\n".join([f"{len(rows)} rows of {groups}.", *(f"- {_line(row)}" for row in rows[:ROWS])]),
        looked_at=f"query over {groups}",
        lacking=f"at most {ROWS} rows",
        data={"rows": rows[:ROWS], "status": content["status"]},
        left_out={"rows": len(rows) - ROWS} if len(rows) > ROWS else {},
    )


def ask_errors(arguments: dict[str, Any]) -> ForeignCall:
    return _log_query([arguments["log_group"]], arguments, ERRORS, 20)


def read_errors(arguments: dict[str, Any], content: Any, scope: str) -> ForeignFacts:
    """Error lines that say the same to the letter, counted."""
    rows = _rows(content)
    group = Subject(scope=scope, kind="LogGroup", name=str(arguments["log_group"]))
    return ForeignFacts(
        text="\n".join(
            [
                f"{len(rows)} kinds of error lines in {group.name}.",
                *(f"- {row['count']} × {excerpt(str(row['@message']), 200)}" for row in rows),
            ]
        ),
        looked_at=f"error lines of {group.name}",
        lacking="lines that name an error, grouped only where they are equal",
        data={"errors": [{"message": excerpt(str(row["@message"])), "count": int(row["count"])} for row in rows]},
        observations=[_observation(row, group) for row in rows],
    )


def _log_query(groups: list[str], arguments: dict[str, Any], query: str, limit: int) -> ForeignCall:
    window = {"start_time": arguments["start"], "end_time": arguments["end"]}
    return ForeignCall(
        "execute_log_insights_query", {"log_group_names": groups, "query_string": query, "limit": limit, **window}
    )


def _rows(content: Any) -> list[dict[str, Any]]:
    """The rows of a query that came to its end; everything else is no answer, though the call went well."""
    if content["status"] != "Complete":
        message = excerpt(str(content.get("message") or "it did not finish in time"))
        kind: Kind = "denied" if "AccessDenied" in message else "unavailable"
        raise UnreadableError(kind, "log query", f"{content['status']}. {message}")
    return [dict(row) for row in content["results"]]


def _observation(row: dict[str, Any], group: Subject) -> Observation:
    message, first, last = excerpt(str(row["@message"])), _instant(row.get("first")), _instant(row.get("last"))
    attributes: dict[str, Any] = {"message": excerpt(message, 200), "count": int(row["count"])}
    if first and last:
        attributes |= {"first": _iso(first), "last": _iso(last)}
    return Observation(code="log.error", subject=group, at=first, attributes=attributes, excerpt=message)


def _line(row: dict[str, str]) -> str:
    return "  ".join(f"{key}={value}" for key, value in row.items())[:300]


def _instant(text: Any) -> datetime | None:
    """Insights writes times in UTC and without a zone, also as milliseconds since 1970 where they were computed."""
    if not text:
        return None
    if str(text).isdigit():
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    moment = datetime.fromisoformat(str(text))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
