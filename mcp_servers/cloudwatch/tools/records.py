"""Tool `resource_records`: what AWS and a resource itself wrote about it into log groups."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Literal

from mcp_servers.cloudwatch import inputs
from mcp_servers.cloudwatch.observe import records as extract_records
from mcp_servers.cloudwatch.reads.insights import InsightsResult
from mcp_servers.cloudwatch.reads.log_groups import LogLookup, lines, look, quote
from mcp_servers.contract.bounds import excerpt, untrusted
from mcp_servers.contract.facts import Answer, Coverage, Subject
from mcp_servers.serving.aws import AwsAccount, as_of
from mcp_servers.serving.markdown import table
from mcp_servers.serving.registry import read_tool
from mcp_servers.serving.windows import rfc3339, window
from mcp_servers.signals.logs.signs import signs

EVENTS: Final = "/aws/events/"  # where rules of EventBridge may write
OWN: Final = ("/aws/rds/", "/aws/lambda/", "/aws/elasticache/", "/aws/docdb/", "/aws/msk/", "/aws/opensearch/")
FRAME: Final = "^(START|END|REPORT|INIT_START|EXTENSION) "  # what Lambda writes of every run
LATE: Final = timedelta(minutes=1)  # a record of what was until `end` is written a moment after it
PAGES: Final = 10
GROUPS: Final = 20
LINES: Final = 2_000
DISPLAY_LIMIT: Final = 20

Kind = Literal["Database", "Cache", "Queue", "Table", "Function", "Account"]


class ResourceRecords:
    def __init__(self, account: AwsAccount) -> None:
        self._account = account

    @read_tool("Records of a resource")
    def resource_records(
        self, kind: inputs.RecordedKind, name: inputs.ResourceName, start: inputs.Start = "-1h", end: inputs.End = "now"
    ) -> Answer:
        """Records about a resource: AWS events (failovers, storage, maintenance), what a database
        spends its time on, its own log (of a function without the frame of each run), issues that AWS Health tells.
        Read from log groups named after the resource and from those below /aws/events/.

        `kind` Account (with any `name`) reads the events of AWS itself only.
        """
        since, until = window(start, end, self._account.now)
        until += LATE
        subject = Subject(scope=self._account.scope, kind=kind, name=name)
        groups, events = self._groups(name if kind != "Account" else "")
        if not groups and not events:
            return self._nothing(subject)
        looks = [look(self._account, part, [(since, until)], 20.0, 10.0) for part in (groups, events) if part]
        results = [one.ask(_query(kind, name, one), LINES) for one in looks]
        record_lines = [line for result in results for line in lines(result.rows)]
        observations, relations = extract_records.observe(record_lines, subject)
        plain = [line for line in record_lines if not extract_records.is_record(line[1])]
        observations += [x for x in signs(plain, subject) if x.code != "log.no_errors"][:10] if plain else []
        rows = [
            [rfc3339(at) if at else "", untrusted(excerpt(text, 300))] for at, text in record_lines[-DISPLAY_LIMIT:]
        ]
        return Answer(
            text=f"{len(record_lines)} records of {subject.short}.\n\n"
            + (table(["at", "record"], rows, 310) if rows else ""),
            as_of=max(result.as_of for result in results),
            data={"log_groups": [*groups, *events], "records": len(record_lines)},
            observations=observations,
            relations=relations,
            coverage=[_coverage(one, r, subject) for one, r in zip(looks, results, strict=True)],
            left_out={"records": len(record_lines) - DISPLAY_LIMIT} if len(record_lines) > DISPLAY_LIMIT else {},
        )

    def _groups(self, name: str) -> tuple[list[str], list[str]]:
        """Log groups of the resource itself, and those that hold events of everything."""
        pages = self._account.pages(
            "logs", "describe_log_groups", limit=PAGES, mark="nextToken", logGroupNamePrefix="/aws/"
        )
        every = [group["logGroupName"] for page in pages for group in page["logGroups"]]
        own = [group for group in every if name and group.startswith(OWN) and name in group.split("/")]
        return own[:GROUPS], [group for group in every if group.startswith(EVENTS)][:GROUPS]

    def _nothing(self, subject: Subject) -> Answer:
        answer = self._account.ask("logs", "describe_log_groups", limit=1)
        detail = f"no log group of {subject.name}, and none below {EVENTS}: no rule delivers events there"
        return Answer(
            text=f"{subject.short}: {detail}.",
            as_of=as_of(answer),
            data={"log_groups": [], "records": 0},
            coverage=[Coverage(looked_at=f"records of {subject.short}", detail=detail)],
        )


def _query(kind: Kind, name: str, one: LogLookup) -> str:
    filter_ = ""
    if one.groups[0].startswith(EVENTS):
        filter_ = f" | filter @message like /{quote(name)}|aws.health/"
    elif kind == "Function":
        filter_ = f" | filter @message not like /{FRAME}/"
    return f"fields @timestamp, @message{filter_} | sort @timestamp asc"


def _coverage(one: LogLookup, result: InsightsResult, subject: Subject) -> Coverage:
    return one.coverage(f"records of {subject.short} in {one.name}", result, LINES)
