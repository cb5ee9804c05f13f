"""What comes back from a server, as an answer of ours or as the error that it means."""

from __future__ import annotations

import inspect
from typing import Any, Final

from mcp_types import CallToolResult, TextContent, Tool
from pydantic import ValidationError

from mcp_servers.contract import refusals
from mcp_servers.contract.facts import Answer
from mcp_servers.contract.refusals import Refusal
from sre_agent.domain.action import Call
from sre_agent.errors import PermanentError, ToolsUnavailableError
from sre_agent.toolbox.session import Session

OfferedTool = dict[str, Any]  # in the form of OpenAI's functions, which every chat model's client understands
SURE: Final = ("refused", "not_found", "bad_request", "denied")  # what a server says before it has begun to write


class ToolRefusedError(PermanentError):
    """The server answered with an error, or is none that may be asked. `text` is for people, `refusal` for programs."""

    def __init__(self, text: str, refusal: Refusal) -> None:
        super().__init__(text)
        self.refusal = refusal


def answer_of(server: str, tool: str, result: CallToolResult) -> Answer:
    """Raises ToolRefusedError for an error of the server, ToolsUnavailableError for what is no Answer."""
    text = "\n".join(part.text for part in result.content if isinstance(part, TextContent))
    if result.is_error:
        message = text.removeprefix(f"Error executing tool {tool}: ")
        raise ToolRefusedError(message, refusals.of_content(result.structured_content) or refusals.of_text(message))
    try:
        return Answer.model_validate(result.structured_content)
    except ValidationError as problem:
        detail = f"{server} answered {tool} in a form that is not ours: {problem}"
        raise ToolsUnavailableError(detail, code="not_mcp") from problem


async def previewed(session: Session, tool: str, arguments: dict[str, Any], incident: str = "") -> Answer:
    """The answer to a dry run. What the server could not tell for a while raises ToolsUnavailableError."""
    name = session.address.name
    try:
        return answer_of(name, tool, await session.call(tool, arguments, incident=incident))
    except ToolRefusedError as problem:
        if not problem.refusal.is_transient:
            raise
        raise ToolsUnavailableError(str(problem), code=problem.refusal.code) from problem


def write_answer(call: Call, result: CallToolResult) -> Answer:
    """The answer to a write. An error that does not say for sure that nothing was done leaves it open."""
    try:
        return answer_of(call.server, call.tool, result)
    except ToolRefusedError as problem:
        if problem.refusal.kind in SURE:
            raise
        raise ToolsUnavailableError(f"Whether {call.tool} took effect is not known: {problem}") from problem


def with_count(refusal: Refusal, times: int) -> Refusal:
    """With how often it was asked in vain, where that was more than once."""
    wrong = refusal.wrong if times == 1 else f"{refusal.wrong} Asked {times} times."
    return refusal.model_copy(update={"wrong": wrong})


def offered_tool(tool: Tool) -> OfferedTool:
    """A tool as a chat model is offered it."""
    description = inspect.cleandoc(tool.description or "")
    schema = {"name": tool.name, "description": description, "parameters": tool.input_schema}
    return {"type": "function", "function": schema}
