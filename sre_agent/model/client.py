"""A chat model ready to be asked, with what its technology needs beside LangChain's own interface."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any, Final

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    InvalidToolCall,
    ToolCall,
    message_chunk_to_message,
)
from langchain_core.runnables import Runnable

OnText = Callable[[str | None], None]
ANY_TOOL: Final = "any"  # one of the tools has to be called


@dataclass(frozen=True)
class ModelClient:
    """`options` go with each call. `forced` says whether the model can be told to call a tool. `threads` runs the calls
    of clients that block. `outcome` names an error of its client, None for one that it does not know. `endpoint` and
    `region` are where it is, as far as its client tells; `key` is the provider's, where the settings gave one."""

    chat: BaseChatModel
    options: dict[str, Any] = field(default_factory=dict)
    forced: bool = True
    threads: Executor | None = None
    outcome: Callable[[BaseException], str | None] = lambda _: None
    close: Callable[[], None] = lambda: None
    endpoint: str = ""
    region: str = ""
    key: str = field(default="", repr=False)

    async def ask(
        self, messages: list[BaseMessage], tools: Sequence[dict[str, Any]], force: bool, on_text: OnText | None
    ) -> AIMessage:
        """One request. With `on_text` the answer is streamed and its text handed on as it comes, on this loop."""
        bound = self.bound(tools, force)
        if self.threads is not None:
            loop = asyncio.get_running_loop()
            work = copy_context().run
            return await loop.run_in_executor(
                self.threads, work, _ask_blocking, bound, messages, self.options, _on_loop(loop, on_text)
            )
        if on_text is None:
            return await bound.ainvoke(messages, **self.options)
        whole: AIMessage | None = None
        async for chunk in bound.astream(messages, **self.options):
            whole = _add_chunk(whole, chunk, on_text)
        return _message(whole)

    def bound(self, tools: Sequence[dict[str, Any]], force: bool) -> Runnable[Any, AIMessage]:
        """The model with these tools on offer, one of which it has to call where it is forced to."""
        if not tools:
            return self.chat
        if force and self.forced:
            return self.chat.bind_tools(list(tools), tool_choice=ANY_TOOL)
        return self.chat.bind_tools(list(tools))


def _ask_blocking(
    bound: Runnable[Any, AIMessage], messages: list[BaseMessage], options: dict[str, Any], on_text: OnText | None
) -> AIMessage:
    if on_text is None:
        return bound.invoke(messages, **options)
    whole: AIMessage | None = None
    for chunk in bound.stream(messages, **options):
        whole = _add_chunk(whole, chunk, on_text)
    return _message(whole)


def _add_chunk(whole: AIMessage | None, chunk: Any, on_text: OnText) -> AIMessage:
    """A model that cannot stream gives one whole message."""
    assert isinstance(chunk, AIMessage)
    if chunk.text:
        on_text(str(chunk.text))
    if isinstance(whole, AIMessageChunk) and isinstance(chunk, AIMessageChunk):
        return whole + chunk
    return chunk


def _message(whole: AIMessage | None) -> AIMessage:
    """LangChain completes arguments whose JSON was cut off; such a call is none that anybody made."""
    if not isinstance(whole, AIMessageChunk):
        return whole or AIMessage(content="")
    message = message_chunk_to_message(whole)
    assert isinstance(message, AIMessage)
    cut = {chunk["id"] for chunk in whole.tool_call_chunks if not _is_json(chunk["args"])}
    sound = [call for call in message.tool_calls if call["id"] not in cut]
    cut_calls = [_cut_off(call) for call in message.tool_calls if call["id"] in cut]
    update = {"tool_calls": sound, "invalid_tool_calls": [*message.invalid_tool_calls, *cut_calls]}
    return message.model_copy(update=update) if cut_calls else message


def _cut_off(call: ToolCall) -> InvalidToolCall:
    args = str(call["args"])
    return InvalidToolCall(type="invalid_tool_call", name=call["name"], args=args, id=call["id"], error="cut off")


def _is_json(arguments: str | None) -> bool:
    try:
        return not arguments or isinstance(json.loads(arguments), dict)
    except ValueError:
        return False


def _on_loop(loop: asyncio.AbstractEventLoop, on_text: OnText | None) -> OnText | None:
    """The same listener for a thread: it is called on the loop, in the same order."""
    if on_text is None:
        return None

    def listen(text: str | None) -> None:
        loop.call_soon_threadsafe(on_text, text)

    return listen
