"""What single log lines of real programs are taken for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mcp_servers.contract.facts import Subject
from mcp_servers.signals.logs.lines import wrong
from mcp_servers.signals.logs.signs import sign, signs

SUBJECT = Subject(scope="prod", kind="Pod", namespace="shop", name="web-1")
AT = datetime(2026, 3, 1, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "variable"),
    [
        ("KeyError: 'DATABASE_URL'", "DATABASE_URL"),
        ("2026-03-01T11:00:00Z FATAL missing required environment variable: PAYMENT_API_BASE", "PAYMENT_API_BASE"),
        ("Error: Environment variable STRIPE_MODE is not set", "STRIPE_MODE"),
        ("panic: env var PORT must be set", "PORT"),
        ("/entrypoint.sh: line 3: QUEUE_URL: unbound variable", "QUEUE_URL"),
        ('{"level":"error","msg":"config: CACHE_HOST is required"}', "CACHE_HOST"),
    ],
)
def test_a_variable_that_is_not_set_is_named(line: str, variable: str) -> None:
    assert wrong(line)
    assert sign(line) == ("log.env_missing", {"variable": variable})


@pytest.mark.parametrize(
    ("line", "address", "why"),
    [
        ("ERROR dial tcp 10.0.3.7:5432: connect: connection refused", "10.0.3.7:5432", "refused"),
        ("Error: connect ECONNREFUSED 172.20.1.9:6379", "172.20.1.9:6379", "refused"),
        ("ERROR dial tcp: lookup ledger-db on 10.100.0.10:53: no such host", "ledger-db", "dns"),
        (
            'psycopg2.OperationalError: connection to server at "orders.db" (10.1.2.3), port 5432 failed: timed out',
            "orders.db:5432",
            "timeout",
        ),
        ("error: Post http://billing.shop:8080/pay: context deadline exceeded", "billing.shop:8080", "timeout"),
        ('java.net.UnknownHostException: could not translate host name "orders-db" to address', "orders-db", "dns"),
    ],
)
def test_an_address_that_cannot_be_reached_is_named_with_why(line: str, address: str, why: str) -> None:
    assert wrong(line)
    assert sign(line) == ("log.connection_failed", {"address": address, "why": why})


def test_a_throttled_call_names_service_and_resource() -> None:
    line = (
        "ERROR PutItem failed: ProvisionedThroughputExceededException: The level of configured provisioned throughput"
        " for the table carts was exceeded"
    )
    assert sign(line) == ("log.throttled", {"service": "dynamodb", "resource": "carts"})


@pytest.mark.parametrize("line", ["java.lang.OutOfMemoryError: Java heap space", "fork: Cannot allocate memory"])
def test_exhausted_memory_is_seen(line: str) -> None:
    assert wrong(line)
    assert sign(line) == ("log.out_of_memory", {})


@pytest.mark.parametrize(
    "line",
    [
        "INFO retry policy: 3 errors allowed",
        '{"level":"info","msg":"timeout set to 30s"}',
        "I0301 11:00:00.000000 1 main.go:3] no error",
        "    at com.shop.Main.error(Main.java:3)",
        'GET /healthz HTTP/1.1" 200',
    ],
)
def test_quiet_lines_and_stack_frames_are_no_errors(line: str) -> None:
    assert not wrong(line)


def test_lines_that_differ_by_numbers_and_ids_are_one_group() -> None:
    first = "2026-03-01T11:00:00Z ERROR order 1234 of web-5d4f8c7b9d-x2x4z failed after 31ms"
    second = "2026-03-01T11:07:09Z ERROR order 99 of web-5d4f8c7b9d-q7w9z failed after 7ms"
    [observation] = signs([(AT, first), (AT + timedelta(minutes=7), second)], SUBJECT)
    assert observation.attributes["count"] == 2
    assert observation.attributes["last"] == "2026-03-01T11:07:00Z"


def test_lines_without_an_error_are_counted_as_looked_at() -> None:
    [observation] = signs([(None, "INFO ready"), (None, "INFO served")], SUBJECT)
    assert (observation.code, observation.attributes) == ("log.no_errors", {"lines": 2})


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("ERROR write /data/wal/000001: no space left on device", "/data/wal/000001"),
        ("OSError: [Errno 28] No space left on device: '/var/lib/app/cache'", "/var/lib/app/cache"),
        ("java.io.IOException: No space left on device", ""),
        ("ERROR: could not extend file: No space left on device", ""),
        ("Error: ENOSPC: no space left on device, open '/uploads/tmp'", "/uploads/tmp"),
    ],
)
def test_a_file_system_that_is_full_is_named_where_the_line_names_it(line: str, path: str) -> None:
    assert sign(line) == ("log.no_space", {"path": path})


def test_a_limit_of_the_kernel_that_uses_the_same_code_is_no_full_file_system() -> None:
    match = sign("Error: ENOSPC: System limit for number of file watchers reached")
    assert match is None or match[0] != "log.no_space"


@pytest.mark.parametrize(
    ("lines", "code", "excerpt"),
    [
        (
            ["thread 'main' panicked at src/config.rs:41:10:", 'called `unwrap()`: EnvVar(NotPresent, "SIGNING_KEY")'],
            "log.env_missing",
            "SIGNING_KEY",
        ),
        (
            ["Error: cannot read the configuration due to the following error(s):", "", "unknown exporter otlphtp"],
            "log.error",
            "unknown exporter otlphtp",
        ),
        (
            [
                "bundler: failed to load command: puma (/usr/bin/puma)",
                "mkdir: Permission denied - /data (Errno::EACCES)",
            ],
            "log.write_refused",
            "Errno::EACCES",
        ),
    ],
)
def test_a_line_that_announces_what_went_wrong_is_told_with_the_next_one(
    lines: list[str], code: str, excerpt: str
) -> None:
    observations = signs([(None, line) for line in lines], SUBJECT)
    assert [x.code for x in observations] == [code] and excerpt in observations[0].excerpt


def test_a_line_that_announces_what_went_wrong_takes_no_line_of_another_record() -> None:
    lines = ["Error: failed to start:", "INFO listening on port 8080"]
    assert signs([(None, line) for line in lines], SUBJECT)[0].excerpt == "Error: failed to start:"


def test_a_placeholder_without_a_value_is_a_variable_and_no_host() -> None:
    match = sign("IllegalArgumentException: Could not resolve placeholder 'SMTP_HOST' in value \"${SMTP_HOST}\"")
    assert match == ("log.env_missing", {"variable": "SMTP_HOST"})
