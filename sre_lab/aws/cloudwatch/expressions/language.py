"""Metric math as text becomes a tree. What cannot be read is refused with the place, never answered emptily."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from sre_lab.aws.errors import AwsError

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<text>'[^']*'|\"[^\"]*\")|(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/^%<>(),\[\]]))"
)
LEVELS: tuple[tuple[str, ...], ...] = (
    ("OR", "||"),
    ("AND", "&&"),
    ("==", "!=", "<", "<=", ">", ">="),
    ("+", "-"),
    ("*", "/", "%"),
    ("^",),
)


@dataclass(frozen=True)
class MathNumber:
    value: float


@dataclass(frozen=True)
class MathText:
    value: str


@dataclass(frozen=True)
class MathName:
    name: str


@dataclass(frozen=True)
class MathArray:
    items: tuple[Node, ...]


@dataclass(frozen=True)
class MathNegation:
    inner: Node


@dataclass(frozen=True)
class MathOperation:
    sign: str
    left: Node
    right: Node


@dataclass(frozen=True)
class MathCall:
    function: str
    arguments: tuple[Node, ...]


Node = MathNumber | MathText | MathName | MathArray | MathNegation | MathOperation | MathCall


def refuse(expression: str, problem: str) -> NoReturn:
    raise AwsError("ValidationError", f"Error in expression '{expression}': {problem}")


def parse(expression: str) -> Node:
    """The tree of an expression; AwsError ValidationError naming the part that is not understood."""
    reader = _Reader(expression)
    tree = reader.level(0)
    if reader.token is not None:
        refuse(expression, f"Unexpected '{reader.token[1]}' at position {reader.token[2]}")
    return tree


class _Reader:
    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens = self._split()
        self._place = 0

    @property
    def token(self) -> tuple[str, str, int] | None:
        """(kind, text, position) of the next token."""
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _split(self) -> list[tuple[str, str, int]]:
        tokens, at = [], 0
        text = self._expression.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                refuse(self._expression, f"Unexpected '{text[at:].strip()[:1]}' at position {at}")
            tokens.append((str(match.lastgroup), match.group(str(match.lastgroup)), match.start(str(match.lastgroup))))
            at = match.end()
        return tokens

    def level(self, depth: int) -> Node:
        if depth == len(LEVELS):
            return self._unary()
        left = self.level(depth + 1)
        while (token := self.token) and token[0] != "text" and token[1].upper() in LEVELS[depth]:
            self._place += 1
            left = MathOperation({"&&": "AND", "||": "OR"}.get(token[1], token[1].upper()), left, self.level(depth + 1))
        return left

    def _unary(self) -> Node:
        if self._accept("-"):
            return MathNegation(self._unary())
        if self._accept("("):
            inner = self.level(0)
            self._expect(")")
            return inner
        if self._accept("["):
            return MathArray(self._list("]"))
        token = self.token
        if token is None:
            refuse(self._expression, "Unexpected end")
        self._place += 1
        kind, text, at = token
        if kind == "number":
            return MathNumber(float(text))
        if kind == "text":
            return MathText(text[1:-1])
        if kind == "name":
            return MathCall(text.upper(), self._list(")")) if self._accept("(") else MathName(text)
        refuse(self._expression, f"Unexpected '{text}' at position {at}")

    def _list(self, end: str) -> tuple[Node, ...]:
        items: list[Node] = []
        if self._accept(end):
            return ()
        while True:
            items.append(self.level(0))
            if not self._accept(","):
                self._expect(end)
                return tuple(items)

    def _accept(self, sign: str) -> bool:
        token = self.token
        if token is not None and token[0] == "sign" and token[1] == sign:
            self._place += 1
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._accept(sign):
            refuse(self._expression, f"'{sign}' expected" + (f" at position {self.token[2]}" if self.token else ""))


def names(tree: Node) -> set[str]:
    """The ids that an expression refers to."""
    if isinstance(tree, MathName):
        return {tree.name}
    if isinstance(tree, MathNegation):
        return names(tree.inner)
    if isinstance(tree, MathOperation):
        return names(tree.left) | names(tree.right)
    inner = tree.items if isinstance(tree, MathArray) else tree.arguments if isinstance(tree, MathCall) else ()
    return set().union(*(names(item) for item in inner))


def calls(tree: Node, function: str) -> bool:
    """Whether the expression uses a function anywhere."""
    if isinstance(tree, MathCall):
        return tree.function == function or any(calls(a, function) for a in tree.arguments)
    if isinstance(tree, MathNegation):
        return calls(tree.inner, function)
    if isinstance(tree, MathOperation):
        return calls(tree.left, function) or calls(tree.right, function)
    return isinstance(tree, MathArray) and any(calls(item, function) for item in tree.items)
