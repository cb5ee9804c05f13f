"""What is said of a service that could not be asked: words, whichever library noticed it."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable

import httpx
import pytest
import urllib3
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError
from kubernetes.client import ApiClient, Configuration

from mcp_servers.kubernetes.connection.client import ClusterConnection
from mcp_servers.prometheus.connection.client import Prometheus
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.unreachable import in_words

WHERE = "the API server https://10.0.0.1"
NAMES_OF_CLASSES = re.compile(r"\w+(?:Error|Exception|Pool)\b|<.* object at|Errno")


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def by_urllib3(port: int) -> BaseException:
    try:
        urllib3.PoolManager(retries=False).request("GET", f"http://127.0.0.1:{port}/")
    except urllib3.exceptions.HTTPError as problem:
        return problem
    raise AssertionError("somebody listens")


def by_httpx(port: int) -> BaseException:
    try:
        httpx.get(f"http://127.0.0.1:{port}/")
    except httpx.HTTPError as problem:
        return problem
    raise AssertionError("somebody listens")


@pytest.mark.parametrize("ask", [by_urllib3, by_httpx])
def test_a_closed_port_is_told_as_one_where_nothing_listens(ask: Callable[[int], BaseException]) -> None:
    assert in_words(ask(closed_port()), WHERE) == f"{WHERE} refuses connections."


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (socket.gaierror(-2, "Name or service not known"), f"the name of {WHERE} does not resolve."),
        (OSError(113, "No route to host"), f"no route to {WHERE}."),
        (TimeoutError("timed out"), f"{WHERE} did not answer in time."),
        (ConnectTimeoutError(endpoint_url="https://x.test"), f"{WHERE} did not accept a connection in time."),
        (EndpointConnectionError(endpoint_url="https://x.test"), f"nothing answers at {WHERE}."),
        (
            OSError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1)"),
            f"the certificate of {WHERE} is not trusted (certificate has expired).",
        ),
        (ConnectionResetError(104, "Connection reset by peer"), f"{WHERE} closed the connection before it answered."),
        (OSError("a strange trouble"), f"{WHERE} could not be reached: a strange trouble."),
    ],
)
def test_each_trouble_on_the_way_has_its_words(problem: BaseException, words: str) -> None:
    assert in_words(problem, WHERE) == words


def test_a_cause_inside_an_exception_is_told_and_not_the_exception() -> None:
    outer = urllib3.exceptions.MaxRetryError(None, "/api", socket.gaierror(-3, "Temporary failure in name resolution"))  # type: ignore[arg-type]
    assert in_words(outer, WHERE) == f"the name of {WHERE} does not resolve."


def test_servers_tell_what_was_asked_what_went_wrong_and_what_to_do() -> None:
    port = closed_port()
    prometheus = Prometheus(f"http://127.0.0.1:{port}")
    with pytest.raises(TeachingError) as error:
        prometheus.ask("query", "query up", query="up")
    prometheus.close()
    text = str(error.value)
    assert text.startswith(f"[unavailable] query up: Prometheus at 127.0.0.1:{port} refuses connections.")
    assert "Check its URL" in text and not NAMES_OF_CLASSES.search(text)


def test_a_cluster_that_does_not_listen_is_told_by_its_address() -> None:
    configuration = Configuration()
    configuration.host = f"https://127.0.0.1:{closed_port()}"
    configuration.retries = False
    cluster = ClusterConnection("gone", lambda: ApiClient(configuration))
    with pytest.raises(TeachingError) as error:
        cluster.get("/api/v1/pods")
    cluster.close()
    text = str(error.value)
    expected = f"asking cluster gone for /api/v1/pods: the API server {configuration.host} refuses connections."
    assert expected in text and "kubeconfig" in text and not NAMES_OF_CLASSES.search(text)
