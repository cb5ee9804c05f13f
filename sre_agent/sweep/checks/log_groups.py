"""Log groups without retention: they keep their logs for ever, and so does the bill."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.sweep.checks.contract import CheckOutcome, SweepCheck, SweepScope, outcome
from sre_agent.sweep.checks.risks import together

NAME: Final = "log_groups"
PAGES: Final = 10  # of one list


async def _run(scope: SweepScope) -> CheckOutcome:
    cursor, calls, groups = "", [], list[Subject]()
    for _ in range(PAGES):
        call = await scope.ask("cloudwatch", "list_log_groups", {"cursor": cursor} if cursor else {})
        calls.append(call)
        data = call.answer.data if call.answer is not None else {}
        rows = [row for row in data.get("log_groups", []) if not isinstance(row.get("days"), int)]
        groups += [Subject(scope="aws", kind="LogGroup", name=str(row["name"])) for row in rows]
        if not (cursor := str(data.get("cursor", ""))):
            break
    what = f"{len(groups)} log groups keep their logs for ever"
    return outcome(together(NAME, "SEV4", groups, "without retention", what, calls[0]), calls)


CHECK: Final = SweepCheck(
    name=NAME,
    title="log groups without retention",
    permission="logs:DescribeLogGroups",
    run=_run,
    of_cluster=True,
)
