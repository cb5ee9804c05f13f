"""How an answer of a chat model comes about is shown on a terminal, and a person says yes there; a pipe has neither."""

from __future__ import annotations

import fcntl
import io
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from sre_agent.cli.chat_output import UNANSWERED
from sre_agent.cli.follower import Follower
from sre_lab.process import LabProcess
from tests.chat.stage import Heard, stage

CART = "cart-6c8f9d7b5-cccc3"
EXPLAIN = {"tool": "kubectl_explain_workload", "arguments": {"kind": "Deployment", "namespace": "shop", "name": "cart"}}
SAID = f"{CART} startet immer wieder neu. [L1] Das Limit ist 64Mi. [L1] Schuld ist db-7-x1. Neustarts: 7 [L1]"
PROPOSE = {"tool": "propose_fix", "arguments": {"kind": "Deployment", "namespace": "shop", "name": "cart"}}
TURNS = [
    {"expects": {"system": "You answer on-call engineers"}, "calls": [EXPLAIN, PROPOSE]},
    {
        "expects": {"system": "You answer on-call engineers"},
        "text": SAID,
    },
    {"fault": "denied", "repeats": True},
]
QUESTION = "Bitte behebe das Problem mit cart"


def command(lab: LabProcess, folder: Path, *words: str) -> tuple[list[str], dict[str, str]]:
    (folder / "turns.yaml").write_text(yaml.safe_dump({"turns": TURNS}))
    code = "from sre_agent.cli.entry import run; run()"
    line = [sys.executable, "-c", code, "chat", *words, "--kubeconfig", str(lab.endpoints.kubeconfig)]
    variables = {"SRE_AGENT_MODEL": f"scripted:{folder / 'turns.yaml'}", "SRE_AGENT_OPERATOR": "ada", "TERM": "xterm"}
    return line, os.environ | variables


def test_a_pipe_gets_the_checked_answer_and_the_words_that_would_mend_it(shop_lab: LabProcess, tmp_path: Path) -> None:
    line, environment = command(shop_lab, tmp_path, QUESTION, "--json", "--approve", "always")
    done = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100, check=False)
    (answer,) = [json.loads(text) for text in done.stdout.splitlines()]

    assert done.returncode == UNANSWERED, done.stderr
    assert (answer["outcome"], answer["choices"]) == ("choice", ["fix deployment cart in shop"])
    assert f"{CART} startet immer wieder neu. Das Limit ist 64Mi. Neustarts: 7 [E1]" in answer["words"]
    assert f"Pod/shop/{CART}" in answer["text"] and "db-7-x1" not in answer["text"] + answer["words"]
    assert answer["model"]["calls"] == 2 and answer["model"]["input_tokens"] > 0
    assert answer["incident"] is None
    assert "looking" not in done.stdout + done.stderr


def test_a_person_on_a_terminal_sees_the_looking_and_says_yes_to_the_incident(
    shop_lab: LabProcess, tmp_path: Path
) -> None:
    line, environment = command(shop_lab, tmp_path, QUESTION, "--approve", "never")
    screen = on_a_terminal(line, environment, tmp_path, {"[y/N]": "y\n"})

    assert "calling kubectl_explain_workload" in screen
    assert "Open an incident for Deployment/shop/cart? [y/N]" in screen
    after = screen.split("[y/N]")[1]
    assert "In the model's words, not verified:" in screen.split("calling propose_fix")[1]
    assert "Incident inc-" in after and "ended" in after
    assert "db-7-x1" not in screen.split("calling propose_fix")[1].split("[E1]")[1]


def on_a_terminal(line: list[str], environment: dict[str, str], cwd: Path, answers: dict[str, str]) -> str:
    """What a command shows on a terminal of 70 columns, where each text is answered once as it comes."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 70, 0, 0))
    process = subprocess.Popen(line, cwd=cwd, env=environment, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    screen, left = "", dict(answers)
    try:
        while select.select([ours], [], [], 100)[0]:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            screen += part.decode(errors="replace")
            for text in [text for text in left if text in screen]:
                os.write(ours, left.pop(text).encode())
    finally:
        os.close(ours)
        process.kill()
        process.wait(20)
    assert not left, screen
    return screen


@pytest.mark.parametrize("width", [40, 100])
def test_what_is_not_checked_does_not_stay_on_the_terminal(width: int) -> None:
    file = io.StringIO()
    follower = Follower(Console(file=file, force_terminal=True, width=width, height=12), refresh=False)
    follower.question_sent()
    follower.looks("kubectl_logs", {"namespace": "shop", "name": "checkout" * 20, "previous": None})
    follower.on_text("checkout \x1b[31mist kaputt, " * 60)
    before = file.getvalue()
    follower.answer_complete()

    assert "calling kubectl_logs" in before and "kaputt" in before
    assert "\x1b[31m" not in before
    lines = before.split("calling ")[1].splitlines()
    assert len(lines[0]) <= width and len(lines) <= 2 * 12
    after = file.getvalue()[len(before) :]
    assert "\x1b[2K" in after and "kaputt" not in after.rsplit("\x1b[2K", 1)[1]


def test_text_streams_from_bedrock_word_by_word_and_is_checked_at_the_end(shop_lab: LabProcess, tmp_path: Path) -> None:
    control = shop_lab.control
    control.play_model(
        {
            "turns": [
                {
                    "when": {"tool": "ask_in_english"},
                    "calls": [{"tool": EXPLAIN["tool"], "input": EXPLAIN["arguments"]}],
                },
                {"text": f"{CART} wurde wegen Speichermangel beendet (OOMKilled), 7 Neustarts. [L1]"},
            ]
        }
    )
    listener = Heard()
    with stage(shop_lab, tmp_path, settings_model="bedrock") as chat_stage:
        (reply,) = chat_stage.ask("Warum startet cart ständig neu?", listener=listener)
        costs = chat_stage.costs()

    assert reply.words == f"{CART} wurde wegen Speichermangel beendet (OOMKilled), 7 Neustarts. [E1]"
    wrote = [event.removeprefix("wrote ") for event in listener.events if event.startswith("wrote ")]
    assert len(wrote) > 1 and "".join(wrote).endswith("7 Neustarts. [L1]")
    assert listener.events[:2] == ["asked", "looks kubectl_explain_workload"]
    assert reply.model is not None and reply.model.input_tokens == sum(
        call.input_tokens + call.cache_read_tokens + call.cache_write_tokens for call in costs
    )
