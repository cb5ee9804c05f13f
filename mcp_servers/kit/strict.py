"""The SDK's server, made strict: an argument that a tool does not take is refused, and an error is short and redacted.

Left alone the SDK drops unknown arguments, so that a misspelt filter silently asks for everything, and gives back in
an error whatever it was given.
"""

from __future__ import annotations

from typing import Any, Final

from mcp.server import MCPServer
from mcp.server.mcpserver.context import Context
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.server.mcpserver.tools import Tool
from mcp_types import CallToolResult, InputRequiredResult
from pydantic import ValidationError

from mcp_servers.contract.bounds import ARGUMENT_CHARACTERS, ERROR_CHARACTERS, bounded, excerpt, longest
from mcp_servers.kit.errors import TeachingError
from mcp_servers.kit.near import near
from mcp_servers.redaction import redacted

COMPLAINTS: Final = 4  # of one call that are told
WORD: Final = 60  # characters of an argument's name that are given back


class StrictServer(MCPServer[Any]):
    """An MCPServer whose errors teach, also those about arguments."""

    def close_schema(self, name: str) -> None:
        """Let the schema of a tool say that it takes nothing else."""
        tool = self._tool_manager.get_tool(name)
        assert tool is not None
        tool.parameters["additionalProperties"] = False

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """As the SDK's; raises ToolError with at most ERROR_CHARACTERS, redacted."""
        tool = self._tool_manager.get_tool(name)
        try:
            if tool is None:
                offered = ", ".join(near(name[:WORD], [t.name for t in self._tool_manager.list_tools()]))
                raise ToolError(
                    f"Unknown tool: {excerpt(name, WORD)}" + (f". Near names: {offered}." if offered else "")
                )
            if unknown := [one for one in arguments if one not in tool.parameters["properties"]]:
                raise _told(_untaken(tool, unknown), tool)
            if long := [one for one, given in arguments.items() if longest(given) > ARGUMENT_CHARACTERS]:
                raise _told(_too_long(tool, long[0], longest(arguments[long[0]])), tool)
            return await super().call_tool(name, arguments, context)
        except UnexpectedToolError:
            raise
        except ToolError as problem:
            if tool is not None and isinstance(problem.__cause__, ValidationError):
                problem = _told(_misfit(tool, problem.__cause__), tool)
            raise ToolError(bounded(redacted(str(problem)), ERROR_CHARACTERS)[0]) from problem


def _told(problem: TeachingError, tool: Tool) -> ToolError:
    return ToolError(f"Error executing tool {tool.name}: {problem}")


def _untaken(tool: Tool, unknown: list[str]) -> TeachingError:
    names = ", ".join(excerpt(one, WORD) for one in unknown[:COMPLAINTS])
    meant = near(unknown[0][:WORD], tool.parameters["properties"], limit=1)
    perhaps = f"Perhaps {meant[0]} is meant. " if meant else ""
    return TeachingError("bad_request", f"{tool.name}({names})", f"it takes no such argument. {perhaps}{_takes(tool)}")


def _too_long(tool: Tool, name: str, characters: int) -> TeachingError:
    wrong = f"it has a text of {characters} characters; at most {ARGUMENT_CHARACTERS} are read."
    return TeachingError("bad_request", f"{tool.name}({name})", wrong, "Ask for less in one call.")


def _misfit(tool: Tool, problem: ValidationError) -> TeachingError:
    """What of the arguments does not fit, by name. The values are the caller's own and are not given back."""
    wrong = []
    for error in problem.errors(include_url=False, include_input=False, include_context=False):
        place = excerpt(".".join(str(part) for part in error["loc"]), WORD)
        wrong.append(f"{place}: {error['msg'][0].lower()}{error['msg'][1:]}")
    asked = f"{tool.name}({wrong[0].partition(':')[0]})"
    return TeachingError("bad_request", asked, f"{'; '.join(wrong[:COMPLAINTS])}. {_takes(tool)}")


def _takes(tool: Tool) -> str:
    """The arguments of a tool, those that it needs marked."""
    needed = tool.parameters.get("required", ())
    names = [f"{one} (needed)" if one in needed else one for one in tool.parameters["properties"]]
    return f"It takes: {', '.join(names)}." if names else "It takes no argument."
