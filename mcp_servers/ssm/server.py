"""The server: its tools, and the guard that checks its writes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from mcp_servers.contract.facts import Answer
from mcp_servers.serving.arguments import ServerOptions
from mcp_servers.serving.aws import AwsAccount, as_of, denied_time
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.registry import read_tools
from mcp_servers.serving.server import UNTRUSTED, ToolServer
from mcp_servers.ssm import inputs, tools, writes
from mcp_servers.ssm.runbooks.markdown_files import Folder, MarkdownFiles
from mcp_servers.ssm.tools.documents import Documents
from mcp_servers.ssm.writes.previews import Previews
from mcp_servers.writing.guard import Write, WriteGuard
from mcp_servers.writing.tools import bound, tool_of, write_classes
from mcp_servers.writing.used_permits import open_used_permits

NAME = "ssm"
INSTRUCTIONS = f"""Finds, reads and previews runbooks: SSM Automation documents of one AWS account and region, and
Markdown files. find_runbooks, then describe_runbook, then preview_automation. Starting one needs a permit for exactly
the call that its preview names. Also OpsItems, managed instances, Parameter Store without its secrets. {UNTRUSTED}"""

FIRST = (  # of the list; what is added follows
    "find_runbooks",
    "describe_runbook",
    "get_automation",
    "list_automations",
    "list_ops_items",
    "get_ops_item",
    "list_parameters",
    "get_parameter",
    "list_instances",
)

FIRST_WRITES = ("start_automation", "stop_automation", "send_automation_signal")


def build(account: AwsAccount, options: ServerOptions, folders: tuple[Folder, ...] = ()) -> ToolServer:
    """The server over one account and folders with Markdown runbooks; nothing is read before the first tool call."""
    server = ToolServer(NAME, INSTRUCTIONS, title="Systems Manager runbooks", writes=options.writes)
    server.probe = partial(account.ask, "sts", "get_caller_identity")
    files, classes = MarkdownFiles(folders), write_classes(writes, FIRST_WRITES)
    writing = GuardedWriteTools(account, options, classes)
    more = {Documents: (files,)}
    server.offer(read_tools(tools, FIRST), lambda owner: owner(account, *more.get(owner, ())))
    server.read(Previews(account).preview_automation, "Preview a runbook")
    server.read(writing.preview, "Preview a write", name="ssm_preview", once="preview")
    for write in classes:
        server.write(bound(tool_of(write), writing), write.title)
    return server


class GuardedWriteTools:
    """The guard that every write goes through: it decides what may run."""

    def __init__(self, account: AwsAccount, options: ServerOptions, writes: Sequence[type[Any]]) -> None:
        self._account, self._options, self._writes = account, options, tuple(writes)
        self._lock = threading.Lock()
        self._cached_guard: WriteGuard | None = None

    def preview(self, tool: inputs.PreviewedTool, arguments: inputs.PreviewedCall) -> Answer:
        """What a write tool would do with these arguments, without doing it.

        `data.arguments` is the call in the form that a permit has to be issued for and that the tool has to be given.
        """
        return self._guard().preview(tool, arguments)

    def execute(self, tool: str, arguments: dict[str, Any], token: str, /) -> Answer:
        return self._guard().execute(tool, arguments, token)

    def _guard(self) -> WriteGuard:
        """The guard is made at the first use: only then is the account known that permits have to name."""
        with self._lock:
            if self._cached_guard is None:
                options, account = self._options, self._account
                if options.writes and (why := account.why_unknown) is not None:
                    raise _unverified_account(why)
                self._cached_guard = WriteGuard(
                    audience=NAME,
                    scope=lambda: account.scope,
                    enabled=options.writes,
                    allowlist=options.allow,
                    keys=options.permit_keys,
                    used_permits=open_used_permits(options.used_permits) if options.used_permits else None,
                    now=self._now,
                    writes={write.tool: self._bind(write) for write in self._writes},
                )
            return self._cached_guard

    def _bind(self, write: Callable[..., Write]) -> Callable[..., Write]:
        return partial(write, self._account)

    def _now(self) -> datetime:
        """Systems Manager's clock, also out of a refusal."""
        try:
            return as_of(self._account.ask("ssm", "describe_automation_executions", MaxResults=1))
        except TeachingError as problem:
            time = denied_time(problem)
            if time is None:
                raise
            return time


def _unverified_account(why: TeachingError) -> TeachingError:
    """A refusal where the account may not be known; where only nobody could tell it now, that is no refusal."""
    wrong = f"the account could not be verified: {why}"
    if why.refusal.is_transient:
        return TeachingError("unavailable", "a write", wrong, "Retry in a moment.", code=why.refusal.code)
    return TeachingError("refused", "a write", wrong)
