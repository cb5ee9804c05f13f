"""What a line of trouble leaves out and the lines below it say: whom a failed call was for."""

from __future__ import annotations

import pytest

from mcp_servers.contract.facts import Subject
from mcp_servers.signals.logs.signs import signs

POD = Subject(scope="blue", kind="Pod", namespace="shop", name="cart-1")
AT = "2026-03-04T12:00:00.123456Z "

RECORDS = {
    "axios time-out": (
        ["AxiosError: timeout of 3000ms exceeded", "    at Req.onTimeout (/app/http.js:6:1)",
         "    url: 'http://stock.shop:3000/search'"],
        ("log.connection_failed", {"why": "timeout", "address": "stock.shop:3000"}),
    ),
    "axios status": (
        ["AxiosError: Request failed with status code 500", "    at settle (/app/axios.js:1:2)",
         "    url: 'http://stock.shop:5000/items', method: 'get'"],
        ("log.bad_answer", {"status": "500", "address": "stock.shop:5000"}),
    ),
    "node certificate": (
        ["Error: certificate has expired", "    at TLSSocket.onConnect (node:_tls_wrap:1:2)",
         "  code: 'CERT_HAS_EXPIRED', url: 'https://pay.shop:8443/v1'"],
        ("log.certificate_invalid", {"why": "expired", "address": "pay.shop:8443"}),
    ),
    "dotnet": (
        ["fail: Shop.Web[0]",
         "      System.Net.Http.HttpRequestException: Response status code does not indicate success: 503.",
         "         at Shop.Clients.GetAsync(String url) url=http://stock.shop:8000/users/42"],
        ("log.bad_answer", {"status": "503", "address": "stock.shop:8000"}),
    ),
    "elixir": (
        ["[error] GET http://stock:8080/quote -> 502", "    (web 1.9.0) lib/web/upstream.ex:44: Web.Upstream.get!/2"],
        ("log.bad_answer", {"status": "502", "address": "stock:8080"}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("stamp", [AT, ""], ids=["with the time of the runtime", "as written"])
@pytest.mark.parametrize("name", RECORDS)
def test_a_failed_call_is_told_once_with_the_address_that_stands_below_it(name: str, stamp: str) -> None:
    lines, (code, expected) = RECORDS[name]
    observations = signs([(None, f"{stamp}{line}") for line in lines], POD)
    assert [observation.code for observation in observations] == [code]
    assert observations[0].attributes["count"] == 1 and expected.items() <= observations[0].attributes.items()


def test_what_caused_an_exception_is_told_beside_it_though_it_stands_below() -> None:
    lines = [
        "ERROR could not save",
        "\tat a.b.C(D.java:3)",
        "Caused by: java.net.ConnectException: Connection refused: db:5432",
    ]
    codes = {observation.code for observation in signs([(None, line) for line in lines], POD)}
    assert codes == {"log.error", "log.connection_failed"}


def test_lines_with_a_level_of_their_own_are_no_details_however_far_they_are_indented() -> None:
    lines = [f"{AT} ERROR time-out", f"{AT}  INFO GET http://other:80/ 200"]
    assert [observation.code for observation in signs([(None, line) for line in lines], POD)] == ["log.error"]


TRACES = {
    "python": (
        ["ERROR:    Exception in ASGI application", "Traceback (most recent call last):", '  File "/app/db.py", line 3',
         "    return await fetch()", "shop.errors.StockError: shelf 12 is gone"],
        "Exception in ASGI application: shop.errors.StockError: shelf 12 is gone",
    ),
    "java launcher": (
        ["Error: LinkageError occurred while loading main class com.acme.App",
         "\tjava.lang.UnsupportedClassVersionError: com/acme/App has been compiled by a more recent version"],
        "UnsupportedClassVersionError: com/acme/App has been compiled by a more recent version",
    ),
    "dotnet": (
        ["fail: Shop.Tokens[7]", "      An exception was thrown while reading the token.",
         "      Shop.TokenException: The token could not be read.",
         "       ---> System.Security.Cryptography.CryptographicException: The key 7f was not found in the key ring."],
        "CryptographicException: The key 7f was not found in the key ring.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("stamp", [AT, ""], ids=["with the time of the runtime", "as written"])
@pytest.mark.parametrize("name", TRACES)
def test_a_line_that_only_announces_an_exception_is_told_once_with_the_innermost_one(name: str, stamp: str) -> None:
    lines, reason = TRACES[name]
    (observation,) = signs([(None, f"{stamp}{line}") for line in lines], POD)
    assert observation.code == "log.error" and observation.attributes["count"] == 1
    assert reason in observation.excerpt
