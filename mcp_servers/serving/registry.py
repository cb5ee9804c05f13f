"""Read tools register themselves where they stand: a method with `@read_tool` in a server's `tools` folder is offered.

The server makes each class of the folder once, from what it reads. Nothing else has to name a tool; which specialists
of the responder use it stands in `mcp_servers.contract.specialists`.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any, Final, TypeVar

from mcp_servers.contract.facts import Answer

Method = TypeVar("Method", bound=Callable[..., Answer])
MARK: Final = "__read_tool__"


@dataclass(frozen=True)
class ReadTool:
    """`method` of `owner`, offered as `name` under `title`. `once` is a name that it had before, which is still
    understood."""

    owner: type[Any]
    method: Callable[..., Answer]
    title: str
    name: str
    once: str = ""


def read_tool(title: str, *, name: str = "", once: str = "") -> Callable[[Method], Method]:
    """Offers the method as a tool that changes nothing, called `name` (its own name without)."""

    def mark(method: Method) -> Method:
        setattr(method, MARK, (title, name or method.__name__, once))
        return method

    return mark


def read_tools(folder: ModuleType, first: Sequence[str] = ()) -> list[ReadTool]:
    """The tools of all modules of a package: those named in `first` in this order, then the others by module."""
    tools = [tool for module in _modules(folder) for tool in _of(module)]
    rank = {name: place for place, name in enumerate(first)}
    return sorted(tools, key=lambda tool: rank.get(tool.name, len(rank)))


def _modules(folder: ModuleType) -> Iterator[ModuleType]:
    for module_info in sorted(pkgutil.iter_modules(folder.__path__), key=lambda one: one.name):
        yield import_module(f"{folder.__name__}.{module_info.name}")


def _of(module: ModuleType) -> Iterator[ReadTool]:
    for owner in vars(module).values():
        if inspect.isclass(owner) and owner.__module__ == module.__name__:
            for method in vars(owner).values():
                if marks := getattr(method, MARK, None):
                    title, name, once = marks
                    yield ReadTool(owner, method, title, name, once)
