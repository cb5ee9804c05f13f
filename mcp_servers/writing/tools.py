"""A write tool is declared once, by its `Write`: parameters, their words and defaults, and what the tool says it does.

`__init__` takes what is written to, then the tool's arguments as clients see them; its docstring is the tool's
description. The tool's signature, its schema and its call of the guard follow from that; the dry run makes the same
`Write` of the same arguments. Each class of a server's `writes` folder that has a `tool` of its own is offered.
"""

from __future__ import annotations

import functools
import inspect
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol

from pydantic import TypeAdapter, ValidationError

from mcp_servers.contract.facts import Answer
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.inputs import Permit

PERMIT = inspect.Parameter("permit", inspect.Parameter.POSITIONAL_OR_KEYWORD, default="", annotation=Permit)


class WriteExecutor(Protocol):
    """Where a tool takes its call to be decided and executed."""

    def execute(self, tool: str, arguments: dict[str, Any], token: str, /) -> Answer: ...


def write_classes(folder: ModuleType, first: Sequence[str] = ()) -> list[type[Any]]:
    """The writes of a package: those whose tools are named in `first` in this order, then the others by module."""
    modules = [import_module(f"{folder.__name__}.{name}") for name in sorted(m.name for m in _there(folder))]
    owners = [
        owner
        for module in modules
        for owner in vars(module).values()
        if inspect.isclass(owner) and owner.__module__ == module.__name__ and "tool" in vars(owner)
    ]
    rank = {name: place for place, name in enumerate(first)}
    return sorted(owners, key=lambda write: rank.get(write.tool, len(rank)))


def tool_of(write: type[Any]) -> Callable[..., Answer]:
    """The write as a method of a `WriteExecutor`: the arguments of its `__init__`, and a permit.

    What `write.from_preview` names may be left out of a preview, which tells it, and not of the call. `write.normal`
    brings the arguments into the form that a permit covers; an argument that is false was not given.
    """
    there = inspect.signature(write.__init__, eval_str=True)
    own, _, *parameters = there.parameters.values()  # self, and what is written to
    from_preview: Sequence[str] = getattr(write, "from_preview", ())
    normal: Callable[[dict[str, Any]], dict[str, Any]] = getattr(write, "normal", dict)
    needed = [one.replace(default=inspect.Parameter.empty) if one.name in from_preview else one for one in parameters]
    signature = there.replace(parameters=[own, *needed, PERMIT], return_annotation=Answer)

    def call(guard: WriteExecutor, *args: Any, **kwargs: Any) -> Answer:
        bound = signature.bind(guard, *args, **kwargs)
        bound.apply_defaults()
        arguments = {name: value for name, value in bound.arguments.items() if name != own.name and value is not False}
        permit = arguments.pop(PERMIT.name)
        return guard.execute(write.tool, normal(arguments), permit)

    call.__name__, call.__doc__ = write.tool, write.__init__.__doc__
    call.__signature__ = signature  # type: ignore[attr-defined]
    return call


def bound(tool: Callable[..., Answer], guard: WriteExecutor) -> Callable[..., Answer]:
    """The tool of one guard, without it in the signature."""
    there = inspect.signature(tool)

    @functools.wraps(tool)
    def call(*args: Any, **kwargs: Any) -> Answer:
        return tool(guard, *args, **kwargs)

    call.__signature__ = there.replace(parameters=list(there.parameters.values())[1:])  # type: ignore[attr-defined]
    return call


def _there(folder: ModuleType) -> list[pkgutil.ModuleInfo]:
    return list(pkgutil.iter_modules(folder.__path__))


def refuse_wrong_types(write: type[Any], arguments: Mapping[str, Any]) -> None:
    """A preview takes the arguments of any tool, so their types are held here; which words there are, the write itself
    says. Raises TeachingError."""
    for name, adapter in _adapters(write.__init__).items():
        if name not in arguments:
            continue
        try:
            adapter.validate_python(arguments[name], strict=True)
        except ValidationError as problem:
            why = dict.fromkeys(error["msg"] for error in problem.errors() if error["type"] != "literal_error")
            if why:
                raise TeachingError("bad_request", f"{name} of {write.tool}", f"{'; '.join(why)}.") from problem


@functools.cache
def _adapters(constructor: Callable[..., None]) -> dict[str, TypeAdapter[Any]]:
    parameters = list(inspect.signature(constructor, eval_str=True).parameters.values())[2:]
    return {one.name: TypeAdapter(one.annotation) for one in parameters}
