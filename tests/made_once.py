"""What libraries make anew for each server and each client of a test is made once in a process of tests.

The SDK makes the schemas of a server's tools: a fifth of a second for one of ours, more than most tests take. botocore
reads the descriptions of the services that a session's clients are for: a tenth of a second for each session. For each
client it finds out again how events are called and which parameters their handlers take: half of the 8 ms it needs.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from functools import cache
from typing import Any

from botocore import hooks, session
from botocore.compat import accepts_kwargs
from botocore.hooks import EVENT_ALIASES, BaseEventHooks, EventAliaser
from botocore.loaders import Loader, create_loader
from mcp.client.session import ClientSession
from mcp.server.mcpserver.tools import tool_manager
from mcp.server.mcpserver.tools.base import Tool


@cache
def make_once() -> None:
    """From here on both are given what was made for the same question before."""
    tools: dict[object, Tool] = {}

    class Known(Tool):
        @classmethod
        def from_function(cls, fn: Callable[..., Any], *arguments: Any, **options: Any) -> Tool:
            key = (inspect.unwrap(fn).__code__, _signature(fn), str(arguments), str(sorted(options.items())))
            if key not in tools:
                tools[key] = Tool.from_function(fn, *arguments, **options)
            return tools[key].model_copy(update={"fn": fn})

    vars(tool_manager)["Tool"] = Known
    ClientSession._output_schema_validator = _validator  # type: ignore[method-assign, assignment]
    vars(session)["create_loader"] = _loader
    EventAliaser.__init__ = _of_known_names
    vars(hooks)["accepts_kwargs"] = _accepts_all


_make_validator = ClientSession._output_schema_validator
_validators: dict[str, Any] = {}


def _validator(session: ClientSession, name: str, schema: dict[str, Any]) -> Any:
    """A client checks the schema of each tool against the schema of schemas before it checks an answer against it."""
    validators = session._tool_output_validators
    if name not in validators:
        key = json.dumps(schema)
        if key not in _validators:
            _validators[key] = _make_validator(session, name, schema)
        validators[name] = _validators[key]
    return validators[name]


def _signature(fn: Callable[..., Any]) -> tuple[object, ...]:
    signature = inspect.signature(fn)
    entries = [(one.name, one.kind, _text(one.default), _text(one.annotation)) for one in signature.parameters.values()]
    return (*entries, _text(signature.return_annotation))


_texts: dict[int, tuple[object, str]] = {}


def _text(value: object) -> str:
    """What it is, written once: what pydantic says of a field takes longer than all else here."""
    if isinstance(value, str):
        return value
    if id(value) not in _texts:
        _texts[id(value)] = value, repr(value)  # it is held on to, so that its number stays its own
    return _texts[id(value)][1]


@cache
def _loader(places: str | None = None) -> Loader:
    """Each session adds its places to it: once is enough."""
    loader = create_loader(places)
    loader._search_paths = _Distinct(loader._search_paths)
    return loader


_names_of_events: dict[str, str] = {}


def _of_known_names(aliaser: EventAliaser, emitter: BaseEventHooks, aliases: Any = None) -> None:
    """A copy of one, which each client has, begins with what the others found out."""
    aliaser._emitter, aliaser._event_aliases = emitter, EVENT_ALIASES if aliases is None else aliases
    aliaser._alias_name_cache = _names_of_events if aliaser._event_aliases == EVENT_ALIASES else {}


def _accepts_all(handler: Callable[..., Any]) -> bool:
    code = getattr(handler, "__code__", None)
    if code is None or hasattr(handler, "__wrapped__"):
        return bool(accepts_kwargs(handler))
    return bool(code.co_flags & inspect.CO_VARKEYWORDS)


class _Distinct(list[str]):
    def append(self, path: str) -> None:
        if path not in self:
            super().append(path)
