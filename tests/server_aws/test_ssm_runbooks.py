"""Runbooks of both kinds in one ranked list: Automation documents in Systems Manager, Markdown files in a folder."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from mcp_servers.serving.arguments import ServerOptions
from mcp_servers.serving.aws import AwsAccount
from mcp_servers.serving.tool_table import tool_table
from mcp_servers.ssm import __file__ as package
from mcp_servers.ssm.runbooks.markdown_files import name_folders
from mcp_servers.ssm.server import build
from sre_lab.aws.ssm import OPERATIONS
from sre_lab.scenario import ClusterSpec
from sre_lab.world import World, new_world
from tests.server_aws.asking import text_of
from tests.server_aws.wire import Wire

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
READ_ONLY = ServerOptions("stdio", "", 0, False, (), None, None)

DRAIN = """---
title: Drain a sick node
failure_classes: [node_not_ready]
tags: {team: platform}
parameters:
  NodeName: the node that no longer reports
  Grace: {description: seconds, default: 60, allowed: [60, 300]}
---
A node that stopped reporting keeps its pods for five minutes.

## Before
Look at `kubectl describe node`.

## Cordon
```
# this is no heading
kubectl drain NODE
```
"""


class Shelf:
    """Documents in Systems Manager and a folder with files beside them."""

    def __init__(self, wire: Wire, folder: Path) -> None:
        self.wire, self.folder = wire, folder
        self.world: World = new_world(ClusterSpec(), NOW.timestamp(), 1)
        for name in ("ListDocuments", "DescribeDocument", "GetDocument", "ListTagsForResource"):
            wire.operations[name] = partial(OPERATIONS[name], self.world)

    def document(self, name: str, description: str, step: str = "", tags: dict[str, str] | None = None) -> None:
        service, _, api = (step or "dynamodb:DescribeTable").partition(":")
        content = {
            "schemaVersion": "0.3",
            "description": description,
            "parameters": {"Name": {"type": "String"}},
            "mainSteps": [{"name": "Do", "action": "aws:executeAwsApi", "inputs": {"Service": service, "Api": api}}],
        }
        tag_list = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
        request = {"Name": name, "DocumentType": "Automation", "Content": json.dumps(content), "Tags": tag_list}
        OPERATIONS["CreateDocument"](self.world, request)

    def file(self, path: str, text: str) -> None:
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)


@pytest.fixture
def shelf(wire: Wire, tmp_path: Path) -> Shelf:
    return Shelf(wire, tmp_path / "runbooks")


async def ask(account: AwsAccount, shelf: Shelf, tool: str, **arguments: Any) -> dict[str, Any]:
    shelf.folder.mkdir(exist_ok=True)
    async with Client(build(account, READ_ONLY, name_folders([str(shelf.folder)])).mcp) as client:
        result = await client.call_tool(tool, arguments)
    if result.is_error:
        return {"error": text_of(result)}
    sent = json.dumps(result.structured_content, ensure_ascii=False).encode()
    assert len(result.structured_content["text"]) <= 8_000 and len(sent) < 24_000
    return dict(result.structured_content)


def names(answer: dict[str, Any]) -> list[str]:
    return [runbook["name"] for runbook in answer["data"]["runbooks"]]


async def test_both_kinds_come_back_in_one_ranked_list(account: AwsAccount, shelf: Shelf) -> None:
    shelf.document("Shop-RaiseTable", "Raise the write capacity of a throttled table")
    shelf.document("Shop-RebootDatabase", "Reboot a database", step="rds:RebootDBInstance")
    shelf.file("dynamo/capacity.md", "# Capacity\nWhat to do while a table throttles writes, and how to raise it.\n")
    shelf.file("nodes/drain.md", DRAIN)
    answer = await ask(account, shelf, "find_runbooks", text="writes to a table are throttled")
    assert set(names(answer)) == {"Shop-RaiseTable", "runbooks/dynamo/capacity.md"}
    scores = [runbook["score"] for runbook in answer["data"]["runbooks"]]
    assert scores == sorted(scores, reverse=True)
    assert {runbook["kind"] for runbook in answer["data"]["runbooks"]} == {"automation", "markdown"}
    assert "never an instruction" in answer["text"]


async def test_a_runbook_is_found_by_a_word_that_only_its_steps_hold(account: AwsAccount, shelf: Shelf) -> None:
    shelf.document("Shop-One", "Does something", step="rds:RebootDBInstance")
    shelf.document("Shop-Two", "Does something", step="sqs:PurgeQueue")
    assert names(await ask(account, shelf, "find_runbooks", text="purge the queue")) == ["Shop-Two"]


async def test_a_rare_word_outweighs_a_common_one(account: AwsAccount, shelf: Shelf) -> None:
    for number in range(6):
        shelf.document(f"Shop-Service{number}", "Restart a service of the shop")
    shelf.document("Shop-Certificate", "Renew a certificate")
    answer = await ask(account, shelf, "find_runbooks", text="restart? the certificate has expired")
    assert names(answer)[0] == "Shop-Certificate"


async def test_who_is_tagged_for_a_failure_class_leads_the_list(account: AwsAccount, shelf: Shelf) -> None:
    shelf.document("Shop-NodeReady", "Node not ready? Look at a node that is not ready")
    shelf.document(
        "Shop-Replace", "Replace a machine", tags={"sre-agent:failure-classes": "node_pressure node_not_ready"}
    )
    shelf.file("drain.md", DRAIN)
    answer = await ask(account, shelf, "find_runbooks", text="", failure_class="node_not_ready")
    assert set(names(answer)[:2]) == {"Shop-Replace", "runbooks/drain.md"}
    assert names(answer)[2] == "Shop-NodeReady"


async def test_only_what_can_be_started_carries_tags_to_start_it_by(account: AwsAccount, shelf: Shelf) -> None:
    shelf.document("Shop-Drain", "Drain a node", tags={"team": "platform"})
    shelf.file("drain.md", DRAIN)
    answer = await ask(account, shelf, "find_runbooks", text="drain", tags=["team=platform"])
    tags = {runbook["kind"]: runbook.get("tags") for runbook in answer["data"]["runbooks"]}
    assert tags == {"automation": {"team": "platform"}, "markdown": None}


async def test_a_markdown_runbook_is_described_with_parameters_and_sections(account: AwsAccount, shelf: Shelf) -> None:
    shelf.file("nodes/drain.md", DRAIN)
    answer = await ask(account, shelf, "describe_runbook", name="runbooks/nodes/drain.md")
    runbook = answer["data"]["runbook"]
    assert runbook["title"] == "Drain a sick node" and runbook["failure_classes"] == ["node_not_ready"]
    required, optional = runbook["parameters"]
    assert required["name"] == "NodeName" and required["required"]
    assert optional["allowed"] == ["60", "300"] and optional["default"] == 60 and not optional["required"]
    assert [section["heading"] for section in runbook["sections"]] == ["", "Before", "Cordon"]
    assert "> # this is no heading" in answer["text"]
    assert runbook["mutating"] == "unknown" and "target" not in answer["data"]


async def test_a_long_runbook_is_told_piece_by_piece_and_nothing_of_it_is_lost(
    account: AwsAccount, shelf: Shelf
) -> None:
    lines = [f"step {number}: look closely, then go on" for number in range(400)]
    shelf.file("long.md", "# Long\n" + "\n".join(lines) + "\n## End\n" + "ä" * 3000)
    sections: list[str] = []
    cursor, answers = "", 0
    while answers == 0 or cursor:
        answer = await ask(account, shelf, "describe_runbook", name="runbooks/long.md", cursor=cursor)
        sections += [section["text"] for section in answer["data"]["runbook"]["sections"]]
        cursor, answers = answer["data"].get("cursor", ""), answers + 1
        assert "characters" not in answer["left_out"]
    assert "\n".join(sections[:-2]).splitlines() == lines and "".join(sections[-2:]) == "ä" * 3000
    assert answers > 2


async def test_of_too_many_parameters_those_that_have_to_be_given_are_told(account: AwsAccount, shelf: Shelf) -> None:
    many = "".join(f"  P{n:03}: {{description: {'d' * 150}, default: 1}}\n" for n in range(70))
    shelf.file("many.md", f"---\nparameters:\n{many}  Last: which one\n---\n# Many\nMany parameters.\n")
    description = await ask(account, shelf, "describe_runbook", name="runbooks/many.md")
    assert description["data"]["runbook"]["parameters"][0]["name"] == "Last"
    assert description["left_out"]["parameters"] == 71 - len(description["data"]["runbook"]["parameters"])
    assert names(await ask(account, shelf, "find_runbooks", text="many parameters")) == ["runbooks/many.md"]


async def test_the_commit_of_a_checkout_is_the_version_of_its_runbooks(account: AwsAccount, shelf: Shelf) -> None:
    shelf.file("drain.md", DRAIN)
    plain = await ask(account, shelf, "describe_runbook", name="runbooks/drain.md")
    shelf.file(".git/HEAD", "ref: refs/heads/main\n")
    shelf.file(".git/packed-refs", f"# pack-refs\n{'ab' * 20} refs/heads/main\n")
    checkout = await ask(account, shelf, "describe_runbook", name="runbooks/drain.md")
    assert plain["data"]["runbook"]["version"] == plain["data"]["runbook"]["hash"][:12]
    assert checkout["data"]["runbook"]["version"] == "ab" * 6


async def test_nothing_outside_the_folder_is_read(account: AwsAccount, shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.md").write_text("# drain elsewhere")
    shelf.file("drain.md", DRAIN)
    shelf.file(".hidden/drain.md", "# drain hidden")
    (shelf.folder / "link.md").symlink_to(tmp_path / "elsewhere.md")
    shelf.file(".git/HEAD", "ref: ../../elsewhere.md\n")
    answer = await ask(account, shelf, "find_runbooks", text="drain")
    assert names(answer) == ["runbooks/drain.md"]
    for name in ("runbooks/link.md", "runbooks/../elsewhere.md", "runbooks/.hidden/drain.md"):
        assert "[not_found]" in (await ask(account, shelf, "describe_runbook", name=name))["error"]


@pytest.mark.parametrize(
    "front", ["a: &a [x, x]\nb: [*a, *a]", "title: [", "- a list", "title: !!python/name:os.system"]
)
async def test_front_matter_that_cannot_be_used_is_a_gap_and_the_text_is_there(
    account: AwsAccount, shelf: Shelf, front: str
) -> None:
    shelf.file("drain.md", f"---\n{front}\n---\n# Drain\nDrain the node.\n")
    answer = await ask(account, shelf, "describe_runbook", name="runbooks/drain.md")
    assert answer["data"]["runbook"]["title"] == "Drain"
    assert [c["state"] for c in answer["coverage"]] == ["complete", "partial"]


async def test_secrets_in_a_runbook_do_not_leave_the_server(account: AwsAccount, shelf: Shelf) -> None:
    shelf.file("login.md", "# Log in\nUse postgres://admin:hunter2hunter2@db/shop to log in.\n")
    answer = await ask(account, shelf, "describe_runbook", name="runbooks/login.md")
    assert "hunter2" not in json.dumps(answer) and "[redacted:" in answer["text"]


async def test_an_account_that_denies_is_a_gap_beside_the_markdown_runbooks(
    account: AwsAccount, shelf: Shelf, wire: Wire
) -> None:
    wire.deny("ListDocuments")
    shelf.file("drain.md", DRAIN)
    answer = await ask(account, shelf, "find_runbooks", text="drain a node")
    assert names(answer) == ["runbooks/drain.md"]
    [denied] = [c for c in answer["coverage"] if c["state"] == "denied"]
    assert "ssm:ListDocuments" in denied["detail"]
    async with Client(build(account, READ_ONLY).mcp) as client:
        alone = await client.call_tool("find_runbooks", {"text": "drain a node"})
    assert alone.is_error and "ssm:ListDocuments" in text_of(alone)


async def test_a_long_list_is_bounded_and_the_cursor_goes_on_to_its_end(account: AwsAccount, shelf: Shelf) -> None:
    for number in range(24):
        shelf.file(f"restart-{number:02}.md", f"# Restart service {number}\n" + "Restart it. " * 200)
    listing: list[str] = []
    cursor, pages = "", 0
    while pages == 0 or cursor:
        answer = await ask(account, shelf, "find_runbooks", text="restart", cursor=cursor)
        assert answer["data"]["found"] == 24
        listing += names(answer)
        cursor, pages = answer["data"].get("cursor", ""), pages + 1
    assert sorted(listing) == [f"runbooks/restart-{number:02}.md" for number in range(24)] and pages >= 3
    wrong = await ask(account, shelf, "find_runbooks", text="restart", cursor="nonsense")
    assert "[bad_request]" in wrong["error"]


def test_two_folders_of_one_name_need_names_of_their_own(tmp_path: Path) -> None:
    for parent in ("a", "b"):
        (tmp_path / parent / "runbooks").mkdir(parents=True)
    first, second = str(tmp_path / "a" / "runbooks"), str(tmp_path / "b" / "runbooks")
    with pytest.raises(ValueError, match="NAME=FOLDER"):
        name_folders([first, second])
    assert [folder.name for folder in name_folders([first, f"old={second}"])] == ["runbooks", "old"]


async def test_the_readme_shows_the_tools_that_are_registered(account: AwsAccount) -> None:
    readme = (Path(package).parent / "README.md").read_text()
    assert await tool_table(build(account, replace(READ_ONLY, writes=True))) in readme
