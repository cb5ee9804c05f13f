"""Where code compares the words of a message: found in the syntax tree, by what a message is called and made of.

A message is what an error, a refusal, an answer or a finding says to people: an attribute of one of MESSAGES, the text
of an exception, and whatever a function makes of these. To compare it with words is to branch on them. Two messages
may be compared with each other, as to tell each once, and a message may be cut and rewritten.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.syntax import parse

# fmt: off
MESSAGES: Final = frozenset({
    "error", "wrong", "problem", "message", "detail", "text", "why", "says", "said", "statement", "sentence",
    "looked_at", "gap", "told", "comment",
})  # of attributes, also as one word of several, as in `why_unknown`
CODES: Final = frozenset({"kind", "code", "type", "class", "id", "count", "in"})  # with one of these it is no text
NAMES: Final = frozenset({"error", "message", "problem", "refusal", "refused", "why", "gap", "detail", "sentence"})
LISTS: Final = frozenset({
    "gaps", "missing", "against", "skipped", "ruled_out", "notes", "model_notes", "trouble", "unfit", "claims",
})
SHAPED: Final = frozenset({
    "lower", "upper", "casefold", "strip", "lstrip", "rstrip", "replace", "removeprefix", "removesuffix", "join",
})
ASKED: Final = frozenset({
    "startswith", "endswith", "find", "rfind", "index", "rindex", "count", "partition", "rpartition", "split", "rsplit",
})
SEARCHED: Final = frozenset({"search", "match", "fullmatch", "findall", "finditer"})
# fmt: on
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Place:
    function: str
    line: int


def comparisons(source: str) -> list[Place]:
    """Each comparison of a message with words, by its innermost function (empty: the module itself)."""
    scopes = [(name, _Scope(nodes), nodes) for name, nodes in _scopes(parse(source))]
    for _ in range(2):  # what one function hands to another of the module is a message there as well
        _hand_on(scopes)
    places: list[Place] = []
    for name, scope, nodes in scopes:
        places += [Place(name, node.lineno) for node in nodes if isinstance(node, ast.expr) and scope.steers(node)]
        places += [Place(name, node.lineno) for node in nodes if isinstance(node, ast.Match) and scope.matches(node)]
    return sorted(set(places), key=lambda place: place.line)


def files(*packages: Path) -> Iterator[Path]:
    for package in packages:
        yield from sorted(package.rglob("*.py"))


def _scopes(tree: ast.Module) -> Iterator[tuple[str, list[ast.AST]]]:
    """Each function with the nodes that are its own and no inner function's."""

    def own(node: ast.AST) -> Iterator[ast.AST]:
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, Function):
                yield child
                yield from own(child) if not isinstance(child, ast.arguments) else ()

    yield "", list(own(tree))
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield node.name, [node.args, *own(node)]


def _hand_on(scopes: list[tuple[str, _Scope, list[ast.AST]]]) -> None:
    by_name = {name: scope for name, scope, _ in scopes}
    for _, scope, nodes in scopes:
        for node in nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in by_name:
                by_name[node.func.id].take(place for place, arg in enumerate(node.args) if scope.is_message(arg))


class _Scope:
    """What of one function's names is a message, and which of its names stand for words."""

    def __init__(self, nodes: list[ast.AST]) -> None:
        self._caught = {node.name for node in nodes if isinstance(node, ast.ExceptHandler) and node.name}
        self._messages: set[str] = set(NAMES)
        self._words: set[str] = set()
        self._nodes = nodes
        self._settle()

    def take(self, places: Iterable[int]) -> None:
        """The parameters at these places are messages."""
        for arguments in (node for node in self._nodes if isinstance(node, ast.arguments)):
            names = [parameter.arg for parameter in (*arguments.posonlyargs, *arguments.args)]
            self._messages |= {names[place] for place in places if place < len(names)}
        self._settle()

    def _settle(self) -> None:
        for _ in range(3):  # a name may be made of one that is bound further down, as in a loop
            for node in self._nodes:
                self._bind(node)

    def _bind(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self._is(name, value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                self._is(name, value)
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                self._is(name, value)
            case (
                ast.For(target=ast.Name(id=name), iter=values)
                | ast.comprehension(target=ast.Name(id=name), iter=values)
            ):
                if self._is_words(values):
                    self._words.add(name)
                if isinstance(values, ast.Attribute) and values.attr in LISTS:
                    self._messages.add(name)

    def _is(self, name: str, value: ast.expr) -> None:
        if self.is_message(value):
            self._messages.add(name)

    def steers(self, node: ast.expr) -> bool:
        match node:
            case ast.Compare(left=left, ops=ops, comparators=others):
                sides = [left, *others]
                alike = any(isinstance(op, ast.In | ast.NotIn | ast.Eq | ast.NotEq) for op in ops)
                return alike and any(map(self.is_message, sides)) and any(map(self._is_words, sides))
            case ast.Call(func=ast.Attribute(value=value, attr=attr), args=args):
                if attr in ASKED:
                    return self.is_message(value) and any(map(self._is_words, args[:1]))
                return attr in SEARCHED and any(map(self.is_message, args))
        return False

    def matches(self, node: ast.Match) -> bool:
        words = any(
            isinstance(part, ast.MatchValue) and self._is_words(part.value)
            for case in node.cases
            for part in ast.walk(case.pattern)
        )
        return words and self.is_message(node.subject)

    def is_message(self, node: ast.AST) -> bool:
        match node:
            case ast.Name(id=name):
                return name in self._messages
            case ast.Attribute(attr=attr):
                parts = set(attr.strip("_").split("_"))
                return attr in MESSAGES or (bool(parts & MESSAGES) and not parts & CODES)
            case ast.Call(func=ast.Name(id="str" | "repr"), args=[of, *_]):
                return self.is_message(of) or (isinstance(of, ast.Name) and of.id in self._caught)
            case ast.Call(func=ast.Attribute(value=value, attr=attr), args=args):
                return attr in SHAPED and any(map(self.is_message, [value, *args]))
            case ast.JoinedStr(values=parts):
                return any(self.is_message(part.value) for part in parts if isinstance(part, ast.FormattedValue))
            case ast.BoolOp(values=values):
                return any(map(self.is_message, values))
            case ast.IfExp(body=body, orelse=other):
                return self.is_message(body) or self.is_message(other)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self.is_message(left) or self.is_message(right)
        return False

    def _is_words(self, node: ast.AST) -> bool:
        """A text that stands in the code: also one with values in it, a collection of texts, or a constant's name."""
        match node:
            case ast.Constant(value=str(text)):
                return any(letter.isalnum() for letter in text) or text in ("[", "(", ": [", "]")
            case ast.Name(id=name):
                return name in self._words or (name.isupper() and len(name) > 1)
            case ast.Attribute(attr=attr):
                return attr.isupper()
            case ast.JoinedStr(values=parts):
                return any(self._is_words(part) or _is_mark(part) for part in parts)
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                return any(map(self._is_words, parts))
            case ast.Call(func=ast.Attribute(value=value, attr=attr)):
                return attr in SHAPED and self._is_words(value)
        return False


def _is_mark(part: ast.AST) -> bool:
    return isinstance(part, ast.Constant) and bool(str(part.value).strip())
