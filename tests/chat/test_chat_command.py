"""`sre-agent chat` as a command: one question, a pipe, JSON, and exit statuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from sre_agent.cli.chat_output import UNANSWERED
from sre_lab.process import LabProcess

QUESTIONS = "is cart ready\nwhich node does pod cart-6c8f9d7b5-cccc3 run on\nis it well\ndescribe deployment chekout\n"


def chat(shop_lab: LabProcess, cwd: Path, *words: str, entry: str = "") -> subprocess.CompletedProcess[str]:
    code = "from sre_agent.cli.entry import run; run()"
    command = [sys.executable, "-c", code, "chat", *words, "--kubeconfig", str(shop_lab.endpoints.kubeconfig)]
    return subprocess.run(command, cwd=cwd, input=entry, capture_output=True, text=True, timeout=100, check=False)


def test_one_question_is_answered_in_plain_text_with_its_evidence(shop_lab: LabProcess, tmp_path: Path) -> None:
    done = chat(shop_lab, tmp_path, "how many pods are in namespace batch")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "There are 612 pods in namespace batch. [E1]"
    assert "E1 kubectl_select(kind=Pod, namespace=batch" in done.stdout
    assert "\x1b[" not in done.stdout


def test_questions_from_a_pipe_are_one_conversation_with_one_status(shop_lab: LabProcess, tmp_path: Path) -> None:
    done = chat(shop_lab, tmp_path, "--json", entry=QUESTIONS)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == UNANSWERED, done.stderr
    assert [answer["intent"] for answer in answers] == ["healthy", "describe", "healthy", "describe"]
    assert all(answer["evidence"] and answer["looked_at"] and answer["tool_calls"] for answer in answers[:3])
    assert answers[3]["outcome"] == "not_found" and "Deployment/shop/checkout" in answers[3]["choices"]
    assert answers[2]["subjects"] == ["Pod/shop/cart-6c8f9d7b5-cccc3"]


def test_a_cluster_that_does_not_answer_is_said_without_a_traceback(shop_lab: LabProcess, tmp_path: Path) -> None:
    nobody = tmp_path / "nobody"
    nobody.write_text(shop_lab.endpoints.kubeconfig.read_text().replace("127.0.0.1", "127.0.0.9"))
    code = "from sre_agent.cli.entry import run; run()"
    command = [sys.executable, "-c", code, "chat", "how many pods are there", "--kubeconfig", str(nobody)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == UNANSWERED
    assert "could not be read" in done.stdout
    assert "Traceback" not in done.stderr + done.stdout


def test_a_pipe_ends_where_it_says_goodbye(shop_lab: LabProcess, tmp_path: Path) -> None:
    done = chat(shop_lab, tmp_path, entry="hello\n\nexit\nhow many pods are there\n")
    assert done.returncode == 0, done.stderr
    assert "I can see 4 namespaces" in done.stdout and "621" not in done.stdout


def test_a_kubeconfig_that_is_not_there_is_said(tmp_path: Path) -> None:
    code = "from sre_agent.cli.entry import run; run()"
    command = [sys.executable, "-c", code, "chat", "is checkout ready", "--kubeconfig", str(tmp_path / "nowhere")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 1
    assert "nowhere" in done.stderr and "--kubeconfig" in done.stderr and done.stdout == ""
