"""The words of a PromQL expression, and the durations and strings among them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from sre_lab.prometheus.promql.tree import PromqlError

Kind = Literal["number", "duration", "text", "name", "sign", "end"]
KINDS: tuple[Kind, ...] = ("duration", "number", "text", "name", "sign")
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}
OPENED = {"(": "parenthesis", "[": "bracket", "{": "brace"}
KEYWORDS = {"by", "without", "on", "ignoring", "group_left", "group_right", "bool", "offset"}
CLOSED = {")": "(", "]": "[", "}": "{"}

_SKIPPED = re.compile(r"(?:\s+|#[^\n]*)+")
_DURATION = re.compile(r"(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m(?!s))?(?:\d+s)?(?:\d+ms)?")
_TOKEN = re.compile(
    r"""(?P<duration>(?:\d+(?:ms|[smhdwy]))+(?![\w.]))
    |(?P<number>0[xX][0-9a-fA-F]+(?!\w)|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
    |(?P<wrong>[\d.][\w.]*)
    |(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)
    |(?P<name>[A-Za-z_:][\w:]*)
    |(?P<sign>=~|!~|==|!=|<=|>=|[-+*/%^<>=(){}\[\],:@])""",
    re.VERBOSE | re.ASCII,
)
_ESCAPE = re.compile(r"\\(?:([abfnrtv\\'\"])|([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))")
_PLAIN = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


@dataclass(frozen=True)
class PromqlToken:
    kind: Kind
    text: str
    start: int
    end: int

    def __str__(self) -> str:
        if self.kind == "end":
            return "end of input"
        if self.kind == "sign":
            return f'"{self.text}"' if self.text in "(){}[],:=@" else f"<op:{self.text}>"
        if self.kind == "name" and self.text.lower() in KEYWORDS:
            return f"<{self.text.lower()}>"
        descriptions = {"number": "number", "duration": "duration", "text": "string", "name": "identifier"}
        return f"{descriptions[self.kind]} {_quote(self.text)}"


def wrong(query: str, at: int, problem: str) -> PromqlError:
    """The error of a query that cannot be read, with line and column as Prometheus counts them."""
    if not query:
        return PromqlError(f"unknown position: parse error: {problem}")
    before = query[:at]
    column = at - before.rfind("\n")
    return PromqlError(f"{before.count(chr(10)) + 1}:{column}: parse error: {problem}")


def tokens(query: str) -> list[PromqlToken]:
    """Every word, the last one of kind `end`; PromqlError for a character that no expression has."""
    promql_tokens: list[PromqlToken] = []
    brackets: list[str] = []
    place = _skip_space(query, 0)
    while place < len(query):
        in_range = bool(brackets) and brackets[-1] == "["
        token = PromqlToken("sign", ":", place, place + 1) if in_range and query[place] == ":" else _next(query, place)
        if token.kind == "sign":
            _nest(query, token, brackets)
        promql_tokens.append(token)
        place = _skip_space(query, token.end)
    if brackets:
        raise wrong(query, len(query), f"unclosed left {OPENED[brackets[-1]]}")
    return [*promql_tokens, PromqlToken("end", "", len(query), len(query))]


def _nest(query: str, token: PromqlToken, brackets: list[str]) -> None:
    """Remember what is opened; PromqlError for what is closed without."""
    if token.text in OPENED:
        brackets.append(token.text)
    elif token.text in CLOSED and (not brackets or brackets.pop() != CLOSED[token.text]):
        raise wrong(query, token.start, f"unexpected right {OPENED[CLOSED[token.text]]} '{token.text}'")


def _next(query: str, place: int) -> PromqlToken:
    match = _TOKEN.match(query, place)
    if match is None:
        if query[place] in "\"'`":
            raise wrong(query, place, f"unterminated {'raw ' * (query[place] == '`')}quoted string")
        following = query[place + 1 : place + 2]
        if query[place] == "!" and following:
            raise wrong(query, place, f"unexpected character after '!': {following!r}")
        raise wrong(query, place, f"unexpected character: {query[place]!r}")
    for kind in KINDS:
        if match[kind] is not None:
            return PromqlToken(kind, match[kind], place, match.end())
    raise wrong(query, place, f"bad number or duration syntax: {_quote(match['wrong'])}")


def _skip_space(query: str, place: int) -> int:
    match = _SKIPPED.match(query, place)
    return match.end() if match else place


def duration(text: str) -> float | None:
    """Seconds of a text such as `1h30m`, units from large to small; None when it is none."""
    if not text or not _DURATION.fullmatch(text):
        return None
    return sum(int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)(ms|[smhdwy])", text))


def number(text: str) -> float:
    """A number, also hexadecimal, with underscores between digits, `Inf` or `NaN`."""
    return float(int(text, 16)) if text[:2].lower() == "0x" else float(text.replace("_", ""))


def unquote(query: str, token: PromqlToken) -> str:
    """The content of a string; in backquotes nothing is escaped."""
    inner = token.text[1:-1]
    if token.text[0] == "`":
        return inner

    def replacement(match: re.Match[str]) -> str:
        plain, octal, *hexadecimal, unknown = match.groups()
        if unknown is not None:
            raise wrong(query, token.start, f"unknown escape sequence U+{ord(unknown):04X} '{unknown}'")
        if plain:
            return _PLAIN.get(plain, plain)
        code = int(octal, 8) if octal else int(next(digits for digits in hexadecimal if digits), 16)
        return chr(code)

    return _ESCAPE.sub(replacement, inner)


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
