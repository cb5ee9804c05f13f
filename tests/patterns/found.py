"""Every regular expression of the product: those that its modules hold, and those written where they are used."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import mcp_servers
import sre_agent

ROOTS: Final = (sre_agent, mcp_servers)
LEFT_OUT: Final = ("sre_lab",)  # reads what it made itself
FUNCTIONS: Final = frozenset({"search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer", "compile"})
DEPTH: Final = 8


@dataclass(frozen=True)
class Expression:
    """`place` is where it was found: module and name, or file and line."""

    place: str
    pattern: re.Pattern[str]
    function: str = ""  # of re, where it is written in a call


def modules() -> list[ModuleType]:
    imports = []
    for root in ROOTS:
        for info in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
            if not info.name.startswith(LEFT_OUT) and not info.name.endswith("__main__"):
                imports.append(importlib.import_module(info.name))
    return imports


def every() -> list[Expression]:
    """What the modules hold, and what their functions write where they use it."""
    return [*in_modules(), *in_source()]


def in_source() -> list[Expression]:
    return [Expression(one.place, re.compile(one.pattern), one.function) for one in inline() if one.pattern is not None]


def in_modules() -> list[Expression]:
    """What the modules hold when they are loaded, in tables and objects, too, each once."""
    expressions: dict[tuple[str, int], Expression] = {}
    for module in modules():
        ids: set[int] = set()
        for name, value in vars(module).items():
            for pattern in _within(value, ids, DEPTH):
                if isinstance(pattern.pattern, str):
                    key = (pattern.pattern, pattern.flags)
                    expressions.setdefault(key, Expression(f"{module.__name__}.{name}", pattern))
    return list(expressions.values())


def _within(value: Any, ids: set[int], depth: int) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
        return
    if depth == 0 or id(value) in ids or isinstance(value, str | bytes | int | float | ModuleType | type):
        return
    ids.add(id(value))
    if isinstance(value, Mapping):
        inner = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple | set | frozenset):
        inner = list(value)
    elif type(value).__module__.split(".")[0] in ("sre_agent", "mcp_servers"):
        slots = [name for cls in type(value).__mro__ for name in getattr(cls, "__slots__", ())]
        inner = [*getattr(value, "__dict__", {}).values(), *(getattr(value, slot, None) for slot in slots)]
    else:
        return
    for item in inner:
        yield from _within(item, ids, depth - 1)


@dataclass(frozen=True)
class Inline:
    """A call of `re` in a function: its literal pattern, or None where it is put together while it runs."""

    place: str  # module and line
    function: str  # of re
    pattern: str | None
    within: str  # the function that calls it


def inline() -> list[Inline]:
    expressions = []
    for module in modules():
        path = Path(str(module.__file__))
        for outer in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
                expressions += [
                    Inline(f"{module.__name__}:{node.lineno}", function, _literal(node), outer.name)
                    for node in ast.walk(outer)
                    if isinstance(node, ast.Call) and (function := _of_re(node))
                ]
    return sorted({one.place + str(one.pattern): one for one in expressions}.values(), key=lambda one: one.place)


def _of_re(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "re":
        return function.attr if function.attr in FUNCTIONS else ""
    return ""


def _literal(call: ast.Call) -> str | None:
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
