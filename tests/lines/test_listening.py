"""Where a program says that it listens, in the forms of many servers."""

from __future__ import annotations

import pytest

from mcp_servers.signals.logs.listening import ports


@pytest.mark.parametrize(
    ("line", "port", "loopback"),
    [
        ("INFO: Uvicorn running on http://0.0.0.0:8080 (Press CTRL+C to quit)", 8080, False),
        ("Tomcat started on port 8081 (http) with context path ''", 8081, False),
        ('LOG:  listening on IPv4 address "0.0.0.0", port 5432', 5432, False),
        ('{"level":"info","msg":"listening","port":3000}', 3000, False),
        ('level=info msg="server started" addr=127.0.0.1:9090', 9090, True),
        ("server listening at localhost:4000", 4000, True),
    ],
)
def test_a_server_says_where_it_listens(line: str, port: int, loopback: bool) -> None:
    (message,) = ports([(None, line)])
    assert (message.port, message.is_loopback) == (port, loopback)


@pytest.mark.parametrize(
    "line",
    [
        "starting connection to db port 5432",
        "started 12 workers at 10:20:30",
        "ERROR failed to start: listen tcp :8080: bind: address already in use",
        "Started server process [1]",
    ],
)
def test_other_peoples_ports_times_and_failures_are_no_place_where_it_listens(line: str) -> None:
    assert ports([(None, line)]) == []
