"""What a client that knows nothing of this product reads before its first call."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from mcp import Client
from mcp_types import ListToolsResult

from mcp_servers.contract.facts import Answer
from mcp_servers.serving.server import SCHEMA, ToolServer
from tests.server_clients.every_server import every_server

pytestmark = pytest.mark.anyio
BYTES = {False: 70_000, True: 105_000}  # of the four lists of tools together: without write tools and with them
WRITES = {
    "kubectl_rollout_undo", "kubectl_set_resources", "kubectl_scale", "kubectl_rollout_restart", "kubectl_set_service",
    "kubectl_set_ingress_backend", "kubectl_set_image", "kubectl_set_command", "kubectl_set_env", "kubectl_set_probe",
    "kubectl_set_node_selector", "kubectl_set_toleration", "kubectl_set_reference", "kubectl_rollout_pause",
    "kubectl_rollout_resume", "kubectl_suspend", "kubectl_resume", "kubectl_set_autoscaler_bounds",
    "kubectl_set_disruption_budget", "kubectl_allow_traffic", "kubectl_cordon", "kubectl_uncordon", "kubectl_drain",
    "kubectl_evict_pod", "kubectl_restore_config_map", "kubectl_create_storage_class", "start_automation",
    "stop_automation",
    "send_automation_signal",
}  # fmt: skip
GENERIC = {"query", "query_range", "analyze", "series", "alerts", "rules", "targets", "silences", "preview"}


@pytest.fixture(params=[False, True], ids=["read-only", "with writes"])
def writes(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def servers(tmp_path: Path, writes: bool) -> list[ToolServer]:
    return list(every_server(tmp_path, writes=writes))


async def list_tools(server: ToolServer) -> ListToolsResult:
    async with Client(server.mcp) as client:
        return await client.list_tools()


async def test_every_parameter_of_every_tool_is_described(servers: list[ToolServer]) -> None:
    bare = [
        f"{tool.name}.{name}"
        for server in servers
        for tool in (await list_tools(server)).tools
        for name, field_schema in tool.input_schema["properties"].items()
        if len(field_schema.get("description", "")) < 10
    ]
    assert bare == []


async def test_every_tool_has_a_title_a_description_and_honest_hints(servers: list[ToolServer]) -> None:
    for server in servers:
        for tool in (await list_tools(server)).tools:
            assert tool.title and tool.title != tool.name and len(tool.description or "") > 20, tool.name
            assert not (tool.description or "").startswith(" ") and "\n    " not in (tool.description or "")
            hints, changes = tool.annotations, tool.name in WRITES
            assert hints is not None and hints.open_world_hint is False and hints.idempotent_hint is True
            assert (hints.read_only_hint, hints.destructive_hint) == (not changes, changes), tool.name


async def test_each_server_tells_its_version_title_and_how_to_begin(servers: list[ToolServer]) -> None:
    for server in servers:
        async with Client(server.mcp) as client:
            about = client.server_info
            assert about is not None
            assert about.version == version("sre-agent") and about.title and about.name == server.name
            assert SCHEMA in (client.instructions or ""), "where the structure of a result is told"


async def test_the_structure_of_a_result_is_told_once_and_the_lists_stay_small(
    servers: list[ToolServer], writes: bool
) -> None:
    sizes = {}
    for server in servers:
        tools = await list_tools(server)
        sizes[server.name] = len(tools.model_dump_json(by_alias=True, exclude_none=True).encode())
        each = [len(json.dumps(tool.output_schema)) for tool in tools.tools]
        assert max(each) < 200, "a tool's own result schema only points to the whole one"
    print(f"bytes of tools/list {'with writes' if writes else 'read-only'}: {sizes}, together {sum(sizes.values())}")
    assert sum(sizes.values()) < BYTES[writes]


async def test_the_resource_tells_the_structure_of_every_result(servers: list[ToolServer]) -> None:
    for server in servers:
        async with Client(server.mcp) as client:
            (there,) = (await client.list_resources()).resources
            (content,) = (await client.read_resource(SCHEMA)).contents
        schema = json.loads(getattr(content, "text", ""))
        Draft202012Validator.check_schema(schema)
        assert str(there.uri) == SCHEMA and there.mime_type == "application/schema+json"
        assert set(schema["properties"]) == {*Answer.model_fields, "refusal"}


async def test_no_two_tools_share_a_name_when_the_servers_are_merged_and_none_has_a_generic_one(
    servers: list[ToolServer],
) -> None:
    names = [tool.name for server in servers for tool in (await list_tools(server)).tools]
    assert len(names) == len(set(names)) and not GENERIC & set(names)


async def test_write_tools_are_listed_only_where_they_can_be_called(servers: list[ToolServer], writes: bool) -> None:
    names = {tool.name for server in servers for tool in (await list_tools(server)).tools}
    assert names & WRITES == (WRITES if writes else set())
    assert {"kubectl_preview", "ssm_preview"} <= names


@pytest.mark.parametrize("writes", [False], indirect=True)
async def test_a_write_tool_of_a_read_only_server_says_how_to_have_it_done(servers: list[ToolServer]) -> None:
    for name, of in (("kubectl_scale", servers[0]), ("start_automation", servers[3])):
        async with Client(of.mcp) as client:
            result = await client.call_tool(name, {"anything": "at all"})
        message = getattr(result.content[0], "text", "")
        assert result.is_error and f"[refused] {name}" in message
        assert all(flag in message for flag in ("--writes", "--allow", "--permit-key", "preview"))


@pytest.mark.parametrize("writes", [False], indirect=True)
async def test_a_former_name_is_still_understood(servers: list[ToolServer]) -> None:
    async with Client(servers[2].mcp) as client:
        result = await client.call_tool("query", {"promql": "up"})
    assert "[unavailable]" in getattr(result.content[0], "text", ""), "it was asked, and nothing is there"


async def test_a_strict_client_can_compile_every_input_schema(servers: list[ToolServer]) -> None:
    for server in servers:
        for tool in (await list_tools(server)).tools:
            Draft202012Validator.check_schema(tool.input_schema)
            Draft202012Validator.check_schema(tool.output_schema or {})
            assert tool.input_schema["additionalProperties"] is False
            for name, field_schema in tool.input_schema["properties"].items():
                if "default" in field_schema:
                    Draft202012Validator(tool.input_schema | {"required": []}).validate({name: field_schema["default"]})
