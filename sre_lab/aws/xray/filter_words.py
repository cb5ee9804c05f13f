"""The words of a filter expression, read one after the other, and the words in which it is refused."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from sre_lab.aws.errors import AwsError

LONGEST = 2_000
_TOKEN = re.compile(
    r'\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<number>-?\d+(?:\.\d+)?)'
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_.\-]*)|(?P<sign>!=|<=|>=|[=<>!(){}\[\],:]))"
)


class FilterWords:
    """What is left of the expression to read. AwsError InvalidRequestException says what is wrong with it."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self.tokens: list[tuple[str, str]] = []
        if len(expression) > LONGEST:
            self.refuse(f"it has more than {LONGEST} characters")
        at, text = 0, expression.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                self.refuse(f"'{text[at:].strip()}' cannot be read")
            self.tokens.append((str(match.lastgroup), match.group(str(match.lastgroup))))
            at = match.end()

    def end(self) -> None:
        if self.tokens:
            self.refuse(f"unexpected '{self.tokens[0][1]}'")

    def comparison(self, signs: tuple[str, ...]) -> str:
        if self.tokens and self.tokens[0][1].upper() in signs and self.tokens[0][0] != "text":
            return self.tokens.pop(0)[1].upper()
        return ""

    def value(self) -> tuple[str, Any]:
        kind, text = self.next("a value")
        if kind == "text":
            return kind, unquote(text)
        if kind == "number":
            return kind, float(text)
        if text.lower() in ("true", "false"):
            return "boolean", text.lower() == "true"
        self.refuse(f"a number, true, false or a text in quotes is expected, not '{text}'")

    def next(self, expected: str) -> tuple[str, str]:
        if not self.tokens:
            self.refuse(f"it ends where {expected} is expected")
        return self.tokens.pop(0)

    def is_next(self, sign: str) -> bool:
        return bool(self.tokens) and self.tokens[0] == ("sign", sign)

    def sign(self, sign: str) -> bool:
        if self.is_next(sign):
            self.tokens.pop(0)
            return True
        return False

    def word(self, word: str) -> bool:
        if self.tokens and self.tokens[0][0] == "word" and self.tokens[0][1].upper() == word:
            self.tokens.pop(0)
            return True
        return False

    def expect(self, sign: str) -> None:
        if not self.sign(sign):
            self.refuse(f"'{sign}' is expected" + (f" before '{self.tokens[0][1]}'" if self.tokens else " at the end"))

    def refuse(self, problem: str) -> NoReturn:
        raise AwsError("InvalidRequestException", f"The filter expression {self._expression!r} is wrong: {problem}.")


def unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])
