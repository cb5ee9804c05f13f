"""The three writes, as the WriteDoor wants them: their target, their preview, their execution, their traces."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

from mcp_servers.contract.facts import Answer
from mcp_servers.contract.permits import Permit, Target
from mcp_servers.serving.aws import AwsAccount, as_of, not_sent
from mcp_servers.serving.errors import TeachingError
from mcp_servers.ssm import inputs
from mcp_servers.ssm.observe import executions as extract
from mcp_servers.ssm.runbooks import steps
from mcp_servers.ssm.runbooks.library import ALARM_TAG, RunbookDocument, load
from mcp_servers.ssm.runbooks.parameters import check, normal
from mcp_servers.ssm.tools.executions import read
from mcp_servers.ssm.writes.previews import lines_digest, planned, previewed
from mcp_servers.writing.guard import NotExecutedError

PERMIT_TAG: Final = "sre-agent-permit"
IN_DOUBT = "It is unknown whether the write happened. Call again with the same permit; a write is never repeated."


class StartAutomation:
    """Starts a document. `place` and the target's name are the document's name."""

    tool = "start_automation"
    title = "Start a runbook"

    def __init__(
        self,
        account: AwsAccount,
        document: inputs.Document,
        parameters: inputs.RunbookParameters = None,
        version: inputs.Version = "$DEFAULT",
    ) -> None:
        """Start a runbook; returns at once with `data.execution_id`, get_automation follows it.

        The permit covers the call in its normal form: every parameter a list of strings (a plain value becomes a list
        of one), `parameters` and `version` always present. preview_automation gives that form as `data.arguments`.
        """
        self._account, self._document, self._version = account, document, version
        self._parameters = normal(parameters)

    @staticmethod
    def normal(arguments: dict[str, Any]) -> dict[str, Any]:
        return {**arguments, "parameters": normal(arguments["parameters"])}

    @property
    def repeatable(self) -> bool:
        return False  # each permit is a client token of its own: another start would be another execution

    @property
    def place(self) -> str:
        return self._document

    def target(self) -> Target:
        return load(self._account, self._document, self._version, content=False).target

    def preview(self) -> Answer:
        return previewed(self._account, self._document, self._parameters, self._version)

    def diff_digest(self) -> str:
        document = load(self._account, self._document, self._version)
        return lines_digest(planned(steps.read(document.content, self._parameters), document))

    def execute(self, permit: Permit) -> Answer:
        version = permit.target.version.partition(":")[0]  # the one that was allowed, whatever is default by now
        try:
            document = load(self._account, self._document, version)
            if document.target.version != permit.target.version:
                raise NotExecutedError(f"{self._document} changed after the write was approved. Nothing was started.")
            check(document.content, self._parameters, f"start {self._document}") if document.content else None
        except TeachingError as problem:
            raise NotExecutedError(str(problem)) from problem
        try:
            answer = self._account.ask(
                "ssm",
                "start_automation_execution",
                request=f"start {self._document}",
                DocumentName=self._document,
                DocumentVersion=version,
                Parameters=self._parameters,
                ClientToken=permit.id,
                Mode="Auto",
                **stopping(document),
                Tags=[{"Key": PERMIT_TAG, "Value": permit.id}, {"Key": trace_key(permit), "Value": permit.incident}],
            )
        except TeachingError as problem:
            return self._resolve_doubt(problem, permit)
        execution = answer["AutomationExecutionId"]
        return Answer(
            text=f"Execution {execution} of {self._document} version {version} was started; get_automation follows it.",
            as_of=as_of(answer),
            data={"execution_id": execution, "document": self._document, "version": version},
        )

    def traces(self, permit: Permit) -> Answer | None:
        answer = self._account.ask(
            "ssm",
            "describe_automation_executions",
            Filters=[{"Key": "TagKey", "Values": [trace_key(permit)]}],
            MaxResults=1,
        )
        executions = answer["AutomationExecutionMetadataList"]
        if not executions:
            return None
        execution = executions[0]["AutomationExecutionId"]
        return Answer(
            text=f"Execution {execution} of {self._document} carries this permit: {extract.status(executions[0])}.",
            as_of=as_of(answer),
            data={"execution_id": execution, "document": self._document, "status": extract.status(executions[0])},
        )

    def _resolve_doubt(self, problem: TeachingError, permit: Permit) -> Answer:
        """The start failed: surely not done, or seen to be done after all, or in doubt (raised as it came)."""
        if not_sent(problem):
            raise NotExecutedError(str(problem)) from problem
        try:
            answer = self.traces(permit)
        except TeachingError:
            answer = None
        if answer is None:
            raise TeachingError("failed", f"start {self._document}", str(problem), IN_DOUBT) from problem
        return answer


class _OnExecution:
    """What stopping and signalling share: `place` is the document, the target is the execution."""

    verb = ""

    def __init__(self, account: AwsAccount, execution_id: str) -> None:
        self._account, self._id = account, execution_id

    @cached_property
    def _first_seen(self) -> dict[str, Any]:
        return read(self._account, self._id)[0]

    @property
    def repeatable(self) -> bool:
        return False  # each permit is a client token of its own: another start would be another execution

    @property
    def place(self) -> str:
        return str(self._first_seen["DocumentName"])

    def target(self) -> Target:
        return Target(
            subject=f"Automation/{self._id}", uid=self._id, version=self.version(read(self._account, self._id)[0])
        )

    def version(self, execution: dict[str, Any]) -> str:
        """What must still hold when it is done: that the execution is under way, or how it ended."""
        return extract.status(execution) if extract.has_ended(execution) else "under way"

    def diff_digest(self) -> str:
        """What is done is in the call, and to which stage of the execution is in the target: the steps that ended
        meanwhile make it no other write."""
        return lines_digest([self.verb])

    def _send(self, operation: str, **params: Any) -> Answer:
        request = f"{self.verb} execution {self._id}"
        try:
            answer = self._account.ask(
                "ssm", operation, request=request, attempts=1, AutomationExecutionId=self._id, **params
            )
        except TeachingError as problem:
            if not_sent(problem):
                raise NotExecutedError(str(problem)) from problem
            raise TeachingError("failed", request, str(problem), IN_DOUBT) from problem
        data = {"execution_id": self._id, "document": self.place}
        return Answer(text=f"Done: {request}. Follow it with get_automation.", as_of=as_of(answer), data=data)

    def _preview_answer(self, arguments: dict[str, Any], diff: list[str], blast_radius: str) -> Answer:
        execution, as_of = read(self._account, self._id)
        target = Target(subject=f"Automation/{self._id}", uid=self._id, version=self.version(execution))
        data = {
            "arguments": {"execution_id": self._id, **arguments},
            "diff": diff,
            "diff_digest": self.diff_digest(),
            "blast_radius": blast_radius,
            "mutating": True,
            "undo": None,
            "target": target.model_dump(),
        }
        return Answer(text="\n".join([blast_radius, *diff]), as_of=as_of, data=data)


class StopAutomation(_OnExecution):
    """Cancels an execution: the running step is interrupted, the ones after it are not run."""

    tool = "stop_automation"
    title = "Stop an execution"
    verb = "stop"

    def __init__(self, account: AwsAccount, execution_id: inputs.ExecutionId) -> None:
        """Cancel a running execution. What its finished steps did stays done."""
        super().__init__(account, execution_id)

    def preview(self) -> Answer:
        execution = self._first_seen
        rest = [
            s["StepName"] for s in execution.get("StepExecutions") or [] if s["StepStatus"] in ("Pending", "InProgress")
        ]
        blast_radius = f"Execution {self._id} of {self.place} is cancelled; the changes of its finished steps remain."
        if extract.has_ended(execution):
            blast_radius = f"Execution {self._id} of {self.place} has already ended; there is nothing to stop."
        diff = [f"- status {extract.status(execution)}", "+ status Cancelled", *(f"- step {name}" for name in rest)]
        return self._preview_answer({}, diff, blast_radius)

    def execute(self, permit: Permit) -> Answer:
        return self._send("stop_automation_execution", Type="Cancel")

    def traces(self, permit: Permit) -> Answer | None:
        execution, as_of = read(self._account, self._id)
        if extract.status(execution) not in ("Cancelling", "Cancelled"):
            return None
        data = {"execution_id": self._id, "document": self.place, "status": extract.status(execution)}
        return Answer(text=f"Execution {self._id} is {extract.status(execution)}.", as_of=as_of, data=data)


class SendSignal(_OnExecution):
    """Approves or rejects at a waiting step, or resumes a paused one."""

    tool = "send_automation_signal"
    title = "Signal an execution"
    verb = "signal"
    SIGNALS = ("Approve", "Reject", "Resume")

    def __init__(self, account: AwsAccount, execution_id: inputs.ExecutionId, signal: inputs.Signal) -> None:
        """Send Approve, Reject or Resume to the step at which an execution waits."""
        super().__init__(account, execution_id)
        if signal not in self.SIGNALS:
            supported_signals = f"Supported: {', '.join(self.SIGNALS)}."
            raise TeachingError("bad_request", f"signal {signal!r}", "is not a supported signal.", supported_signals)
        self._signal = signal

    def version(self, execution: dict[str, Any]) -> str:
        """The step that waits, this run of it: a signal is for that one only."""
        waits = extract.waiting_step(execution.get("StepExecutions") or [])
        if waits is None:
            return super().version(execution)
        return f"waiting at {waits['StepName']} ({waits['StepExecutionId']})"

    def preview(self) -> Answer:
        where = self.version(self._first_seen)
        blast_radius = f"{self._signal} was sent to execution {self._id} of {self.place}, which is {where}."
        return self._preview_answer({"signal": self._signal}, [f"+ {self._signal} ({where})"], blast_radius)

    def execute(self, permit: Permit) -> Answer:
        try:
            execution = read(self._account, self._id)[0]
        except TeachingError as problem:
            raise NotExecutedError(f"No signal was sent. {problem}") from problem
        waits = extract.waiting_step(execution.get("StepExecutions") or [])
        if waits is None:
            raise NotExecutedError(f"No signal was sent: execution {self._id} waits for none.")
        if self.version(execution) != permit.target.version:
            detail = f"{permit.target.version} was allowed, it is {self.version(execution)} now"
            raise NotExecutedError(f"No signal was sent: execution {self._id} has moved on ({detail}).")
        payload = {"StepExecutionId": [waits["StepExecutionId"]]} if self._signal == "Resume" else {}
        params: dict[str, Any] = {"Payload": payload} if payload else {}
        return self._send("send_automation_signal", SignalType=self._signal, **params)

    def traces(self, permit: Permit) -> Answer | None:
        return None  # a signal leaves no mark of who sent it


def stopping(document: RunbookDocument) -> dict[str, Any]:
    """The alarm that stops the execution, where the document names one; that it cannot be read stops it too."""
    alarm = document.tags.get(ALARM_TAG, "")
    return {"AlarmConfiguration": {"Alarms": [{"Name": alarm}], "IgnorePollAlarmFailure": False}} if alarm else {}


def trace_key(permit: Permit) -> str:
    """The tag by which an execution is found again: AWS filters executions by tag keys, not by values."""
    return f"{PERMIT_TAG}/{permit.id}"
