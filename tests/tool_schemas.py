"""The schemas of a tool are made once in a process of tests, although each test has servers of its own.

The SDK makes them anew for each server: a fifth of a second for one of ours, more than most tests take.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from mcp.server.mcpserver.tools import base
from mcp.server.mcpserver.utilities.func_metadata import FuncMetadata, func_metadata


def make_once() -> None:
    """From here on the SDK is given what it made of the same function with the same signature before."""
    made: dict[object, FuncMetadata] = {}

    def known(func: Callable[..., Any], skip_names: Sequence[str] = (), **given: Any) -> FuncMetadata:
        code = inspect.unwrap(func).__code__
        key = (code, str(inspect.signature(func)), tuple(skip_names), *sorted(given.items()))
        if key not in made:
            made[key] = func_metadata(func, skip_names, **given)
        return made[key]

    vars(base)["func_metadata"] = known
