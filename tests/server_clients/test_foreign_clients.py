"""Clients of different kinds against the four servers in front of one lab: old protocol versions, requests written by
hand, streamable HTTP, and tools made from nothing but the schemas."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from langchain_core.tools import StructuredTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from mcp import Client, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult

from mcp_servers.contract.bounds import ERROR_CHARACTERS
from mcp_servers.serving.server import SCHEMA
from sre_agent.toolbox.address import ServerAddress
from tests.server_aws.wire import serving_app
from tests.server_clients.by_hand import ByHand, by_hand
from tests.server_clients.calls import CALLS
from tests.server_clients.made_arguments import make_arguments

VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
TEACHING = re.compile(r"^Error executing tool \w+: \[(not_found|denied|unavailable|bad_request|refused|failed)\] ")
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
SEED, ROUNDS = 20_261_122, 12
MALFORMED: tuple[bytes, ...] = (
    b"",
    b"not json",
    b"{",
    b"[]",
    b"{}",
    b"null",
    b"42",
    b"\xff\xfe\x00",
    b'{"jsonrpc": "1.0", "id": 1, "method": "tools/list"}',
    b'{"jsonrpc": "2.0", "id": {"a": 1}, "method": "tools/list"}',
    b'{"jsonrpc": "2.0", "id": null, "method": "tools/list"}',
    b'{"jsonrpc": "2.0", "id": 1.5, "method": "tools/list"}',
    b'{"jsonrpc": "2.0", "id": 7, "method": 7}',
    b'{"jsonrpc": "2.0", "id": 8, "method": "tools/call", "params": []}',
    b'{"jsonrpc": "2.0", "id": 9, "method": "tools/call"}',
    b'{"jsonrpc": "2.0", "id": 10, "result": {}}',
    b'{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "never asked"}}',
    b'[{"jsonrpc": "2.0", "id": 11, "method": "tools/list"}, {"jsonrpc": "2.0", "id": 12, "method": "ping"}]',
    b"[" * 20_000,
    b'{"jsonrpc": "2.0", "id": ' + b"9" * 5_000 + b', "method": "ping"}',
)


def is_answer(result: Mapping[str, Any], schema: dict[str, Any]) -> None:
    """A result that a strict client takes: of the schema, and its text beside it."""
    assert not result.get("isError"), result
    Draft202012Validator(schema).validate(result["structuredContent"])
    assert result["content"][0]["text"] == result["structuredContent"]["text"]


def schema_of(session: ByHand) -> dict[str, Any]:
    content = session.ask("resources/read", uri=SCHEMA)["result"]["contents"][0]
    schema: dict[str, Any] = json.loads(content["text"])
    return schema


@pytest.mark.parametrize(
    ("server", "version"),
    [(name, "2025-06-18") for name in CALLS]
    + [pytest.param(n, v, marks=pytest.mark.long) for n in CALLS for v in VERSIONS if v != "2025-06-18"],
)
def test_a_client_of_an_older_version_gets_answers_of_the_schema_that_stands_once(
    addresses: Mapping[str, ServerAddress], server: str, version: str
) -> None:
    with by_hand(addresses[server]) as session:
        handshake = session.begin(version)
        assert (
            handshake["protocolVersion"] == version and handshake["serverInfo"]["version"] and handshake["instructions"]
        )
        tools = {tool["name"]: tool for tool in session.ask("tools/list")["result"]["tools"]}
        call = CALLS[server]
        assert tools[call.tool]["inputSchema"]["additionalProperties"] is False
        result = session.call(call.tool, call.arguments)
        is_answer(result, schema_of(session))
        assert call.says in result["structuredContent"]["text"]


def test_what_is_no_request_is_refused_or_passed_over_and_the_session_goes_on(
    addresses: Mapping[str, ServerAddress],
) -> None:
    with by_hand(addresses["cloudwatch"]) as session:
        session.begin()
        for line in MALFORMED:
            session.send(line)
            assert "result" in session.ask("ping"), line[:80]
        assert session.ask("tools/nothing")["error"]["code"] == METHOD_NOT_FOUND
        assert session.ask("tools/call", name=7)["error"]["code"] == INVALID_PARAMS
        assert session.call("no_such_tool", {})["isError"]
        assert session.call("list_alarms", {"prefix": "x" * 3_000_000})["content"], "a huge frame is read"
        huge = session.call("list_alarm" * 100_000, {})
        assert huge["isError"] and len(huge["content"][0]["text"]) < ERROR_CHARACTERS
        is_answer(session.call("list_alarms", {}), schema_of(session))


def test_requests_that_overlap_are_each_answered_under_their_own_id(addresses: Mapping[str, ServerAddress]) -> None:
    with by_hand(addresses["kubernetes"]) as session:
        session.begin()
        call = {"name": "kubectl_get", "arguments": {"kind": "Node"}}
        for number in range(12):
            session.send({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": call})
        for number in reversed(range(12)):
            session.send({"jsonrpc": "2.0", "id": f"{number}", "method": "ping"})
        answers = [session.heard("0")]
        assert "result" in answers[0]


@contextmanager
def over_http(address: ServerAddress, *options: str) -> Iterator[str]:
    """The address of a process of that server that speaks HTTP on loopback."""
    with serving_app(lambda *_: None) as url:
        port = url.rpartition(":")[2]
    command = [*address.command, "--transport", "http", "--port", port, *options]
    environment = {"PATH": os.environ["PATH"], **address.environment}
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            yield up(f"http://127.0.0.1:{port}/mcp")
        finally:
            process.terminate()


def up(url: str) -> str:
    for _ in range(600):
        try:
            httpx.get(url.replace("/mcp", "/else"), trust_env=False)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return url
    raise AssertionError("the server did not start")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("server", "options"),
    [("kubernetes", ()), ("ssm", ("--json-responses",))]
    + [
        pytest.param(name, options, marks=pytest.mark.long)
        for name in CALLS
        for options in ((), ("--json-responses",))
        if (name, options) not in (("kubernetes", ()), ("ssm", ("--json-responses",)))
    ],
)
async def test_the_sdk_s_client_is_answered_over_http_in_json_and_as_events_in_new_and_old_versions(
    addresses: Mapping[str, ServerAddress], server: str, options: tuple[str, ...]
) -> None:
    call = CALLS[server]
    with over_http(addresses[server], *options) as url:
        for mode in ("auto", "legacy"):
            async with Client(streamable_http_client(url), mode=mode) as client:
                assert call.tool in {tool.name for tool in (await client.list_tools()).tools}
                result = await client.call_tool(call.tool, call.arguments)
                (content,) = (await client.read_resource(SCHEMA)).contents
            is_answer(result.model_dump(mode="json", by_alias=True), json.loads(getattr(content, "text", "")))


@pytest.mark.anyio
@pytest.mark.parametrize("server", CALLS)
async def test_tools_made_from_the_schemas_alone_can_be_offered_to_a_model_and_called(
    addresses: Mapping[str, ServerAddress], server: str
) -> None:
    call = CALLS[server]
    command, *arguments = addresses[server].command
    process = StdioServerParameters(command=command, args=arguments, env=dict(addresses[server].environment))
    async with Client(stdio_client(process)) as client:
        made_tools = {}
        for tool in (await client.list_tools()).tools:

            async def run(_tool: str = tool.name, **arguments: Any) -> CallToolResult:
                return await client.call_tool(_tool, arguments)

            made_tools[tool.name] = StructuredTool.from_function(
                coroutine=run, name=tool.name, description=tool.description, args_schema=tool.input_schema
            )
        for name, one in made_tools.items():
            definition = convert_to_openai_tool(one)["function"]
            assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) and len(definition["description"]) <= 1_024
            assert all(
                property_schema["description"] for property_schema in definition["parameters"]["properties"].values()
            )
        result = await made_tools[call.tool].ainvoke(call.arguments)
    assert call.says in result.structured_content["text"]


def fuzz(session: ByHand, rng: random.Random, rounds: int) -> tuple[int, int]:
    """Answers and teaching errors of so many calls of each listed tool, with arguments made from its schema."""
    schema, answers, errors = schema_of(session), 0, 0
    for tool in session.ask("tools/list")["result"]["tools"]:
        for _ in range(rounds):
            arguments = make_arguments(tool["inputSchema"], rng)
            Draft202012Validator(tool["inputSchema"]).validate(arguments)
            result = session.call(tool["name"], arguments)
            if result.get("isError"):
                text = result["content"][0]["text"]
                assert TEACHING.match(text) and len(text) <= ERROR_CHARACTERS, (tool["name"], arguments, text)
                errors += 1
            else:
                is_answer(result, schema)
                answers += 1
    return answers, errors


@pytest.mark.parametrize("server", CALLS)
@pytest.mark.parametrize("rounds", [1, pytest.param(ROUNDS, marks=[pytest.mark.long, pytest.mark.timeout(1_200)])])
def test_every_tool_answers_arguments_of_its_schema_with_a_valid_answer_or_an_error_that_teaches(
    addresses: Mapping[str, ServerAddress], server: str, rounds: int
) -> None:
    with by_hand(addresses[server]) as session:
        session.begin()
        answers, errors = fuzz(session, random.Random(SEED), rounds)
    print(f"seed {SEED}, {server}: {answers} answers, {errors} teaching errors, no crash")
    assert answers
