"""Why a text is no JSON, in the words of Go's scanner. It is read again slowly, as nobody waits for an error."""

from __future__ import annotations

END = "unexpected end of JSON input"
_SPACE = " \t\r\n"
_LITERALS = {"t": "true", "f": "false", "n": "null"}
_HEXADECIMAL = "0123456789abcdefABCDEF"


class _StoppedError(Exception):
    """The scanner stops here, for the reason in the message."""


def explain(text: str) -> str:
    """What Go's scanner says against `text`; the end of the input where it finds nothing else."""
    try:
        scanner = _Scanner(text)
        scanner.value()
        scanner.expect("", "after top-level value")
    except _StoppedError as stop:
        return str(stop)
    except RecursionError:
        return "exceeded max depth"
    return END


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0

    def value(self) -> None:
        first = self._next_visible()
        if first == "{":
            self._members()
        elif first == "[":
            self._elements()
        elif first == '"':
            self._string()
        elif first in _LITERALS:
            for letter in _LITERALS[first][1:]:
                if self._next() != letter:
                    self._stop(f"in literal {_LITERALS[first]} (expecting '{letter}')")
        elif first == "-" or first.isdigit():
            self._number(first)
        else:
            self._stop("looking for beginning of value")

    def expect(self, expected: str, where: str) -> str:
        """The next visible character if it is one of `expected`; with nothing wanted, the text has to end."""
        if not expected:
            rest = self._text[self._place :].lstrip(_SPACE)
            if not rest:
                return ""
        character = self._next_visible()
        if not expected or character not in expected:
            self._stop(where)
        return character

    def _members(self) -> None:
        closing = "}"
        while True:
            key = self.expect('"' + closing, "looking for beginning of object key string")
            if key == "}":
                return
            self._string()
            self.expect(":", "after object key")
            self.value()
            if self.expect(",}", "after object key:value pair") == "}":
                return
            closing = ""

    def _elements(self) -> None:
        if self._text[self._place :].lstrip(_SPACE).startswith("]"):
            self._next_visible()
            return
        while True:
            self.value()
            if self.expect(",]", "after array element") == "]":
                return

    def _string(self) -> None:
        while (character := self._next()) != '"':
            if character < " ":
                self._stop("in string literal")
            if character != "\\":
                continue
            escaped = self._next()
            if escaped == "u":
                for _ in range(4):
                    if self._next() not in _HEXADECIMAL:
                        self._stop("in \\u hexadecimal character escape")
            elif escaped not in 'bfnrt\\/"':
                self._stop("in string escape code")

    def _number(self, first: str) -> None:
        if first == "-":
            first = self._next()
            if not first.isdigit():
                self._stop("in numeric literal")
        if first != "0":
            self._digits()
        if self._peek() == ".":
            self._next()
            self._digits("after decimal point in numeric literal")
        if self._peek() in ("e", "E"):
            self._next()
            if self._peek() in ("+", "-"):
                self._next()
            self._digits("in exponent of numeric literal")

    def _digits(self, needed: str = "") -> None:
        if needed and not self._next().isdigit():
            self._stop(needed)
        while self._peek().isdigit():
            self._next()

    def _peek(self) -> str:
        return self._text[self._place : self._place + 1]

    def _next(self) -> str:
        if self._place >= len(self._text):
            raise _StoppedError(END)
        self._place += 1
        return self._text[self._place - 1]

    def _next_visible(self) -> str:
        while (character := self._next()) in _SPACE:
            pass
        return character

    def _stop(self, where: str) -> None:
        character = self._text[self._place - 1]
        display = {"'": "\\'", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\\": "\\\\"}.get(character, character)
        raise _StoppedError(f"invalid character '{display}' {where}")
