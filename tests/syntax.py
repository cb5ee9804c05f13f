"""Python source as syntax trees, for tests of how the product is written: each file is read, parsed and walked once."""

from __future__ import annotations

import ast
import gc
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parents[1]
Node = TypeVar("Node", bound=ast.AST)


@dataclass(frozen=True)
class Source:
    """One file; `path` is relative to the repository."""

    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return parse(self.text)

    @cached_property
    def _by_type(self) -> dict[type[ast.AST], list[ast.AST]]:
        nodes: defaultdict[type[ast.AST], list[ast.AST]] = defaultdict(list)
        for node in ast.walk(self.tree):
            nodes[type(node)].append(node)
        return nodes

    def nodes(self, kind: type[Node]) -> list[Node]:
        """All of this type that are in the file, those further out first."""
        return [node for node in self._by_type.get(kind, ()) if isinstance(node, kind)]

    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        return [*self.nodes(ast.FunctionDef), *self.nodes(ast.AsyncFunctionDef)]


def parse(text: str) -> ast.Module:
    """A tree is many objects and no garbage: to look for some takes twice as long as to parse."""
    on = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(text)
    finally:
        if on:
            gc.enable()


def sources(*folders: str) -> Iterator[Source]:
    """The files below these folders of the repository, in the order of their paths."""
    for folder in folders:
        yield from _below(folder)


@cache
def _below(folder: str) -> tuple[Source, ...]:
    paths = sorted((ROOT / folder).rglob("*.py"))
    return tuple(Source(path.relative_to(ROOT), path.read_text(encoding="utf-8")) for path in paths)
