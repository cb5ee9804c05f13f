"""A server that says something that is not MCP: was it the answer, or a line beside it?"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator


@contextlib.asynccontextmanager
async def sensible(babble: asyncio.Event, grace: float) -> AsyncIterator[None]:
    """Within it an answer has to come soon after the server said something that is not MCP: that may have been it.

    Raises ValueError. A line that a chatty server prints beside its answers costs nothing.
    """
    inside = asyncio.current_task()
    assert inside is not None
    given_up = False

    async def watch() -> None:
        nonlocal given_up
        await babble.wait()
        await asyncio.sleep(grace)
        given_up = True
        inside.cancel()

    watching = asyncio.create_task(watch(), name="mcp babble")
    try:
        yield
        babble.clear()  # it was a line beside the answer
    except asyncio.CancelledError:
        if not given_up:
            raise
        inside.uncancel()
        raise ValueError("no message of JSON-RPC, and no answer after it") from None
    finally:
        watching.cancel()
