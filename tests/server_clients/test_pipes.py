"""What a client may do with the pipes that it starts a server with."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

SPEAKING = """
import os, subprocess, sys
from datetime import UTC, datetime
from mcp_servers.contract.facts import Answer
from mcp_servers.serving.server import ToolServer

def greet(words: int) -> Answer:
    "Greets."
    print("a stray line of a library", flush=True)
    subprocess.run(["cat"], check=True)
    return Answer(text="hello " * words, as_of=datetime.now(UTC), data={"hello": ["hello"] * words})

server = ToolServer("greeter", "Greets.")
server.read(greet)
server.mcp.run("stdio")
"""
PATIENCE = 60  # seconds until a server that does not end is given up
GREETER = [sys.executable, "-c", SPEAKING]
HANDSHAKE = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "pipes", "version": "1"},
}


@pytest.fixture
def greeter() -> Iterator[subprocess.Popen[bytes]]:
    """A server with one tool, which prints what is no message and starts a process that reads its input to the end."""
    pipe = subprocess.PIPE
    with subprocess.Popen(GREETER, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        try:
            _write(process, _request("hello", "initialize", HANDSHAKE))
            assert _answer(process)["id"] == "hello"
            yield process
        finally:
            process.kill()


def _request(number: int | str, method: str, params: dict[str, Any]) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode() + b"\n"


def _greeting(number: int, words: int = 1) -> bytes:
    return _request(number, "tools/call", {"name": "greet", "arguments": {"words": words}})


def _write(process: subprocess.Popen[bytes], data: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(data)
    process.stdin.flush()


def _answer(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert process.stdout is not None
    message: dict[str, Any] = json.loads(process.stdout.readline())
    return message


def test_what_a_tool_prints_is_no_message_and_a_process_that_it_starts_reads_nothing_of_the_client(
    greeter: subprocess.Popen[bytes],
) -> None:
    for number in range(3):
        _write(greeter, _greeting(number))
        assert _answer(greeter)["result"]["content"][0]["text"] == "hello "
    rest, errors = greeter.communicate(timeout=PATIENCE)
    assert rest == b""
    assert errors.count(b"a stray line of a library") == 3


def test_a_request_may_come_in_pieces_and_several_at_once(greeter: subprocess.Popen[bytes]) -> None:
    first, second = _request(1, "ping", {}), _request(2, "ping", {})
    for piece in (first[:1], first[1:20], first[20:] + second[:30]):
        _write(greeter, piece)
    assert _answer(greeter)["id"] == 1
    _write(greeter, second[30:] + _request(3, "ping", {}) + _request(4, "ping", {}))
    assert {_answer(greeter)["id"] for _ in range(3)} == {2, 3, 4}


def test_a_line_that_is_no_message_is_passed_over(greeter: subprocess.Popen[bytes]) -> None:
    _write(greeter, b"\n{ nonsense\n\xff\xfe\r\n" + _request(1, "ping", {}).replace(b"\n", b"\r\n"))
    assert _answer(greeter)["id"] == 1


def test_answers_of_which_many_fill_the_pipe_come_whole_to_a_client_that_reads_them_late(
    greeter: subprocess.Popen[bytes],
) -> None:
    count = 60
    for number in range(count):
        _write(greeter, _greeting(number, words=2_000))
    answers = [_answer(greeter) for _ in range(count)]
    assert {one["id"] for one in answers} == set(range(count))
    assert all(one["result"]["structuredContent"]["data"]["hello"] for one in answers)


def test_a_client_that_is_gone_with_answers_on_their_way_lets_the_server_end(greeter: subprocess.Popen[bytes]) -> None:
    for number in range(60):
        _write(greeter, _greeting(number, words=2_000))
    assert _answer(greeter)["result"]
    assert greeter.stdout is not None and greeter.stdin is not None
    greeter.stdout.close()
    greeter.stdin.close()
    greeter.stdout = greeter.stdin = None
    assert greeter.communicate(timeout=PATIENCE)[1] is not None
    assert greeter.returncode == 0


def test_a_client_that_closes_its_end_without_a_word_ends_the_server() -> None:
    server = subprocess.run(GREETER, input=b"", capture_output=True, timeout=PATIENCE, check=False)
    assert (server.returncode, server.stdout, server.stderr) == (0, b"", b"")


def test_requests_may_come_from_a_file_and_answers_go_to_one(tmp_path: Any) -> None:
    (tmp_path / "requests").write_bytes(_request("hello", "initialize", HANDSHAKE))
    with (tmp_path / "requests").open("rb") as requests, (tmp_path / "answers").open("wb") as answers:
        subprocess.run(GREETER, stdin=requests, stdout=answers, timeout=PATIENCE, check=True)
    assert json.loads((tmp_path / "answers").read_bytes())["id"] == "hello"
