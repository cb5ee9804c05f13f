"""A conversation of the command line is kept: it goes on in another process, and is listed, read and deleted."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from typer.testing import CliRunner, Result

from sre_agent.cli import line_editing
from sre_agent.cli.main import app
from sre_lab.process import LabProcess
from tests.ground import servers_within

NODE = "which node does pod cart-6c8f9d7b5-cccc3 run on"


def run(*words: str) -> Result:
    return CliRunner().invoke(app, [*words])


def test_a_conversation_goes_on_where_it_stood_and_is_gone_once_it_is_forgotten(
    shop_lab: LabProcess, tmp_path: Path
) -> None:
    where = ["--state-dir", str(tmp_path / "state")]
    chat = ["chat", "--json", "--kubeconfig", str(shop_lab.endpoints.kubeconfig), *where]
    with servers_within():
        first = json.loads(run(*chat, NODE).stdout)
        again = json.loads(run(*chat, "--resume", "last", "is it well").stdout)
    assert again["session"] == first["session"]
    assert again["subjects"] == ["Pod/shop/cart-6c8f9d7b5-cccc3"]
    (conversation,) = json.loads(run("sessions", "list", "--json", *where).stdout)
    assert (conversation["id"], conversation["turns"]) == (first["session"], 2)
    page = run("sessions", "show", first["session"][:12], *where).stdout
    assert f"› {NODE}" in page and again["text"] in page
    assert run("sessions", "forget", "last", *where).exit_code == 0
    assert "There are no conversations yet" in run("sessions", "list", *where).stdout
    last = run(*chat, "--resume", first["session"], "is it well")
    assert last.exit_code != 0 and "There is no conversation" in str(last.exception or last.output)


def test_lines_that_a_person_typed_outlast_the_process_and_only_they_can_read_them(tmp_path: Path) -> None:
    history = tmp_path / line_editing.HISTORY
    for number in range(2 * line_editing.LINES + 1):
        line_editing.keep(history, f"question {number}")
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    assert line_editing.earlier(history)[-1] == f"question {2 * line_editing.LINES}"
    assert len(history.read_text().splitlines()) == line_editing.LINES
