"""What the README's table says one has to touch to add a tool, tried out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mcp_servers.contract.specialists import SPECIALISTS
from mcp_servers.kubernetes import tools as reads
from mcp_servers.kubernetes import writes
from mcp_servers.kubernetes.connection.clusters import Clusters
from mcp_servers.kubernetes.server import build
from mcp_servers.serving.arguments import ServerOptions
from sre_agent.agents.roster import roster
from tests.agents.test_roster import servers

pytestmark = pytest.mark.anyio
WRITING = ServerOptions("stdio", "127.0.0.1", 0, True, ("shop",), None, None)
READ = '''
from typing import Annotated

from pydantic import Field

from mcp_servers.contract.facts import Answer
from mcp_servers.serving.registry import read_tool


class Leases:
    def __init__(self, api):
        self.api = api

    @read_tool("Who leads")
    def kubectl_leases(self, namespace: Annotated[str, Field(description="Where.")], limit: int = 5) -> Answer:
        """Which replica leads."""
'''
WRITE = '''
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.writes.workload import WorkloadWrite


class Pause(WorkloadWrite):
    tool = "kubectl_pause"
    title = "Pause a rollout"
    kinds = ("Deployment",)
    from_preview = ("uid",)

    def __init__(
        self, cluster, namespace: inputs.Permitted, name: inputs.WorkloadName, uid: str = "", now: bool = False
    ):
        """Pause the rollout of a Deployment."""
        super().__init__(cluster, namespace, "Deployment", name)

    aim = "pause"

    def change(self, seen): ...

    def blast_radius(self, seen, near, change): ...
'''


@pytest.fixture
def drop_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Puts a file into a server's folder for the time of a test."""
    module_names: list[str] = []

    def drop(folder: ModuleType, source: str) -> None:
        (tmp_path / "dropped.py").write_text(source)
        monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(tmp_path)])
        module_names.append(f"{folder.__name__}.dropped")

    yield drop
    for name in module_names:
        sys.modules.pop(name, None)


async def test_a_read_tool_dropped_into_a_servers_folder_is_offered_with_its_schema(drop_in: Any) -> None:
    drop_in(reads, READ)
    tools = {tool.name: tool for tool in await build(Clusters(kubeconfig="none"), WRITING).mcp.list_tools()}
    tool = tools["kubectl_leases"]
    assert (tool.title, tool.description) == ("Who leads", "Which replica leads.")
    assert tool.annotations is not None and tool.annotations.read_only_hint
    assert list(tool.input_schema["properties"]) == ["namespace", "limit"]
    assert tool.input_schema["properties"]["namespace"]["description"] == "Where."


def test_a_line_of_the_one_table_gives_a_tool_to_its_specialists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SPECIALISTS["kubernetes"], "kubectl_leases", ("kubernetes", "logs"))
    members = roster()
    assert members["kubernetes"].server_of("kubectl_leases") == "kubernetes"
    assert members["logs"].tools["kubernetes"][-1] == "kubectl_leases"
    assert "kubectl_leases" not in members["metrics"].tool_names


async def test_every_line_of_the_table_names_a_tool_and_a_specialist_that_there_are() -> None:
    members = roster()
    for name, server in servers().items():
        there = {tool.name for tool in await server.mcp.list_tools()}
        assert SPECIALISTS[name].keys() <= there
        assert {who for specialists in SPECIALISTS[name].values() for who in specialists} <= members.keys()


async def test_a_write_tool_is_declared_by_its_write_alone(drop_in: Any) -> None:
    drop_in(writes, WRITE)
    server = build(Clusters(kubeconfig="none"), WRITING)
    tools = {tool.name: tool for tool in await server.mcp.list_tools()}
    tool = tools["kubectl_pause"]
    assert (tool.title, tool.description) == ("Pause a rollout", "Pause the rollout of a Deployment.")
    assert tool.annotations is not None and tool.annotations.destructive_hint
    assert list(tool.input_schema["properties"]) == ["namespace", "name", "uid", "now", "permit"]
    assert tool.input_schema["required"] == ["namespace", "name", "uid"], "what a preview tells, the call has to name"
