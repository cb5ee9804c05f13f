"""The SDK's server, made strict: an argument that a tool does not take is refused, and an error is short and redacted.

Left alone the SDK drops unknown arguments, so that a misspelt filter silently asks for everything, and gives back in
an error whatever it was given. A tool may be withheld, which is to say not there at all, and had another name once.
"""

from __future__ import annotations

from typing import Any, Final

from mcp.server import MCPServer
from mcp.server.context import ServerRequestContext
from mcp.server.mcpserver.context import Context
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.server.mcpserver.tools import Tool
from mcp_types import CallToolRequestParams, CallToolResult, InputRequiredResult, TextContent
from pydantic import ValidationError

from mcp_servers.contract import refusals, request_spans
from mcp_servers.contract.bounds import ARGUMENT_CHARACTERS, ERROR_CHARACTERS, bounded, excerpt, longest
from mcp_servers.contract.refusals import Refusal
from mcp_servers.redaction import redacted, redacted_value
from mcp_servers.serving import on_behalf, pipes, progress, request_tracing
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.near_names import near

COMPLAINTS: Final = 4  # of one call that are told
WORD: Final = 60  # characters of an argument's name that are given back


class StrictServer(MCPServer[Any]):
    """An MCPServer whose errors teach, also those about arguments."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._withheld: dict[str, TeachingError] = {}
        self._once: dict[str, str] = {}

    def close_schema(self, name: str, result: dict[str, Any]) -> None:
        """Let the schema of a tool say that it takes nothing else and, shortly, what its `result` is."""
        tool = self._tool_manager.get_tool(name)
        assert tool is not None
        tool.parameters = _without_titles(tool.parameters) | {"additionalProperties": False}
        tool.fn_metadata.output_schema = result

    def withhold(self, name: str, why: TeachingError) -> None:
        """There is no such tool here; a call of it is told `why`."""
        self._withheld[name] = why

    def rename(self, once: str, name: str) -> None:
        """Let a call of `once` be one of the tool `name`; the former name is not listed."""
        self._once[once] = name

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """As the SDK's; an error is a result of at most ERROR_CHARACTERS, redacted, that carries its Refusal.

        Raises UnexpectedToolError for a fault of the tool's own, which the SDK logs.
        """
        name = self._once.get(name, name)
        tool = self._tool_manager.get_tool(name)
        try:
            if name in self._withheld:
                raise _tool_error(self._withheld[name], name)
            if tool is None:
                raise self._unknown(name)
            if unknown := [one for one in arguments if one not in tool.parameters["properties"]]:
                raise _tool_error(_untaken(tool, unknown), name)
            if long := [one for one, value in arguments.items() if longest(value) > ARGUMENT_CHARACTERS]:
                raise _tool_error(_too_long(tool, long[0], longest(arguments[long[0]])), name)
            with progress.told_by(_progress(context)):
                return await super().call_tool(name, arguments, context)
        except UnexpectedToolError:
            raise
        except ToolError as problem:
            if tool is not None and isinstance(problem.__cause__, ValidationError):
                problem = _tool_error(_misfit(tool, problem.__cause__), name)
            return _error(str(problem), _refusal(problem))

    async def run_stdio_async(self) -> None:
        """As the SDK's, but without its threads where a client started this process with pipes."""
        if not pipes.are_available():
            await super().run_stdio_async()
            return
        with pipes.client_streams() as (reader, writer):
            server = self._lowlevel_server
            await server.run(reader, writer, server.create_initialization_options())

    async def _handle_call_tool(
        self, ctx: ServerRequestContext[Any], params: CallToolRequestParams
    ) -> CallToolResult | InputRequiredResult:
        """Also what the SDK makes of a tool's fault leaves with a type: `failed`, and nothing of the fault itself."""
        with request_tracing.recorded() as recording, on_behalf.of_call(params.meta):
            result = await self._typed_result(ctx, params)
        if recording is not None and recording.spans and isinstance(result, CallToolResult):
            result.meta = {**(result.meta or {}), request_spans.KEY: recording.spans}
        return result

    async def _typed_result(
        self, ctx: ServerRequestContext[Any], params: CallToolRequestParams
    ) -> CallToolResult | InputRequiredResult:
        result = await super()._handle_call_tool(ctx, params)
        if not isinstance(result, CallToolResult) or not result.is_error or result.structured_content is not None:
            return result
        text = " ".join(part.text for part in result.content if isinstance(part, TextContent))
        return _error(text, Refusal(kind="failed", asked=params.name[:WORD], wrong="the tool itself failed."))

    def _unknown(self, name: str) -> ToolError:
        there = [tool.name for tool in self._tool_manager.list_tools()]
        suggestions = ", ".join(near(name[:WORD], there))
        short_name = excerpt(name, WORD)
        unknown = ToolError(f"Unknown tool: {short_name}" + (f". Similar names: {suggestions}." if suggestions else ""))
        to_do = f"Similar names: {suggestions}." if suggestions else ""
        unknown.__cause__ = TeachingError("bad_request", short_name, "no such tool.", to_do, code="not_offered")
        return unknown


def _refusal(problem: ToolError) -> Refusal:
    cause = problem.__cause__
    return cause.refusal if isinstance(cause, TeachingError) else Refusal(kind="failed", wrong=str(problem))


def _error(message: str, refusal: Refusal) -> CallToolResult:
    """An error whose text is for people and whose structured content is for programs."""
    text = bounded(redacted(message), ERROR_CHARACTERS)[0]
    structure = redacted_value(refusals.content(refusal))
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=structure, is_error=True)


def _without_titles(schema: dict[str, Any]) -> dict[str, Any]:
    """Without the titles that pydantic makes of names: they say nothing that the name does not."""
    properties = {
        name: {key: value for key, value in one.items() if key != "title"}
        for name, one in schema.get("properties", {}).items()
    }
    return {key: value for key, value in schema.items() if key != "title"} | {"properties": properties}


def _progress(context: Context[Any, Any] | None) -> progress.Tell | None:
    """How the client of this request is told of progress; a client that did not ask is told nothing by the SDK."""
    if context is None:
        return None

    async def tell(seconds: float, message: str) -> None:
        await context.report_progress(seconds, None, message)

    return tell


def _tool_error(problem: TeachingError, tool: str) -> ToolError:
    error = ToolError(f"Error executing tool {tool}: {problem}")
    error.__cause__ = problem
    return error


def _untaken(tool: Tool, unknown: list[str]) -> TeachingError:
    names = ", ".join(excerpt(one, WORD) for one in unknown[:COMPLAINTS])
    suggestions = near(unknown[0][:WORD], tool.parameters["properties"], limit=1)
    perhaps = f"Did you mean {suggestions[0]}? " if suggestions else ""
    return TeachingError("bad_request", f"{tool.name}({names})", f"no such argument. {perhaps}{_takes(tool)}")


def _too_long(tool: Tool, name: str, characters: int) -> TeachingError:
    wrong = f"it contains a text of {characters} characters; the limit is {ARGUMENT_CHARACTERS}."
    return TeachingError("bad_request", f"{tool.name}({name})", wrong, "Ask for less in one call.")


def _misfit(tool: Tool, problem: ValidationError) -> TeachingError:
    """What of the arguments does not fit, by name. The values are the caller's own and are not given back."""
    wrong = []
    for error in problem.errors(include_url=False, include_input=False, include_context=False):
        place = excerpt(".".join(str(part) for part in error["loc"]), WORD)
        wrong.append(f"{place}: {error['msg'][0].lower()}{error['msg'][1:]}")
    request = f"{tool.name}({wrong[0].partition(':')[0]})"
    return TeachingError("bad_request", request, f"{'; '.join(wrong[:COMPLAINTS])}. {_takes(tool)}")


def _takes(tool: Tool) -> str:
    """The arguments of a tool, those that it needs marked."""
    needed = tool.parameters.get("required", ())
    names = [f"{one} (needed)" if one in needed else one for one in tool.parameters["properties"]]
    return f"It takes: {', '.join(names)}." if names else "It takes no arguments."
