"""One object is read again and again: each time from the API server, over a connection that stays open."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from mcp import Client
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from mcp_servers.kubernetes.connection import client as connection
from mcp_servers.kubernetes.connection.client import ClusterConnection
from mcp_servers.kubernetes.connection.clusters import Clusters
from mcp_servers.kubernetes.server import build
from mcp_servers.serving.errors import TeachingError
from tests.server_aws.wire import serving_app
from tests.server_kubernetes.reading_lab import READ_ONLY, Asked, deployment, kubeconfig, template

PATH = "/apis/apps/v1/namespaces/shop/deployments/web"
MOMENTS = [f"Mon, 21 Sep 2026 14:13:{second} GMT" for second in (20, 21, 22)]


@pytest.mark.anyio
async def test_an_unchanged_object_is_read_again_and_a_change_shows_at_once_even_under_the_same_version(
    tmp_path: Path,
) -> None:
    before, after = deployment(), deployment(body=template("2"))
    for one in (before, after):
        one["metadata"]["resourceVersion"] = "7"
    answers = list(zip([before, before, after], MOMENTS, strict=True))

    async def api_server(scope: Scope, receive: Receive, send: Send) -> None:
        body, moment = answers.pop(0)
        await JSONResponse(body, headers={"Date": moment})(scope, receive, send)

    with (
        serving_app(api_server) as url,
        kubeconfig(tmp_path, url) as path,
        closing(Clusters(kubeconfig=str(path))) as some,
    ):
        async with Client(build(some, READ_ONLY).mcp) as client:
            ask = Asked(client)
            first, again, changed = [
                await ask("kubectl_get", kind="deploy", namespace="shop", name="web") for _ in "abc"
            ]
    assert not answers and again["text"] == first["text"] and again["data"] == first["data"]
    assert [one["as_of"][-3:] for one in (first, again, changed)] == ["20Z", "21Z", "22Z"]
    assert "web:1" in first["text"] and "web:2" in changed["text"] and changed["data"] != first["data"]


@contextmanager
def server_of(*answers: bytes) -> Iterator[tuple[str, list[int]]]:
    """An HTTP server that gives these answers in turn and closes a connection where one is empty, or says so; its
    address, and on which of its connections each request came."""
    rest, requests = list(answers), list[int]()

    def serve(listener: socket.socket) -> None:
        number = 0
        while rest:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer:
                while rest and peer.recv(65_536):
                    requests.append(number)
                    answer = rest.pop(0)
                    peer.sendall(answer)
                    if not answer or b"Connection: close" in answer:
                        break
                if not rest:
                    peer.recv(1)  # until the client has gone
            number += 1

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", requests
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


@contextmanager
def reading(folder: Path, url: str) -> Iterator[ClusterConnection]:
    with kubeconfig(folder, url) as path, closing(Clusters(kubeconfig=str(path))) as clusters:
        yield clusters.of()


def answer(name: str, *headers: str, how: str = "plain") -> bytes:
    body = json.dumps({"kind": "Deployment", "metadata": {"name": name}}).encode()
    lines = ["HTTP/1.1 200 OK", "Content-Type: application/json", f"Date: {MOMENTS[0]}", *headers]
    if how == "gzip":
        body = gzip.compress(body)
        lines.append("Content-Encoding: gzip")
    if how == "chunks":
        middle = len(body) // 2
        body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:middle], body[middle:], b""))
        lines.append("Transfer-Encoding: chunked")
    else:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def test_requests_share_one_connection_whatever_form_their_answers_have(tmp_path: Path) -> None:
    answers = answer("a"), answer("b"), answer("c", how="chunks"), answer("d")
    with server_of(*answers) as (url, requests), reading(tmp_path, url) as cluster:
        names = [cluster.get(PATH).body["metadata"]["name"] for _ in answers]
    assert names == ["a", "b", "c", "d"] and requests == [0, 0, 0, 0]


def test_a_connection_that_the_server_closed_is_made_anew(tmp_path: Path) -> None:
    answers = answer("a"), b"", answer("b"), answer("c", "Connection: close"), answer("d")
    with server_of(*answers) as (url, requests), reading(tmp_path, url) as cluster:
        assert [cluster.get(PATH).body["metadata"]["name"] for _ in "abcd"] == ["a", "b", "c", "d"]
    assert requests == [0, 0, 1, 1, 2]


def test_answers_that_a_proxy_compresses_are_read(tmp_path: Path) -> None:
    b, c = answer("b", how="gzip"), answer("c", how="gzip")
    with server_of(answer("a"), b, b, c) as (url, requests), reading(tmp_path, url) as cluster:
        assert [cluster.get(PATH).body["metadata"]["name"] for _ in "abc"] == ["a", "b", "c"]
    assert requests == [0, 0, 0, 0]  # the first of them in vain


def test_a_server_that_falls_silent_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "READ_SECONDS", 0.1)
    with server_of(answer("a"), b" ") as (url, requests), reading(tmp_path, url) as cluster:
        cluster.get(PATH)
        with pytest.raises(TeachingError) as silent:
            cluster.get(PATH)
    assert silent.value.refusal.code == "timeout" and requests == [0, 0]
