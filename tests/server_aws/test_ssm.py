"""The Systems Manager server, through MCP, in front of documents and automations that really run."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mcp import Client, StdioServerParameters, stdio_client

from mcp_servers.contract import calls, permits
from mcp_servers.contract.permit_keys import PermitKeys
from mcp_servers.contract.permits import Permit, Target
from mcp_servers.serving.arguments import ServerOptions
from mcp_servers.serving.aws import AwsAccount
from mcp_servers.ssm.server import build
from sre_lab.aws.errors import AwsError
from sre_lab.aws.ssm import OPERATIONS, connect
from sre_lab.scenario import ClusterSpec
from sre_lab.scenario.shipped_runbooks import shipped_runbook
from sre_lab.world import World, new_world
from tests.server_aws.asking import text_of
from tests.server_aws.conftest import NOW
from tests.server_aws.wire import Wire
from tests.server_kubernetes.live_shop import public

pytestmark = pytest.mark.anyio
SCOPE = "111122223333/eu-west-1"
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
RAISE: dict[str, Any] = {
    "schemaVersion": "0.3",
    "description": "Raise the write capacity of a throttled DynamoDB table",
    "parameters": {
        "TableName": {"type": "String", "description": "the table"},
        "WriteUnits": {"type": "String", "default": "10", "allowedValues": ["10", "20", "40"]},
    },
    "mainSteps": [
        {
            "name": "Before",
            "action": "aws:executeAwsApi",
            "inputs": {"Service": "dynamodb", "Api": "DescribeTable", "TableName": "{{ TableName }}"},
            "outputs": [
                {"Name": "Units", "Selector": "$.Table.ProvisionedThroughput.WriteCapacityUnits", "Type": "Integer"}
            ],
        },
        {
            "name": "Raise",
            "action": "aws:executeAwsApi",
            "inputs": {
                "Service": "dynamodb",
                "Api": "UpdateTable",
                "TableName": "{{ TableName }}",
                "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": "{{ WriteUnits }}"},
            },
        },
    ],
}
ASK: dict[str, Any] = {
    "schemaVersion": "0.3",
    "description": "Wait for a person",
    "mainSteps": [{"name": "Ask", "action": "aws:approve", "inputs": {"Approvers": ["someone"]}}],
}
CALL: dict[str, Any] = {
    "document": "Shop-RaiseTable",
    "parameters": {"TableName": ["carts"], "WriteUnits": ["20"]},
    "version": "$DEFAULT",
}


class Systems:
    """The lab's documents and automations behind the wire; each question moves the clock by a second."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.world: World = new_world(ClusterSpec(), NOW.timestamp(), 1)
        self.updated: list[dict[str, Any]] = []
        connect(self.world, self._call)
        for name in OPERATIONS:
            wire.operations[name] = self._answering(name)
        self.create(
            "Shop-RaiseTable",
            RAISE,
            {"for": "dynamodb", "sre-agent:undo": "Shop-RaiseTable TableName=@TableName WriteUnits=@Before.Units"},
        )
        self.create("Shop-AskFirst", ASK, {})
        wire.deny("DescribeTable")

    def create(self, name: str, content: dict[str, Any], tags: dict[str, str]) -> None:
        tag_list = [{"Key": key, "Value": value} for key, value in tags.items()]
        document = {"Name": name, "DocumentType": "Automation", "Content": json.dumps(content), "Tags": tag_list}
        OPERATIONS["CreateDocument"](self.world, document)

    def change(self, name: str, content: dict[str, Any]) -> None:
        OPERATIONS["UpdateDocument"](
            self.world, {"Name": name, "Content": json.dumps(content), "DocumentVersion": "$LATEST"}
        )
        OPERATIONS["UpdateDocumentDefaultVersion"](self.world, {"Name": name, "DocumentVersion": "2"})

    @property
    def started(self) -> int:
        return self.wire.names().count("StartAutomationExecution")

    def _answering(self, name: str) -> Any:
        def answer(params: dict[str, Any]) -> dict[str, Any]:
            self.world.clock.advance(1.0)
            return OPERATIONS[name](self.world, params)

        return answer

    def _call(self, service: str, api: str, params: dict[str, Any]) -> dict[str, Any]:
        if api.replace("_", "").lower() == "describetable":
            return {"Table": {"ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}}}
        self.updated.append(params)
        return {}


@pytest.fixture
def systems(wire: Wire) -> Systems:
    return Systems(wire)


@pytest.fixture
def options(tmp_path: Path) -> ServerOptions:
    return ServerOptions("stdio", "", 0, True, ("Shop-*",), PermitKeys([public(KEY)]), str(tmp_path / "used.sqlite"))


@pytest.fixture
def client(account: AwsAccount, systems: Systems, options: ServerOptions) -> Iterator[Client]:
    yield Client(build(account, options).mcp)


def structure(result: Any) -> dict[str, Any]:
    assert not result.is_error, result.content
    assert len(json.dumps(result.structured_content)) < 24_000
    return dict(result.structured_content)


def refusal(result: Any) -> str:
    assert result.is_error, result.structured_content
    return text_of(result)


def permit(tool: str, preview: dict[str, Any], key: Ed25519PrivateKey = KEY, **changed: Any) -> str:
    """A permit over exactly what a preview said."""
    data = preview["data"]
    fields = {
        "id": "11111111-2222-3333-4444-555555555555",
        "audience": "ssm",
        "scope": data["scope"],
        "incident": "inc-1",
        "call": calls.digest(tool, data["arguments"]),
        "target": Target.model_validate(data["target"]),
        "diff": data["diff_digest"],
        "allowed_by": "human:ada",
        "epoch": 1,
        "expires_at": NOW + timedelta(minutes=5),
    }
    statement = Permit.model_validate(fields | changed)
    return permits.encode(statement, key.sign(permits.signed_bytes(statement)))


async def preview(client: Client, tool: str = "start_automation", **arguments: Any) -> dict[str, Any]:
    return structure(await client.call_tool("ssm_preview", {"tool": tool, "arguments": arguments or CALL}))


async def test_a_runbook_is_found_by_what_is_wrong(client: Client) -> None:
    async with client:
        answer = structure(await client.call_tool("find_runbooks", {"text": "table is throttling writes"}))
    [runbook] = answer["data"]["runbooks"]
    assert runbook["name"] == "Shop-RaiseTable" and runbook["mutating"] == "yes"
    assert {
        "name": "WriteUnits",
        "type": "String",
        "default": "10",
        "allowed": ["10", "20", "40"],
        "required": False,
    } in (runbook["parameters"])
    [observation] = answer["observations"]
    assert observation["code"] == "runbook.found" and observation["subject"] == f"{SCOPE}|Runbook//Shop-RaiseTable"


async def test_runbooks_can_be_asked_for_by_tag(client: Client) -> None:
    async with client:
        some = structure(await client.call_tool("find_runbooks", {"text": "", "tags": ["for=dynamodb"]}))
        none = structure(await client.call_tool("find_runbooks", {"text": "", "tags": ["for=rds"]}))
    assert [r["name"] for r in some["data"]["runbooks"]] == ["Shop-RaiseTable"]
    assert none["data"]["runbooks"] == []


async def test_a_described_runbook_tells_which_steps_change_something(client: Client) -> None:
    async with client:
        answer = structure(await client.call_tool("describe_runbook", {"name": "Shop-RaiseTable"}))
        unknown = refusal(await client.call_tool("describe_runbook", {"name": "Shop-RaiseTabel"}))
    effects = {step["name"]: step["effect"] for step in answer["data"]["runbook"]["steps"]}
    assert effects == {"Before": "NonMutating", "Raise": "Mutating"}
    assert "[not_found]" in unknown and "Shop-RaiseTable" in unknown


async def test_a_preview_shows_what_would_be_done_and_starts_nothing(client: Client, systems: Systems) -> None:
    arguments = {"document": "Shop-RaiseTable", "parameters": {"TableName": "carts", "WriteUnits": 20}}
    async with client:
        answer = structure(await client.call_tool("preview_automation", arguments))
    data = answer["data"]
    assert data["arguments"] == CALL
    assert data["mutating"] is True and "Raise (dynamodb:UpdateTable)" in data["blast_radius"]
    assert any(line.startswith("~ Raise") and "carts" in line and "20" in line for line in data["diff"])
    assert data["undo"] is None and data["undo_needs"] == ["Before.Units"]
    assert any("dynamodb:DescribeTable" in c["detail"] for c in answer["coverage"])
    assert systems.started == 0 and not systems.updated


async def test_an_undo_that_needs_what_the_runbook_would_describe_is_known_before_the_start(
    client: Client, systems: Systems
) -> None:
    table = {"Table": {"ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 7}}}
    systems.wire.operations["DescribeTable"] = lambda params: table
    async with client:
        answer = await preview(client)
    assert answer["data"]["undo"] == {
        "tool": "start_automation",
        "arguments": {
            "document": "Shop-RaiseTable",
            "parameters": {"TableName": ["carts"], "WriteUnits": ["7"]},
            "version": "$DEFAULT",
        },
    }


async def test_the_blast_radius_is_counted_from_what_the_runbook_would_read_and_an_alarm_that_stops_it_is_shown(
    client: Client, systems: Systems
) -> None:
    attributes = {"QueueArn": "arn:aws:sqs:eu-west-1:111122223333:dead", "ApproximateNumberOfMessages": "41"}
    systems.wire.operations["GetQueueUrl"] = lambda params: {"QueueUrl": "https://sqs/dead"}
    systems.wire.operations["GetQueueAttributes"] = lambda params: {"Attributes": attributes}
    _, content, tags = shipped_runbook("redrive-queue")
    systems.create("Shop-Redrive", content, {**tags, "sre-agent:stop-alarm": "orders failing"})
    arguments = {"document": "Shop-Redrive", "parameters": {"QueueName": "dead"}}
    async with client:
        data = structure(await client.call_tool("preview_automation", arguments))["data"]
        whole = {"tool": "start_automation", "arguments": data["arguments"]}
        dry_run = structure(await client.call_tool("ssm_preview", whole))
        token = permit("start_automation", dry_run)
        structure(await client.call_tool("start_automation", {**data["arguments"], "permit": token}))
    assert data["figures"] == {"messages": 41} and "it reaches 41 messages" in data["blast_radius"]
    assert "! stopped when alarm orders failing goes off" in data["diff"]
    [start] = [params for name, params in systems.wire.asked if name == "StartAutomationExecution"]
    assert start["AlarmConfiguration"]["Alarms"] == [{"Name": "orders failing"}]


async def test_a_value_that_the_document_does_not_allow_is_refused_with_the_allowed_ones(client: Client) -> None:
    arguments = {"document": "Shop-RaiseTable", "parameters": {"TableName": "carts", "WriteUnits": "1000"}}
    async with client:
        message = refusal(await client.call_tool("preview_automation", arguments))
    assert "[bad_request]" in message and "10, 20, 40" in message


async def test_where_aws_denies_its_preview_the_document_is_read_and_that_is_said(
    client: Client, systems: Systems
) -> None:
    systems.wire.deny("StartExecutionPreview")
    async with client:
        answer = await preview(client)
    assert answer["data"]["mutating"] is True
    assert any("ssm:StartExecutionPreview" in c["detail"] for c in answer["coverage"] if c["state"] == "denied")


async def test_a_permitted_start_runs_once_and_a_used_permit_tells_its_outcome(
    client: Client, systems: Systems, account: AwsAccount, options: ServerOptions
) -> None:
    async with client:
        token = permit("start_automation", await preview(client))
        first = structure(await client.call_tool("start_automation", CALL | {"permit": token}))
        second = structure(await client.call_tool("start_automation", CALL | {"permit": token}))
    async with Client(build(account, options).mcp) as new_client:
        systems.wire.now = NOW + timedelta(hours=1)
        third = structure(await new_client.call_tool("start_automation", CALL | {"permit": token}))
    assert first["data"]["outcome"] == "done"
    execution = first["data"]["execution_id"]
    assert second["data"]["execution_id"] == third["data"]["execution_id"] == execution
    assert second["data"]["recorded"] and third["data"]["recorded"]
    assert systems.started == 1
    [sent] = [params for name, params in systems.wire.asked if name == "StartAutomationExecution"]
    assert sent["ClientToken"] == "11111111-2222-3333-4444-555555555555" and sent["DocumentVersion"] == "1"


async def test_an_execution_tells_its_steps_and_at_the_end_how_to_undo_it(client: Client, systems: Systems) -> None:
    async with client:
        token = permit("start_automation", await preview(client))
        start = structure(await client.call_tool("start_automation", CALL | {"permit": token}))
        execution = {"execution_id": start["data"]["execution_id"]}
        early = structure(await client.call_tool("get_automation", execution))
        systems.world.clock.advance(120.0)
        late = structure(await client.call_tool("get_automation", execution))
        listing = structure(await client.call_tool("list_automations", {"document": "Shop"}))
    assert [o["code"] for o in early["observations"]] == ["automation.under_way"]
    assert late["data"]["status"] == "Success" and late["data"]["ended"]
    assert [o["code"] for o in late["observations"]] == ["automation.ended"]
    assert late["data"]["undo"]["arguments"]["parameters"] == {"TableName": ["carts"], "WriteUnits": ["5"]}
    assert [e["execution_id"] for e in listing["data"]["executions"]] == [execution["execution_id"]]
    assert len(systems.updated) == 1


OTHER = Ed25519PrivateKey.from_private_bytes(b"x" * 32)


@pytest.mark.parametrize(
    ("key", "changed", "code"),
    [
        (OTHER, {}, "forged"),
        (KEY, {"call": calls.digest("start_automation", CALL | {"version": "1"})}, "wrong_call"),
        (KEY, {"scope": "999999999999/eu-west-1"}, "wrong_scope"),
        (KEY, {"audience": "kubernetes"}, "wrong_audience"),
        (KEY, {"expires_at": NOW - timedelta(seconds=1)}, "expired"),
        (KEY, {"target": Target(subject="Shop-RaiseTable", uid="Shop-RaiseTable", version="1:0")}, "stale_target"),
    ],
)
async def test_a_permit_that_does_not_fit_is_refused_by_the_server(
    client: Client, systems: Systems, key: Ed25519PrivateKey, changed: dict[str, Any], code: str
) -> None:
    async with client:
        token = permit("start_automation", await preview(client), key, **changed)
        message = refusal(await client.call_tool("start_automation", CALL | {"permit": token}))
    assert "[refused]" in message and f"({code})" in message
    assert systems.started == 0


async def test_without_a_permit_nothing_is_started(client: Client, systems: Systems) -> None:
    async with client:
        message = refusal(await client.call_tool("start_automation", CALL))
    assert "(missing)" in message and systems.started == 0


async def test_a_document_that_changed_since_the_permit_is_not_started(client: Client, systems: Systems) -> None:
    async with client:
        token = permit("start_automation", await preview(client))
        systems.change("Shop-RaiseTable", RAISE | {"description": "another one"})
        message = refusal(await client.call_tool("start_automation", CALL | {"permit": token}))
    assert "(stale_target)" in message and systems.started == 0


async def test_a_start_whose_answer_was_lost_is_found_by_its_tag_and_not_repeated(
    client: Client, systems: Systems
) -> None:
    def started_but_lost(params: dict[str, Any]) -> dict[str, Any]:
        OPERATIONS["StartAutomationExecution"](systems.world, params)
        raise AwsError("InternalServerError", "lost", status=500)

    systems.wire.operations["StartAutomationExecution"] = started_but_lost
    async with client:
        token = permit("start_automation", await preview(client))
        answer = structure(await client.call_tool("start_automation", CALL | {"permit": token}))
        listing = structure(await client.call_tool("list_automations", {}))
    assert answer["data"]["outcome"] == "done"
    assert [e["execution_id"] for e in listing["data"]["executions"]] == [answer["data"]["execution_id"]]


async def test_a_start_that_aws_refuses_is_failed_for_good(client: Client, systems: Systems) -> None:
    systems.wire.deny("StartAutomationExecution")
    async with client:
        token = permit("start_automation", await preview(client))
        answer = structure(await client.call_tool("start_automation", CALL | {"permit": token}))
    assert answer["data"]["outcome"] == "failed" and "ssm:StartAutomationExecution" in answer["text"]


async def test_an_approval_step_is_signalled_and_an_execution_is_stopped_under_permits(
    client: Client, systems: Systems
) -> None:
    ask: dict[str, Any] = {"document": "Shop-AskFirst", "parameters": {}, "version": "$DEFAULT"}
    ids = [f"{i}1111111-2222-3333-4444-555555555555" for i in range(4)]
    async with client:
        runs = []
        for name in ids[:2]:
            token = permit("start_automation", await preview(client, **ask), id=name)
            start = structure(await client.call_tool("start_automation", ask | {"permit": token}))
            runs.append(start["data"]["execution_id"])
        systems.world.clock.advance(5.0)
        waiting = structure(await client.call_tool("get_automation", {"execution_id": runs[0]}))
        assert waiting["data"]["waiting_at"]["name"] == "Ask"
        signal = {"execution_id": runs[0], "signal": "Approve"}
        token = permit("send_automation_signal", await preview(client, "send_automation_signal", **signal), id=ids[2])
        structure(await client.call_tool("send_automation_signal", signal | {"permit": token}))
        stop = {"execution_id": runs[1]}
        token = permit("stop_automation", await preview(client, "stop_automation", **stop), id=ids[3])
        structure(await client.call_tool("stop_automation", stop | {"permit": token}))
        systems.world.clock.advance(5.0)
        ends = [structure(await client.call_tool("get_automation", {"execution_id": run})) for run in runs]
    assert [end["data"]["status"] for end in ends] == ["Success", "Cancelled"]


TWICE: dict[str, Any] = {
    **ASK,
    "mainSteps": [
        {"name": name, "action": "aws:approve", "inputs": {"Approvers": ["someone"]}} for name in ("First", "Second")
    ],
}


async def asking_twice(client: Client, systems: Systems) -> tuple[dict[str, Any], str]:
    """A signal to an execution that waits at the first of two steps, and a permit for it."""
    systems.create("Shop-AskTwice", TWICE, {})
    ask: dict[str, Any] = {"document": "Shop-AskTwice", "parameters": {}, "version": "$DEFAULT"}
    token = permit("start_automation", await preview(client, **ask), id="01111111-2222-3333-4444-555555555555")
    start = structure(await client.call_tool("start_automation", ask | {"permit": token}))
    systems.world.clock.advance(5.0)
    signal = {"execution_id": start["data"]["execution_id"], "signal": "Approve"}
    dry_run = await preview(client, "send_automation_signal", **signal)
    assert "waiting at First" in dry_run["data"]["target"]["version"]
    return signal, permit("send_automation_signal", dry_run)


def somebody_approves(systems: Systems, signal: dict[str, Any]) -> None:
    OPERATIONS["SendAutomationSignal"](
        systems.world, {"AutomationExecutionId": signal["execution_id"], "SignalType": "Approve", "Payload": {}}
    )
    systems.world.clock.advance(5.0)


async def test_a_signal_for_one_step_is_not_sent_to_the_next(client: Client, systems: Systems) -> None:
    async with client:
        signal, token = await asking_twice(client, systems)
        somebody_approves(systems, signal)
        result = await client.call_tool("send_automation_signal", signal | {"permit": token})
        now = structure(await client.call_tool("get_automation", {"execution_id": signal["execution_id"]}))
    assert result.is_error and "(stale_target)" in str(result.content)
    assert now["data"]["waiting_at"]["name"] == "Second"
    assert "SendAutomationSignal" not in systems.wire.names()


async def test_a_signal_is_not_sent_where_the_execution_moves_on_at_the_last_moment(
    client: Client, systems: Systems
) -> None:
    async with client:
        signal, token = await asking_twice(client, systems)
        looks, answer = [0], systems.wire.operations["GetAutomationExecution"]

        def moving(params: dict[str, Any]) -> dict[str, Any]:
            """Between the look that allows the write and the one right before it."""
            looks[0] += 1
            if looks[0] == 3:
                somebody_approves(systems, signal)
            return answer(params)

        systems.wire.operations["GetAutomationExecution"] = moving
        result = structure(await client.call_tool("send_automation_signal", signal | {"permit": token}))
        now = structure(await client.call_tool("get_automation", {"execution_id": signal["execution_id"]}))
    assert result["data"]["outcome"] == "failed" and "has moved on" in result["text"]
    assert now["data"]["waiting_at"]["name"] == "Second"
    assert "SendAutomationSignal" not in systems.wire.names()


@pytest.mark.parametrize(
    ("writes", "allow", "why"), [(False, ("Shop-*",), "read-only"), (True, ("Other-*",), "allowlist")]
)
async def test_a_read_only_server_and_a_document_off_the_allowlist_refuse_every_write(
    account: AwsAccount, systems: Systems, tmp_path: Path, writes: bool, allow: tuple[str, ...], why: str
) -> None:
    options = ServerOptions("stdio", "", 0, writes, allow, PermitKeys([public(KEY)]), str(tmp_path / "used.sqlite"))
    async with Client(build(account, options).mcp) as client:
        dry_run = structure(await client.call_tool("preview_automation", CALL))
        token = permit("start_automation", dry_run)
        message = refusal(await client.call_tool("start_automation", CALL | {"permit": token}))
    assert why in message and systems.started == 0


async def test_a_read_only_server_shows_what_a_start_would_do_and_starts_nothing(
    account: AwsAccount, systems: Systems
) -> None:
    options = ServerOptions("stdio", "", 0, False, (), None, None)
    async with Client(build(account, options).mcp) as client:
        dry_run = await preview(client, "start_automation")
    assert dry_run["data"]["executable"] is False and dry_run["data"]["diff"] and "read-only" in dry_run["text"]
    assert systems.started == 0


async def test_a_server_that_cannot_tell_its_account_writes_nothing(client: Client, systems: Systems) -> None:
    systems.wire.identity_denied = True
    async with client:
        message = refusal(await client.call_tool("start_automation", CALL))
    assert "[refused]" in message and "account" in message


async def test_an_unknown_execution_is_not_found(client: Client) -> None:
    async with client:
        message = refusal(await client.call_tool("get_automation", {"execution_id": "0" * 36}))
    assert "[not_found]" in message and "list_automations" in message


async def test_it_runs_as_a_process_over_stdio_and_marks_its_writes(
    systems: Systems, wire: Wire, tmp_path: Path, true_start: None
) -> None:
    environment = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_ENDPOINT_URL": wire.url,
        "AWS_REGION": "eu-west-1",
    }
    key = public(KEY)
    flags = ["--writes", "--allow", "Shop-*", "--permit-key", key, "--used-permits", str(tmp_path / "used.sqlite")]
    command = StdioServerParameters(command=sys.executable, args=["-m", "mcp_servers.ssm", *flags], env=environment)
    async with Client(stdio_client(command)) as client:
        tools = {tool.name: tool.annotations for tool in (await client.list_tools()).tools}
        token = permit("start_automation", await preview(client))
        start = structure(await client.call_tool("start_automation", CALL | {"permit": token}))
    assert {name for name, hints in tools.items() if hints and hints.destructive_hint} == {
        "start_automation",
        "stop_automation",
        "send_automation_signal",
    }
    assert start["data"]["outcome"] == "done" and systems.started == 1
