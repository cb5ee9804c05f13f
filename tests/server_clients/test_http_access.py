"""Who may ask a server over HTTP: real requests on loopback, and the command line that would open it further."""

from __future__ import annotations

import hmac
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from mcp_servers.cloudwatch import command as cloudwatch
from mcp_servers.kubernetes import command as kubernetes
from mcp_servers.prometheus import command as prometheus
from mcp_servers.serving import http
from mcp_servers.serving.arguments import ServerOptions
from mcp_servers.serving.bearer_tokens import TOKEN, BearerTokens
from mcp_servers.serving.http_access import Access, is_loopback
from mcp_servers.serving.server import ToolServer
from mcp_servers.ssm import command as ssm
from tests.server_aws.wire import serving_app
from tests.server_clients.scales import weigh

WORD = "made-up-for-these-tests-alone"
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
ACCEPTS = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18"}
COMMANDS = {"kubernetes": kubernetes, "cloudwatch": cloudwatch, "prometheus": prometheus, "ssm": ssm}


@contextmanager
def scales(access: Access | None = None, **more: Any) -> Iterator[str]:
    """The address of a small server with that access."""
    server = ToolServer("scales", "Weighs.")
    server.read(weigh)
    options = ServerOptions("http", "127.0.0.1", 0, False, (), None, None, access or Access(), **more)
    with serving_app(http.application(server.mcp, options), lifespan="on") as url:
        yield url + "/mcp"


def ask(url: str, **headers: str) -> httpx.Response:
    with httpx.Client(trust_env=False) as client:
        return client.post(url, json=LIST, headers=ACCEPTS | headers)


def test_on_loopback_a_client_on_this_machine_is_answered_without_a_token() -> None:
    with scales() as url:
        answer = ask(url)
    assert answer.status_code == 200 and "weigh" in answer.text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost:x", ""])
def test_a_foreign_host_is_refused_on_loopback_too(host: str) -> None:
    with scales() as url:
        assert ask(url, host=host).status_code in (400, 421)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost.evil.example:80", "http://127.0.0.1:1.evil.example"]
)
def test_a_page_of_another_origin_is_refused_on_loopback_too(origin: str) -> None:
    with scales() as url:
        assert ask(url, origin=origin).status_code == 403
        assert ask(url, origin="http://localhost:6274").status_code == 200


def test_a_name_is_served_when_it_was_allowed_with_any_port_or_with_its_own() -> None:
    with scales(
        Access(BearerTokens(WORD), ("tools.shop.test", "other.test:8443"), ("https://console.shop.test",))
    ) as url:
        bearer = {"authorization": f"Bearer {WORD}"}
        assert ask(url, host="tools.shop.test:9000", **bearer).status_code == 200
        assert ask(url, host="other.test:8443", **bearer).status_code == 200
        assert ask(url, host="other.test:8444", **bearer).status_code == 421
        assert ask(url, origin="https://console.shop.test", **bearer).status_code == 200


@pytest.mark.parametrize(
    "credentials", ["", "Bearer", f"Bearer {WORD[:-1]}", f"Bearer {WORD}x", f"Basic {WORD}", WORD, "Bearer \xff\xfe"]
)
def test_a_request_without_the_token_is_told_401_on_every_path(credentials: str) -> None:
    with scales(Access(BearerTokens(WORD), ("tools.shop.test",))) as url:
        headers = {b"authorization": credentials.encode("latin-1")} if credentials else {}
        with httpx.Client(trust_env=False) as client:
            for path in (url, url.replace("/mcp", "/else")):
                answer = client.post(path, json=LIST, headers=headers)
                assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
                assert WORD not in answer.text


def test_tokens_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths: list[tuple[int, int]] = []

    def compared(one: bytes, other: bytes) -> bool:
        lengths.append((len(one), len(other)))
        return one == other

    monkeypatch.setattr(hmac, "compare_digest", compared)
    with scales(Access(BearerTokens(WORD), ("tools.shop.test",))) as url:
        assert [ask(url, authorization=f"Bearer {one}").status_code for one in ("x", WORD)] == [401, 200]
    assert lengths == [(32, 32), (32, 32)], "digests of one length are compared, whatever was given"


@pytest.mark.anyio
async def test_the_sdk_s_client_works_with_the_token_in_its_header() -> None:
    with scales(Access(BearerTokens(WORD), ("tools.shop.test",))) as url:
        bearer = {"authorization": f"Bearer {WORD}"}
        async with (
            httpx2.AsyncClient(headers=bearer, trust_env=False) as sender,
            Client(streamable_http_client(url, http_client=sender)) as client,
        ):
            result = await client.call_tool("weigh", {"name": "web"})
    assert not result.is_error


def test_no_token_is_logged_or_shown_by_what_holds_it(caplog: pytest.LogCaptureFixture) -> None:
    access = Access(BearerTokens(WORD), ("tools.shop.test",))
    with caplog.at_level(logging.DEBUG), scales(access) as url:
        ask(url, authorization=f"Bearer {WORD}")
        ask(url, authorization="Bearer another-made-up-word", host="evil.example")
    assert WORD not in repr(access) and WORD not in repr(ServerOptions("http", "", 0, False, (), None, None, access))
    assert WORD not in caplog.text and "another-made-up-word" not in caplog.text


@pytest.mark.parametrize("server", COMMANDS)
@pytest.mark.parametrize(
    ("options", "token", "missing"),
    [
        ([], "", ["--token-file", TOKEN, "--allowed-host", "--tls-certificate", "--tls-ends-upstream"]),
        (["--allowed-host", "tools.shop.test", "--tls-ends-upstream"], "", ["--token-file", TOKEN]),
        (["--tls-ends-upstream"], WORD, ["--allowed-host"]),
        (["--allowed-host", "tools.shop.test"], WORD, ["--tls-certificate", "--tls-ends-upstream"]),
    ],
)
def test_beyond_loopback_no_server_starts_without_a_token_tls_and_the_names_it_is_reached_by(
    server: str, options: list[str], token: str, missing: list[str],
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    url = ["--url", "http://127.0.0.1:1"] if server == "prometheus" else []
    monkeypatch.setattr(sys, "argv", [server, "--transport", "http", "--host", "0.0.0.0", *url, *options])
    monkeypatch.setenv(TOKEN, token) if token else monkeypatch.delenv(TOKEN, raising=False)
    with pytest.raises(SystemExit) as system_exit:
        COMMANDS[server].main()
    message = capsys.readouterr().err
    assert system_exit.value.code == 2
    assert all(one in message for one in missing)
    assert ("--token-file FILE, or" in message) == (not token), "only what is missing is named"
    assert WORD not in message


@pytest.mark.parametrize(
    "content", ["", "short", "two words are not one token", "caf\u00e9-caf\u00e9-caf\u00e9-caf\u00e9"]
)
def test_a_token_that_could_be_guessed_or_never_be_sent_is_refused(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "token"
    file.write_text(content, encoding="utf-8")
    options = ["--host", "0.0.0.0", "--allowed-host", "tools.shop.test", "--token-file", str(file)]
    monkeypatch.setattr(sys, "argv", ["cloudwatch", "--transport", "http", *options])
    with pytest.raises(SystemExit) as system_exit:
        cloudwatch.main()
    message = capsys.readouterr().err
    assert system_exit.value.code == 2 and f"--token-file {file}" in message and (not content or content not in message)


def test_a_token_is_no_argument(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--host", "0.0.0.0", "--allowed-host", "tools.shop.test", f"--token={WORD}"]
    monkeypatch.setattr(sys, "argv", ["cloudwatch", "--transport", "http", *options])
    with pytest.raises(SystemExit) as system_exit:
        cloudwatch.main()
    assert system_exit.value.code == 2 and "--token-file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "inside"),
    [("127.0.0.1", True), ("127.8.0.1", True), ("::1", True), ("[::1]", True), ("localhost", True),
     ("0.0.0.0", False), ("::", False), ("", False), ("10.0.0.5", False), ("localhost.evil.example", False)],
)  # fmt: skip
def test_only_addresses_of_this_machine_are_loopback(host: str, inside: bool) -> None:
    assert is_loopback(host) is inside


def test_a_process_on_every_address_serves_who_bears_the_token_of_its_file(tmp_path: Path) -> None:
    file, log = tmp_path / "token", tmp_path / "log"
    file.write_text(WORD + "\n", encoding="utf-8")
    port = free_port()
    command = [
        sys.executable, "-m", "mcp_servers.cloudwatch", "--region", "eu-west-1", "--transport", "http", "--host",
        "0.0.0.0", "--port", str(port), "--token-file", str(file), "--allowed-host", "tools.shop.test",
        "--tls-ends-upstream",
    ]  # fmt: skip
    url = f"http://127.0.0.1:{port}/mcp"
    with log.open("w") as errors, subprocess.Popen(command, stderr=errors) as server:
        try:
            answer = once_up(url)
            assert answer.status_code == 401
            assert ask(url, authorization=f"Bearer {WORD}").status_code == 200
            assert ask(url, authorization=f"Bearer {WORD}", host="evil.example").status_code == 421
            command_line = Path(f"/proc/{server.pid}/cmdline")
            assert not command_line.exists() or WORD.encode() not in command_line.read_bytes()
        finally:
            server.terminate()
        assert server.wait(60) == 0, "what nobody waits for ends at once"
    assert WORD not in log.read_text()


def free_port() -> int:
    with serving_app(lambda *_: None) as url:
        return int(url.rpartition(":")[2])


def once_up(url: str) -> httpx.Response:
    """Its first answer, awaited for at most a minute: a busy machine starts slowly."""
    for _ in range(600):
        try:
            return ask(url)
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")
