"""Requests that a program refuses for their form are what it says, in a warning and in a line without a level."""

from __future__ import annotations

import pytest

from mcp_servers.signals.logs.line_signs import tells

REFUSALS = [
    "WARNING django.request Unsupported Media Type: /v1/orders",
    "WARN POST /v1/orders 422 Unprocessable Entity in 4ms",
    "WARN Length Required: /upload",
    "WARN POST /v1/orders 400 in 4ms",
    '{"level":"warn","status":413,"msg":"request"}',
    'level=warn msg="handled" path=/v1/orders status=406',
    '10.0.0.1 - - [11/Mar/2026:14:11:02 +0000] "POST /v1/orders HTTP/1.1" 415 31 "-" "curl/8"',
    "POST /v1/orders responded 411 in 3.1 ms",
]
OTHERS = [
    "POST /v1/orders responded 404 in 3.1 ms",
    '10.0.0.1 - - [11/Mar/2026:14:11:02 +0000] "GET / HTTP/1.1" 400 31 "-" "curl/8"',
    '10.0.0.1 - - [11/Mar/2026:14:11:02 +0000] "POST /v1/orders HTTP/1.1" 200 415 "-" "curl/8"',
    "level=info status=422 path=/v1/orders",
    "WARN queue holds 413 items",
    "served 415 requests in 4 s",
    "GET /items/422 200 3ms",
]


@pytest.mark.parametrize("line", REFUSALS)
def test_a_refusal_for_the_form_of_a_request_is_told(line: str) -> None:
    assert tells(line)


@pytest.mark.parametrize("line", OTHERS)
def test_what_is_no_such_refusal_or_is_called_information_stays_quiet(line: str) -> None:
    assert not tells(line)
