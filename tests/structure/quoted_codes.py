"""Where Python source quotes a code of the table of observations, or the beginning of several."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from mcp_servers.contract.observations import OBSERVATIONS
from tests.syntax import parse

BEGINNINGS = frozenset(f"{entry.scope}." for entry in OBSERVATIONS.values())


@dataclass(frozen=True)
class Quote:
    """`within` is the function, class or constant at the top of the module; `emits` says that the code is given to an
    observation that is made here."""

    code: str
    within: str
    line: int
    emits: bool


def quotes(source: str) -> Iterator[Quote]:
    """Every string constant that is a code, or that codes begin with: `"pod."`."""
    for statement in parse(source).body:
        emissions = {id(part) for node in ast.walk(statement) for part in _emissions(node)}
        for node in ast.walk(statement):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            text = node.value
            if text in OBSERVATIONS or text in BEGINNINGS:
                yield Quote(text, _name(statement), node.lineno, id(node) in emissions)


def _emissions(node: ast.AST) -> Iterator[ast.AST]:
    """What stands where an observation that is made gets its code, in each of its forms."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Observation":
        for keyword in node.keywords:
            if keyword.arg == "code":
                yield from ast.walk(keyword.value)


def _name(statement: ast.stmt) -> str:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return statement.name
    target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
    return target.id if isinstance(target, ast.Name) else "module"
