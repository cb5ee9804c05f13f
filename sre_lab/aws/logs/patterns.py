"""Filter patterns of CloudWatch Logs: terms, quoted phrases, `-term`, `?term`, `%regex%`, JSON and space-delimited."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sre_lab.aws.logs.conditions import MISSING, MOST_REGEXES, wrong
from sre_lab.aws.logs.field_patterns import FieldPattern
from sre_lab.aws.logs.insights.regexes import search
from sre_lab.aws.logs.insights.values import to_text
from sre_lab.aws.logs.json_patterns import document_of, json_pattern, select

MessageTest = Callable[[str], bool]
Value = Callable[[str, str], str | None]  # of a message, what `$.path` or `$name` is in it
_TERM = re.compile(r'\s*(?P<sign>[-?]?)(?P<term>"(?:[^"\\]|\\.)*"|%(?:[^%\\]|\\.)+%|[^\s"]+)')


@dataclass(frozen=True)
class FilterPattern:
    """`takes` tests a message; `value` reads what the pattern can name in it; `fields` all that it names."""

    takes: MessageTest
    value: Value
    fields: Callable[[str], dict[str, str]]


def filter_pattern(pattern: str) -> FilterPattern:
    """AwsError InvalidParameterException names what is not understood."""
    text = pattern.strip()
    if text.startswith("{"):
        if not text.endswith("}"):
            raise wrong(pattern, "the closing } is missing")
        test = json_pattern(pattern, text[1:-1])
        return FilterPattern(lambda message: test(document_of(message)), _json_value, lambda message: {})
    if text.startswith("["):
        if not text.endswith("]"):
            raise wrong(pattern, "the closing ] is missing")
        columns = FieldPattern(pattern, text[1:-1])
        return FilterPattern(
            lambda message: columns.fields(message) is not None,
            lambda message, name: (columns.fields(message) or {}).get(name),
            lambda message: columns.fields(message) or {},
        )
    return FilterPattern(_terms(pattern, text), lambda message, name: None, lambda message: {})


def compile_pattern(pattern: str) -> MessageTest:
    """The pattern as a test of messages."""
    return filter_pattern(pattern).takes


def _json_value(message: str, path: str) -> str | None:
    value = select(document_of(message), path)
    return None if value is MISSING or value is None or isinstance(value, dict | list) else to_text(value)


def _terms(pattern: str, text: str) -> MessageTest:
    needed: list[MessageTest] = []
    refused: list[MessageTest] = []
    one_of: list[MessageTest] = []
    at = regexes = 0
    while at < len(text):
        match = _TERM.match(text, at)
        if match is None:
            raise wrong(pattern, f"it cannot be read from {text[at:]!r} on")
        at = match.end()
        regexes += match["term"].startswith("%")
        {"-": refused, "?": one_of, "": needed}[match["sign"]].append(_term(pattern, match["term"]))
    if regexes > MOST_REGEXES:
        raise wrong(pattern, f"it has more than {MOST_REGEXES} regular expressions")

    def takes(message: str) -> bool:
        return (
            all(test(message) for test in needed)
            and not any(test(message) for test in refused)
            and (not one_of or any(test(message) for test in one_of))
        )

    return takes


def _term(pattern: str, term: str) -> MessageTest:
    if term.startswith("%") and term.endswith("%") and len(term) > 1:
        try:
            return search(term[1:-1])
        except ValueError as problem:
            raise wrong(pattern, str(problem)) from problem
    words = term[1:-1].replace('\\"', '"') if term.startswith('"') else term
    return lambda message: words in message
