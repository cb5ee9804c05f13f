"""Tools over running and past executions, and the reading of one that the writes share."""

from __future__ import annotations

from typing import Any, Literal

from mcp_servers.contract.facts import Answer, Coverage
from mcp_servers.serving.aws import AwsAccount, as_of, gap
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import table, within
from mcp_servers.serving.registry import read_tool
from mcp_servers.ssm import inputs
from mcp_servers.ssm.observe import executions as extract
from mcp_servers.ssm.runbooks.library import UNDO_TAG, load
from mcp_servers.ssm.runbooks.pages import page
from mcp_servers.ssm.runbooks.steps import known_values
from mcp_servers.ssm.runbooks.undo import undo

Status = Literal[
    "", "Pending", "InProgress", "Waiting", "Success", "TimedOut", "Cancelling", "Cancelled", "Failed",
    "PendingApproval", "Approved", "Rejected", "Scheduled", "RunbookInProgress", "PendingChangeCalendarOverride",
    "ChangeCalendarOverrideApproved", "ChangeCalendarOverrideRejected", "CompletedWithSuccess",
    "CompletedWithFailure", "Exited",
]  # fmt: skip

PAGES = 4  # of 50 steps
DISPLAY_LIMIT = 20  # observations of a listing


class Executions:
    def __init__(self, account: AwsAccount) -> None:
        self._account = account

    @read_tool("Get an execution")
    def get_automation(self, execution_id: inputs.ExecutionId) -> Answer:
        """One execution: its status, each step's status and outputs, what failed, what it waits for, how to undo it.

        `data.ended` says whether it is over. `data.undo` is the call that undoes it, once its outputs are known,
        where the document's tag `sre-agent:undo` names one.
        """
        account = self._account
        execution, as_of = read(account, execution_id)
        executed, step_coverage = _steps(account, execution)
        plain = extract.plain(execution)
        rows = [extract.step(s) for s in executed]
        page = within(rows, 10_000)
        waits = extract.waiting_step(executed)
        plain |= {"waiting_at": extract.step(waits)} if waits else {}
        undo_call, gaps = self._undo(execution, executed)
        return Answer(
            text=_text(plain, page, undo_call),
            as_of=as_of,
            data={**plain, "steps": page, "undo": undo_call},
            observations=[extract.observed(execution, account.scope)],
            coverage=[Coverage(looked_at=f"execution {execution_id}"), step_coverage, *gaps, *account.gaps()],
            left_out={"steps": len(rows) - len(page)} if len(rows) > len(page) else {},
        )

    @read_tool("List executions")
    def list_automations(
        self, document: inputs.DocumentPrefix = "", status: inputs.ExecutionStatus = "", cursor: inputs.Cursor = ""
    ) -> Answer:
        """List executions, newest first; `document` is a document name prefix, `status` as AWS spells it."""
        filters = [{"Key": "DocumentNamePrefix", "Values": [document]}] if document else []
        filters += [{"Key": "ExecutionStatus", "Values": [status]}] if status else []
        params: dict[str, Any] = {"Filters": filters} if filters else {}
        operation, key = "describe_automation_executions", "AutomationExecutionMetadataList"
        item_page = page(self._account, operation, key, cursor, **params)
        rows, more = item_page.page([extract.plain(e) for e in item_page.items])
        looked_at = f"executions of {document or 'any document'} {status}".strip()
        return Answer(
            text=f"{len(item_page.items)} executions.\n\n"
            + table(
                ["execution", "document", "status", "started"],
                [[r["execution_id"], r.get("document", ""), r["status"], r.get("started", "")] for r in rows],
            ),
            as_of=item_page.as_of,
            data={"executions": rows} | ({"cursor": more} if more else {}),
            observations=[extract.observed(e, self._account.scope) for e in item_page.items[:DISPLAY_LIMIT]],
            coverage=[
                item_page.coverage(looked_at, more, "Systems Manager keeps them for 30 days"),
                *self._account.gaps(),
            ],
            left_out={"executions": len(item_page.items) - len(rows)} if len(item_page.items) > len(rows) else {},
        )

    def _undo(
        self, execution: dict[str, Any], executed: list[dict[str, Any]]
    ) -> tuple[dict[str, Any] | None, list[Coverage]]:
        looked_at = f"undo of {execution.get('DocumentName', '')}"
        try:
            document = load(self._account, execution["DocumentName"], str(execution["DocumentVersion"]))
        except TeachingError as problem:
            return None, [gap(problem, looked_at)]
        values = known_values(document.content, execution.get("Parameters") or {})
        call, unknown = undo(document.tags.get(UNDO_TAG, ""), values, extract.outputs(execution, executed))
        detail = f"not known yet: {', '.join(unknown)}"
        return call, [Coverage(looked_at=looked_at, state="partial", detail=detail)] if unknown else []


def read(account: AwsAccount, execution_id: str) -> tuple[dict[str, Any], Any]:
    """The execution as AWS has it, and the service's clock. Raises TeachingError `not_found`."""
    request = f"execution {execution_id}"
    try:
        answer = account.ask("ssm", "get_automation_execution", request=request, AutomationExecutionId=execution_id)
    except TeachingError as problem:
        if problem.kind in ("not_found", "bad_request"):
            to_do = "list_automations lists the executions."
            raise TeachingError("not_found", request, "no such execution.", to_do) from problem
        raise
    return answer["AutomationExecution"], as_of(answer)


def _steps(account: AwsAccount, execution: dict[str, Any]) -> tuple[list[dict[str, Any]], Coverage]:
    """All steps; GetAutomationExecution cuts long lists itself."""
    name = execution["AutomationExecutionId"]
    looked_at = f"steps of execution {name}"
    executed = list(execution.get("StepExecutions") or [])
    if not execution.get("StepExecutionsTruncated"):
        return executed, Coverage(looked_at=looked_at)
    pages = account.pages(
        "ssm", "describe_automation_step_executions", limit=PAGES, AutomationExecutionId=name, MaxResults=50
    )
    try:
        every = [s for page in pages for s in page["StepExecutions"]]
    except TeachingError as problem:
        return executed, gap(problem, looked_at)
    return every, Coverage(looked_at=looked_at, state="truncated" if pages.cut else "complete")


def _text(plain: dict[str, Any], rows: list[dict[str, Any]], undo_call: dict[str, Any] | None) -> str:
    lines = [f"Execution {plain['execution_id']} of {plain.get('document', '')}: {plain['status']}."]
    if waits := plain.get("waiting_at"):
        lines.append(f"It is waiting at step {waits['name']} ({waits['action']}).")
    lines += [f"Failure: {plain['failure']}"] if "failure" in plain else []
    lines += [f"Undo: {undo_call['arguments']['document']} {undo_call['arguments']['parameters']}"] if undo_call else []
    steps = table(
        ["step", "action", "status", "failure"],
        [[r["name"], r["action"], r.get("status", ""), r.get("failure", "")] for r in rows],
    )
    return "\n".join(lines) + "\n\n" + steps
