"""Who the specialists are: one Markdown file each, whose front matter says what it opens with and may use.

A new specialist is a new file in `prompts/agents`. Which tools of our servers are whose stands in
`mcp_servers.contract.specialists`; a file may name others, or its own, under `tools`.
"""

from __future__ import annotations

from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mcp_servers.contract.specialists import SPECIALISTS
from sre_agent.errors import SettingsError
from sre_agent.prompting import prompts_folder
from sre_agent.templates import TemplateProblem, fill


class Opening(BaseModel):
    """A call that a specialist makes before anybody has a theory: for each subject of `kinds`, or for the alarm.

    `arguments` and `when` are templates over `subject`, `alarm` (none where nobody was called), `start` and `end`; a
    value may be any JSON value.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tool: str
    each: Literal["subject", "alarm"]
    kinds: list[str] = Field(default_factory=list)
    when: str = ""
    arguments: dict[str, str]

    def call(self, names: dict[str, Any]) -> dict[str, Any] | None:
        """The arguments filled in; None when `when` does not hold."""
        try:
            if self.when and not fill(self.when, names):
                return None
            return {key: fill(value, names) for key, value in self.arguments.items()}
        except TemplateProblem as problem:
            raise SettingsError(f"The opening call {self.tool}: {problem}") from problem


class Specialist(BaseModel):
    """One member of the roster. `tools` by server; `prompt` is what a model reads, where one is configured."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    tools: dict[str, list[str]]
    opening: list[Opening]
    prompt: str

    @property
    def tool_names(self) -> list[str]:
        return [name for tools in self.tools.values() for name in tools]

    def server_of(self, tool: str) -> str:
        """The server that has a tool of this specialist. Raises SettingsError for a tool that is not its own."""
        for server, tools in self.tools.items():
            if tool in tools:
                return server
        raise SettingsError(f"The specialist {self.name} has no tool {tool!r}; it has {self.tools}.")


def roster(folder: Path | None = None) -> dict[str, Specialist]:
    """All specialists by name. Raises SettingsError naming the file that cannot be read."""
    source: Traversable = folder if folder is not None else prompts_folder() / "agents"
    members = [_read(entry) for entry in sorted(source.iterdir(), key=lambda e: e.name) if entry.name.endswith(".md")]
    return {member.name: member for member in members}


def _read(entry: Traversable) -> Specialist:
    try:
        _, front, prompt = entry.read_text(encoding="utf-8").split("---\n", 2)
        fields = yaml.load(front, yaml.CSafeLoader)
        return Specialist.model_validate({**fields, "tools": _tools(fields), "prompt": prompt.strip()})
    except (ValueError, ValidationError, yaml.YAMLError, AttributeError) as problem:
        raise SettingsError(f"The specialist {entry.name} cannot be read: {problem}") from problem


def _tools(fields: dict[str, Any]) -> dict[str, list[str]]:
    """The tools of our servers that are declared for it, and those that its file names beside them."""
    tools: dict[str, list[str]] = {}
    for server, by_tool in SPECIALISTS.items():
        tools[server] = [tool for tool, specialists in by_tool.items() if fields.get("name") in specialists]
    for server, tool_names in (fields.get("tools") or {}).items():
        tools[server] = list(dict.fromkeys([*tools.get(server, []), *tool_names]))
    return {server: names for server, names in tools.items() if names}
