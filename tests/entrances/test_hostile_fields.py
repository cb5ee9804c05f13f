"""What others write into a log line, an event, an annotation or a question holds nobody up, and its cut is told."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from mcp_servers.contract.bounds import FIELD_CHARACTERS
from mcp_servers.ssm.runbooks.markdown_files import MarkdownFiles, name_folders
from sre_lab.process import LabProcess
from tests.chat.conftest import talking_of
from tests.chat.world import deployment, new_object, pod, world
from tests.labs import standing_lab
from tests.server_clients.every_server import every_server_of

# a server keeps its connections as long as its process, which here is the test's
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
SECONDS = 10.0  # of CPU; the same text whole took minutes, and a busy machine has its share
LEFT_OUT = "characters left out"
CUT = (LEFT_OUT, " …", "More with cursor")  # how an answer says that it shows not all
HOSTILE = {
    "names of secrets": "sessionid=" * 6_000,
    "quotes after a level": "ERROR " + '"' * 60_000,
    "keys of JSON": '{"token": "' * 4_000,
    "escapes": "%41\\u0041" * 4_000,
}
POD = "web-6c8f9d7b5-aaaa2"


def hostile_world(text: str) -> dict[str, Any]:
    recording = world()
    owner = deployment("web", "shop", 1, 1, "example.test/web:1")
    one = pod(owner[1], "aaaa2", "node-a", image="example.test/web:1")
    one["metadata"]["annotations"] = {"example.test/note": text}
    one["status"]["conditions"][0]["message"] = text
    event = new_object(
        "Event", "web.1", "shop", type="Warning", reason="Unhealthy", message=text, count=3,
        involvedObject={"kind": "Pod", "name": POD, "namespace": "shop", "uid": one["metadata"]["uid"]},
        firstTimestamp="2026-01-02T11:58:00Z", lastTimestamp="2026-01-02T11:59:00Z",
    )  # fmt: skip
    recording["k8s"]["objects"] = [new_object("Namespace", "shop", status={"phase": "Active"}), *owner, one, event]
    recording["k8s"]["logs"] = [{"namespace": "shop", "pod": POD, "previous": False, "text": f"ERROR {text}"}]
    return recording


@pytest.fixture(params=HOSTILE)
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LabProcess]:
    (tmp_path / "world.json").write_text(json.dumps(hostile_world(HOSTILE[request.param])), encoding="utf-8")
    with standing_lab(tmp_path / "world.json", tmp_path / "lab") as lab:
        yield lab


CALLS: dict[str, tuple[dict[str, Any], bool]] = {  # arguments, and whether the answer shows the text itself
    "kubectl_logs": ({"name": POD, "namespace": "shop"}, True),
    "kubectl_events": ({"namespace": "shop"}, True),
    "kubectl_get": ({"kind": "Pod", "name": POD, "namespace": "shop"}, True),
    "kubectl_describe_pod": ({"pod_name": POD, "namespace": "shop"}, False),
    "kubectl_study_logs": ({"name": POD, "namespace": "shop"}, False),
}


def test_a_hostile_log_line_event_and_annotation_cost_little_and_their_cut_is_told(lab: LabProcess) -> None:
    answers = asyncio.run(_ask_all(lab))
    for name, (text, seconds) in answers.items():
        assert seconds < SECONDS, (name, seconds)
        assert len(text) < 60_000
        assert not CALLS[name][1] or any(mark in text for mark in CUT), (name, text[:2_000])


async def _ask_all(lab: LabProcess) -> dict[str, tuple[str, float]]:
    at, answers = lab.endpoints, {}
    server = next(iter(every_server_of(str(at.kubeconfig), at.aws, at.prometheus, writes=False)))
    async with Client(server.mcp) as client:
        for name, (arguments, _) in CALLS.items():
            start = time.process_time()
            result = await client.call_tool(name, arguments)
            assert not result.is_error, (name, result.content)
            answers[name] = str(result.structured_content), time.process_time() - start
    return answers


def test_of_a_question_without_end_the_beginning_is_read_and_the_answer_says_so(tmp_path: Path) -> None:
    recording = world()
    with talking_of(recording, tmp_path) as talk:
        for hostile in HOSTILE.values():
            start = time.process_time()
            (reply,) = talk(f"how many nodes are there? {hostile}")
            assert time.process_time() - start < SECONDS
            assert "only the first" in reply.text and str(len(hostile) + 26) in reply.text


def test_a_line_of_a_runbook_without_end_is_cut_and_told(tmp_path: Path) -> None:
    folder = tmp_path / "runbooks"
    folder.mkdir()
    (folder / "slow.md").write_text(f"# Slow checkout\n\n{'token: ' * 30_000}\n\n## Look\n\n1. Look at it.\n")
    start = time.process_time()
    runbook, _ = MarkdownFiles(name_folders([f"ours={folder}"])).one("ours/slow.md")
    assert time.process_time() - start < SECONDS
    assert LEFT_OUT in str(runbook) and len(str(runbook)) < 4 * FIELD_CHARACTERS
