"""A quotation keeps what a line says: its start and its end, and of a long one first the times and places go."""

from __future__ import annotations

import pytest

from sre_agent.failures.formats import brief

LIMIT = 220
WEBHOOK = (
    "Failed to watch *v1.Bucket: failed to list *v1.Bucket: conversion webhook for stores.qx7ab.io/v1alpha1, Kind=B"
    ' failed: Post "https://comet-webhook.shop.svc:443/convert?timeout=30s": service "comet-webhook" not found'
)
PROXY = (
    "[error] 31#31: *8121 upstream sent too big header while reading response header from upstream, client: 10.0.3.7,"
    ' server: www.shop.test, request: "GET /login HTTP/2.0", upstream: "http://10.2.3.4:9090/login"'
)


@pytest.mark.parametrize(
    "frame",
    [
        "2026-09-21T14:13:08.000000Z ",
        "2026-09-21T14:13:08.000000Z E0311 14:11:02.123456       1 reflector.go:147] ",
        "2026-09-21T14:13:08.000000Z W0311 14:11:02.1 12 k8s.io/client-go/tools/cache/reflector.go:561] ",
        "2026-09-21T14:13:08.000000Z 2026/03/11 14:11:02 ",
        "2026-09-21T14:13:08.000000Z [2026-03-11 14:11:02,118] ",
        "",
    ],
)
@pytest.mark.parametrize(
    ("says", "reasons"),
    [
        (WEBHOOK, ("conversion webhook for stores", 'service "comet-webhook" not found')),
        (PROXY, ("upstream sent too big header", "http://10.2.3.4:9090/login")),
    ],
)
def test_a_long_line_is_quoted_with_its_start_and_its_reason(frame: str, says: str, reasons: tuple[str, str]) -> None:
    quotation = brief(frame + says, LIMIT)
    assert len(quotation) <= LIMIT
    assert all(reason in quotation for reason in reasons)


def test_a_line_that_fits_is_quoted_as_it_is() -> None:
    line = "2026-09-21T14:13:08.000000Z E0311 14:11:02.1 1 reflector.go:147] lists fail"
    assert brief(line, LIMIT) == line


def test_a_time_in_the_middle_of_a_line_stays() -> None:
    quotation = brief(f"certificate of 2026-03-11T14:11:02Z {'x' * LIMIT}", LIMIT)
    assert quotation.startswith("certificate of 2026-03-11T14:11:02Z x")
