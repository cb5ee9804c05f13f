"""Filter patterns of CloudWatch Logs: terms, quoted phrases, `-term`, `?term`, `%regex%`, and `{ $.field = x }`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from sre_agent.lab.aws.errors import AwsError

Takes = Callable[[str], bool]
_TERM = re.compile(r'\s*(?P<sign>[-?]?)(?P<term>"(?:[^"\\]|\\.)*"|%[^%]+%|[^\s"]+)')
_COMPARED = re.compile(
    r"\s*(?P<open>\(*)\s*\$\.(?P<path>[\w.@\[\]-]+)\s*"
    r'(?P<sign>=|!=|>=|<=|>|<|IS|NOT EXISTS)\s*(?P<value>"[^"]*"|[^\s()&|]+)?\s*(?P<close>\)*)\s*'
)


def compiled(pattern: str) -> Takes:
    """The pattern as a test of messages; AwsError InvalidParameterException names what is not understood."""
    text = pattern.strip()
    if text.startswith("{"):
        if not text.endswith("}"):
            raise _wrong(pattern, "the closing } is missing")
        return _json_pattern(pattern, text[1:-1])
    if text.startswith("["):
        raise _wrong(pattern, "patterns over space-delimited fields ([a, b, ...]) are not supported here")
    return _terms(pattern, text)


def _terms(pattern: str, text: str) -> Takes:
    needed: list[Takes] = []
    refused: list[Takes] = []
    one_of: list[Takes] = []
    at = 0
    while at < len(text):
        found = _TERM.match(text, at)
        if found is None:
            raise _wrong(pattern, f"it cannot be read from {text[at:]!r} on")
        at = found.end()
        {"-": refused, "?": one_of, "": needed}[found["sign"]].append(_term(pattern, found["term"]))

    def takes(message: str) -> bool:
        return (
            all(test(message) for test in needed)
            and not any(test(message) for test in refused)
            and (not one_of or any(test(message) for test in one_of))
        )

    return takes


def _term(pattern: str, term: str) -> Takes:
    if term.startswith("%") and term.endswith("%"):
        try:
            regex = re.compile(term[1:-1])
        except re.error as problem:
            raise _wrong(pattern, f"{term} is no regular expression: {problem}") from problem
        return lambda message: regex.search(message) is not None
    words = term[1:-1].replace('\\"', '"') if term.startswith('"') else term
    return lambda message: words in message


def _json_pattern(pattern: str, text: str) -> Takes:
    """Comparisons joined by && or ||, without mixing the two."""
    if "&&" in text and "||" in text:
        raise _wrong(pattern, "&& and || in one pattern are not supported here")
    tests = [_comparison(pattern, part) for part in re.split(r"&&|\|\|", text)]
    join = any if "||" in text else all

    def takes(message: str) -> bool:
        try:
            document = json.loads(message)
        except ValueError:
            return False
        return isinstance(document, dict) and join(test(document) for test in tests)

    return takes


def _comparison(pattern: str, part: str) -> Callable[[dict[str, Any]], bool]:
    found = _COMPARED.fullmatch(part)
    if found is None:
        raise _wrong(pattern, f"{part.strip()!r} is not a comparison such as $.field = value")
    path, sign, value = found["path"], found["sign"], found["value"] or ""
    if sign == "NOT EXISTS":
        return lambda document: at_path(document, path) is None
    if sign == "IS":
        wanted = {"TRUE": True, "FALSE": False, "NULL": None}.get(value.upper(), value)
        return lambda document: at_path(document, path) is wanted
    return lambda document: _compare(at_path(document, path), sign, value)


def _compare(held: Any, sign: str, value: str) -> bool:
    if held is None:
        return False
    if sign in ("=", "!="):
        if isinstance(held, int | float) and not isinstance(held, bool):
            try:
                same = float(value.strip('"')) == float(held)
            except ValueError:
                same = False
        else:
            same = fnmatchcase(str(held), value.strip('"'))
        return same is (sign == "=")
    try:
        number, limit = float(held), float(value)
    except (TypeError, ValueError):
        return False
    return {">": number > limit, "<": number < limit, ">=": number >= limit, "<=": number <= limit}[sign]


def at_path(document: Any, path: str) -> Any:
    """`a.b[0].c` in a JSON document; None where there is nothing."""
    for step in re.findall(r"[^.\[\]]+", path):
        if isinstance(document, dict):
            document = document.get(step)
        elif isinstance(document, list) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        else:
            return None
    return document


def _wrong(pattern: str, problem: str) -> AwsError:
    return AwsError("InvalidParameterException", f"Invalid filter pattern {pattern!r}: {problem}.")
