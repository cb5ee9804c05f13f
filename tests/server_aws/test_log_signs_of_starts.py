"""What lines are taken for of programs that do not get going: nothing to run, a port taken, a login refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mcp_servers.contract.facts import Subject
from mcp_servers.signals.logs.signs import sign, signs

SUBJECT = Subject(scope="prod", kind="Pod", namespace="shop", name="web-1")
AT = datetime(2026, 3, 1, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "why", "what"),
    [
        ("exec /usr/local/bin/positions: exec format error", "wrong_format", "/usr/local/bin/positions"),
        ("standard_init_linux.go:228: exec user process caused: exec format error", "wrong_format", ""),
        ("/bin/sh: 1: python3: not found", "not_found", "python3"),
        ("bash: line 1: gunicorn: command not found", "not_found", "gunicorn"),
        ("python: can't open file '/app/run.py': [Errno 2] No such file or directory", "not_found", "/app/run.py"),
        ("Error: Unable to access jarfile app.jar", "not_found", "app.jar"),
        ("Error: Cannot find module '/app/server.js'", "not_found", "/app/server.js"),
        ("sh: /app/run.sh: Permission denied", "not_executable", "/app/run.sh"),
        ("Error: unknown flag: --metrics-prt", "arguments", "--metrics-prt"),
        ("main.py: error: unrecognized arguments: --bar", "arguments", "--bar"),
    ],
)
def test_what_cannot_be_run_is_named_by_shells_runtimes_and_argument_parsers(line: str, why: str, what: str) -> None:
    assert sign(line) == ("log.start_refused", {"why": why, "what": what})
    assert [x.code for x in signs([(AT, line)], SUBJECT)] == ["log.start_refused"]


@pytest.mark.parametrize(
    ("line", "port"),
    [
        ("listen tcp :8080: bind: address already in use", "8080"),
        ("Error: listen EADDRINUSE: address already in use :::9090", "9090"),
        ("OSError: [Errno 98] Address already in use", ""),
    ],
)
def test_a_port_that_is_taken_is_named(line: str, port: str) -> None:
    assert sign(line) == ("log.port_taken", {"port": port})


@pytest.mark.parametrize(
    ("line", "user", "address"),
    [
        ('ERROR FATAL: password authentication failed for user "app" (host db.test:5432)', "app", "db.test:5432"),
        ("Access denied for user 'app'@'10.0.0.1' (using password: YES)", "app", ""),
        ("MongoServerError: Authentication failed.", "", ""),
    ],
)
def test_credentials_that_a_service_refuses_are_told_apart_from_other_errors(
    line: str, user: str, address: str
) -> None:
    assert sign(line) == ("log.login_failed", {"user": user, "address": address})


@pytest.mark.parametrize(
    "line",
    [
        "WARN login failed: invalid credentials for customer 55",  # of its own users
        "INFO route /help: not found",
        "ModuleNotFoundError: No module named 'weasyprint'",
        "ERROR permission denied for table orders",
    ],
)
def test_what_only_sounds_like_a_refused_start_or_login_is_another_error(line: str) -> None:
    assert (sign(line) or ("", {}))[0] not in ("log.start_refused", "log.login_failed", "log.port_taken")


def test_a_line_that_claims_to_be_information_is_no_refused_start() -> None:
    assert [x.code for x in signs([(AT, "INFO sh: foo: not found")], SUBJECT)] != ["log.start_refused"]
