"""The server: its tools, and the door through which its writes go."""

from __future__ import annotations

import threading
from datetime import datetime
from functools import partial

from mcp_servers.contract.facts import Answer
from mcp_servers.serving.arguments import Options
from mcp_servers.serving.aws import Account, as_of, denied_time
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.server import UNTRUSTED, ToolServer
from mcp_servers.ssm import inputs
from mcp_servers.ssm.runbooks.markdown_files import Folder, MarkdownFiles
from mcp_servers.ssm.runbooks.parameters import normal
from mcp_servers.ssm.tools.documents import Documents
from mcp_servers.ssm.tools.executions import Executions
from mcp_servers.ssm.tools.instances import Instances
from mcp_servers.ssm.tools.ops_items import OpsItems
from mcp_servers.ssm.tools.parameter_store import ParameterStore
from mcp_servers.ssm.writes.automations import SendSignal, StartAutomation, StopAutomation
from mcp_servers.ssm.writes.previews import Previews
from mcp_servers.writing.guard import WriteDoor
from mcp_servers.writing.used_permits import UsedPermits

NAME = "ssm"
INSTRUCTIONS = f"""Finds, reads and previews runbooks: SSM Automation documents of one AWS account and region, and
Markdown files. find_runbooks, then describe_runbook, then preview_automation. Starting one needs a permit over exactly
the call that its preview names. Also OpsItems, managed instances, Parameter Store without its secrets. {UNTRUSTED}"""


def build(account: Account, options: Options, folders: tuple[Folder, ...] = ()) -> ToolServer:
    """The server over one account and folders with Markdown runbooks; nothing is read before the first tool call."""
    server = ToolServer(NAME, INSTRUCTIONS, title="Systems Manager runbooks", writes=options.writes)
    documents, executions = Documents(account, MarkdownFiles(folders)), Executions(account)
    ops_items, store = OpsItems(account), ParameterStore(account)
    writing = Writing(account, options)
    server.read(documents.find_runbooks, "Find runbooks")
    server.read(documents.describe_runbook, "Describe a runbook")
    server.read(executions.get_automation, "Get an execution")
    server.read(executions.list_automations, "List executions")
    server.read(ops_items.list_ops_items, "List OpsItems")
    server.read(ops_items.get_ops_item, "Get an OpsItem")
    server.read(store.list_parameters, "List parameters")
    server.read(store.get_parameter, "Get a parameter")
    server.read(Instances(account).list_instances, "List managed instances")
    server.read(Previews(account).preview_automation, "Preview a runbook")
    server.read(writing.preview, "Preview a write", name="ssm_preview", once="preview")
    server.write(writing.start_automation, "Start a runbook")
    server.write(writing.stop_automation, "Stop an execution")
    server.write(writing.send_automation_signal, "Signal an execution")
    return server


class Writing:
    """The write tools. Each says what it was asked to the door, which decides."""

    def __init__(self, account: Account, options: Options) -> None:
        self._account, self._options = account, options
        self._lock = threading.Lock()
        self._opened: WriteDoor | None = None

    def preview(self, tool: inputs.PreviewedTool, arguments: inputs.PreviewedCall) -> Answer:
        """What a write tool would do with these arguments, without doing it.

        `data.arguments` is the call in the form that a permit has to be minted for and that the tool has to be given.
        """
        return self._door().preview(tool, arguments)

    def start_automation(
        self,
        document: inputs.Document,
        parameters: inputs.RunbookParameters = None,
        version: inputs.Version = "$DEFAULT",
        permit: inputs.Permit = "",
    ) -> Answer:
        """Start a runbook; returns at once with `data.execution_id`, get_automation follows it.

        The permit covers the call in its normal form: every parameter a list of strings (a plain value becomes a list
        of one), `parameters` and `version` always present. preview_automation gives that form as `data.arguments`.
        """
        arguments = {"document": document, "parameters": normal(parameters), "version": version}
        return self._door().execute("start_automation", arguments, permit)

    def stop_automation(self, execution_id: inputs.ExecutionId, permit: inputs.Permit = "") -> Answer:
        """Cancel a running execution. What its finished steps did stays done."""
        return self._door().execute("stop_automation", {"execution_id": execution_id}, permit)

    def send_automation_signal(
        self, execution_id: inputs.ExecutionId, signal: inputs.Signal, permit: inputs.Permit = ""
    ) -> Answer:
        """Send Approve, Reject or Resume to the step at which an execution waits."""
        arguments = {"execution_id": execution_id, "signal": signal}
        return self._door().execute("send_automation_signal", arguments, permit)

    def _door(self) -> WriteDoor:
        """The door is opened at the first use: only then is the account known that permits have to name."""
        with self._lock:
            if self._opened is None:
                options, account = self._options, self._account
                if options.writes and not account.known:
                    detail = account.gaps()[0].detail
                    raise TeachingError("refused", "a write", f"the account could not be verified: {detail}")
                self._opened = WriteDoor(
                    audience=NAME,
                    scope=lambda: account.scope,
                    enabled=options.writes,
                    allowed=options.allow,
                    key=options.permit_key,
                    used=UsedPermits(options.used_permits) if options.used_permits else None,
                    now=self._now,
                    writes={
                        "start_automation": partial(StartAutomation, account),
                        "stop_automation": partial(StopAutomation, account),
                        "send_automation_signal": partial(SendSignal, account),
                    },
                )
            return self._opened

    def _now(self) -> datetime:
        """Systems Manager's clock, also out of a refusal."""
        try:
            return as_of(self._account.ask("ssm", "describe_automation_executions", MaxResults=1))
        except TeachingError as problem:
            told = denied_time(problem)
            if told is None:
                raise
            return told
