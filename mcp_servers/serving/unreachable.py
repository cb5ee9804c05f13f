"""Why a service could not be asked, in words: what libraries raise names their classes and not what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

LONGEST: Final = 200
_WHY: Final = (  # the first that is found in what was raised, and in what that was raised for
    (
        re.compile(
            r"name or service not known|nodename nor servname|getaddrinfo|name resolution|no address associated"
            r"|failed to resolve|NameResolutionError",
            re.I,
        ),
        "the name of {where} does not resolve",
    ),
    (re.compile(r"CERTIFICATE_VERIFY_FAILED\]? ?(?:certificate verify failed:? ?)?([^(\[\"']*)", re.I),
     "the certificate of {where} is not trusted ({0})"),
    (re.compile(r"WRONG_VERSION_NUMBER|record layer failure|UNKNOWN_PROTOCOL|HTTP request to an HTTPS", re.I),
     "{where} does not speak TLS; perhaps its address begins with http://"),
    (re.compile(r"ProxyError|tunnel connection failed|cannot connect to proxy", re.I),
     "the proxy does not forward requests to {where}"),
    (re.compile(r"connection refused|actively refused|ECONNREFUSED", re.I), "{where} refuses connections"),
    (re.compile(r"no route to host|network is unreachable|host is down", re.I), "no route to {where}"),
    (re.compile(r"connect(?:ion)? ?time(?:d ?)?out|ConnectTimeout|timed out\. \(connect", re.I),
     "{where} did not accept a connection in time"),
    (re.compile(r"read ?time(?:d ?)?out|ReadTimeout|timed out|timeout", re.I), "{where} did not answer in time"),
    (re.compile(r"reset by peer|remote end closed|RemoteDisconnected|RemoteProtocolError|connection aborted|broken pipe"
                r"|IncompleteRead|ProtocolError|server disconnected|connection was closed", re.I),
     "{where} closed the connection before it answered"),
    (re.compile(r"could not connect to the endpoint", re.I), "nothing answers at {where}"),
)  # fmt: skip


def in_words(problem: BaseException, where: str) -> str:
    """What went wrong on the way to `where`, as a sentence without a capital; the raised text where it is none of the
    known troubles."""
    texts = [f"{type(one).__name__} {one}" for one in _chain(problem)]
    for text in reversed(texts):  # the cause says more than what was raised for it
        for pattern, words in _WHY:
            if match := pattern.search(text):
                detail = " ".join(match[1].split()).rstrip(" .:") if match.groups() else ""
                return words.format(detail or "no reason given", where=where) + "."
    return f"{where} could not be reached: {' '.join(str(problem).split())[:LONGEST]}."


def _chain(problem: BaseException) -> Iterator[BaseException]:
    """The exception and what it was raised for; urllib3 keeps that in `reason`, some in their first argument."""
    visited: set[int] = set()
    one: BaseException | None = problem
    while one is not None and id(one) not in visited:
        visited.add(id(one))
        yield one
        inner = [getattr(one, "reason", None), one.__cause__, *one.args[:1], one.__context__]
        one = next((other for other in inner if isinstance(other, BaseException) and id(other) not in visited), None)
