"""What every server of ours refuses, and how much it says at most: arguments, errors and structures."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from mcp import Client

from mcp_servers.contract.bounds import ANSWER_CHARACTERS, ARGUMENT_CHARACTERS, ERROR_CHARACTERS, STRUCTURE_CHARACTERS
from mcp_servers.contract.facts import Answer, Coverage, Observation, Subject
from mcp_servers.serving.amounts import Count
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.server import ToolServer

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 5, 4, tzinfo=UTC)
WEB = Subject(scope="lab", kind="Deployment", namespace="shop", name="web")


def weigh(name: str, tail: Count = 1, wide: bool = False) -> Answer:
    """Weigh something: many rows, some facts, a gap."""
    if name == "secret":
        raise TeachingError(
            "failed", f"weighing {name * 50_000}", "password=hunter2secret was not taken.", "Try again."
        )
    rows = [{"row": number, "text": "said " * 20} for number in range(tail)]
    fact = Observation(code="workload.unavailable", subject=WEB, attributes={"desired": 2, "ready": 1})
    facts = [fact.model_copy(update={"excerpt": f"pod {number}"}) for number in range(40)]
    gap = Coverage(looked_at=f"pods of {name}", state="denied", detail="User may not list them. " * 30)
    return Answer(
        text="text " * tail, as_of=NOW, data={"rows": rows, "cursor": "c"}, observations=facts, coverage=[gap] * 9
    )


async def call_weigh(**arguments: Any) -> tuple[bool, str, dict[str, Any]]:
    server = ToolServer("scales", "Weighs.")
    server.read(weigh)
    async with Client(server.mcp) as client:
        result = await client.call_tool("weigh", arguments)
    return bool(result.is_error), str(getattr(result.content[0], "text", "")), result.structured_content or {}


def beside_text(structure: dict[str, Any]) -> int:
    parts = {name: value for name, value in structure.items() if name not in ("text", "left_out")}
    return len(json.dumps(parts, ensure_ascii=False, separators=(",", ":")))


async def test_an_argument_that_a_tool_does_not_take_is_refused_with_those_that_it_takes() -> None:
    refused, message, _ = await call_weigh(name="web", tails=3)
    assert refused and "[bad_request] weigh(tails)" in message
    assert "Did you mean tail?" in message and "name (needed), tail, wide" in message


async def test_a_number_that_cannot_be_meant_is_refused_and_nothing_else_is_served() -> None:
    refused, message, _ = await call_weigh(name="web", tail=-5)
    assert refused and "[bad_request] weigh(tail)" in message and "greater than or equal to 1" in message


async def test_what_is_wrong_with_an_argument_is_said_without_its_value() -> None:
    refused, message, _ = await call_weigh(name=["hunter2secret"])
    assert refused and "name: input should be a valid string" in message and "hunter2secret" not in message


async def test_the_schema_of_a_tool_says_that_it_takes_nothing_else() -> None:
    server = ToolServer("scales", "Weighs.")
    server.read(weigh)
    async with Client(server.mcp) as client:
        (tool,) = (await client.list_tools()).tools
    assert tool.input_schema["additionalProperties"] is False


async def test_an_error_is_short_and_hides_secrets_whatever_was_asked() -> None:
    refused, message, _ = await call_weigh(name="secret")
    assert refused and len(message) <= ERROR_CHARACTERS
    assert "hunter2secret" not in message and "was not taken" in message and message.endswith("Try again.")


async def test_a_tool_that_is_not_there_is_named_shortly_with_what_is_near() -> None:
    server = ToolServer("scales", "Weighs.")
    server.read(weigh)
    async with Client(server.mcp) as client:
        result = await client.call_tool("weight" * 9_000, {})
    message = str(getattr(result.content[0], "text", ""))
    assert result.is_error and len(message) < 300 and "weigh" in message


async def test_a_structure_keeps_its_facts_and_gaps_while_rows_go_and_are_counted() -> None:
    refused, message, structure = await call_weigh(name="web", tail=2_000)
    assert not refused and len(message) <= ANSWER_CHARACTERS
    assert beside_text(structure) <= STRUCTURE_CHARACTERS
    assert len(structure["observations"]) == 40 and len(structure["coverage"]) == 9
    rows = structure["data"]["rows"]
    assert rows[0]["row"] == 0 and len(rows) + structure["left_out"]["rows"] == 2_000
    assert structure["data"]["cursor"] == "c"


async def test_a_name_of_any_length_does_not_come_back_whole() -> None:
    _, _, structure = await call_weigh(name="x" * ARGUMENT_CHARACTERS)
    assert beside_text(structure) <= STRUCTURE_CHARACTERS and {c["state"] for c in structure["coverage"]} == {"denied"}


async def test_an_argument_of_more_text_than_is_read_is_refused_before_any_tool_sees_it() -> None:
    for arguments in ({"name": "x" * (ARGUMENT_CHARACTERS + 1)}, {"name": "web", "tail": ["y" * 1_000_000]}):
        refused, message, _ = await call_weigh(**arguments)
        assert refused and "[bad_request] weigh(" in message and "the limit is 20000" in message and len(message) < 400


async def test_a_structure_within_its_bound_is_left_as_it_is() -> None:
    _, _, structure = await call_weigh(name="web", tail=3)
    assert len(structure["data"]["rows"]) == 3 and structure["left_out"] == {}
    assert structure["coverage"][0]["detail"] == "User may not list them. " * 30
