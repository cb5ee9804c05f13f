"""A chat model that plays recorded turns and fails on deviation: for demonstrations, benchmarks and tests.

A script is YAML: `turns`, each with what it `expects` of a request and what it answers. A request gets the first turn
that is left and expects it, so specialists that ask in parallel each get their own.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import yaml
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.tool import ToolCall
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from sre_agent.errors import PermanentError, SettingsError
from sre_agent.model.address import ModelAddress
from sre_agent.model.client import ModelClient
from sre_agent.model.usage import estimate
from sre_agent.settings import ModelAccess

DISPLAY_LIMIT = 300  # characters of a request in the error about it


class ScriptDeviationError(PermanentError):
    """A request that no turn of the script expects, or turns that nobody asked for: the set-up is wrong, no model."""

    outcome = "deviated"


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RequestExpectation(_Written):
    """What a request has to hold; an empty field holds for every request."""

    system: str = Field("", description="text within the system messages")
    last: str = Field("", description="text within the last message")
    tools: tuple[str, ...] = Field((), description="names of tools that have to be offered")


class ScriptedCall(_Written):
    tool: str
    arguments: dict[str, Any] = Field(default_factory=dict)


class ScriptedTurn(_Written):
    expects: RequestExpectation = RequestExpectation()
    text: str = ""
    calls: tuple[ScriptedCall, ...] = ()
    seconds: float = Field(0.0, ge=0, description="how long the answer takes")
    input_tokens: int | None = Field(None, ge=0, description="without it, by the length of the request")
    output_tokens: int | None = Field(None, ge=0)
    cache_read_tokens: int = Field(0, ge=0)
    fault: Literal["", "throttled", "timeout", "unavailable", "broken", "denied", "refused", "too_long"] = ""
    repeats: bool = Field(False, description="it answers any number of requests, also none")


class Script(_Written):
    turns: tuple[ScriptedTurn, ...]


class ScriptedFaultError(Exception):
    """A call that fails because its turn says so; `outcome` says how."""

    def __init__(self, outcome: str) -> None:
        super().__init__(f"the script lets this call end {outcome}")
        self.outcome = outcome


class ScriptedModel(BaseChatModel):
    """Answers by `script`. `finish` says whether all of it was played."""

    script: Script
    tool_names: tuple[str, ...] = ()
    _turns_left: list[ScriptedTurn] = PrivateAttr(default_factory=list)
    _number: list[int] = PrivateAttr(default_factory=lambda: [0])
    _astray: list[str] = PrivateAttr(default_factory=list)  # what is wrong with each request that had no turn
    _lock: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    def model_post_init(self, _: Any) -> None:
        self._turns_left = list(self.script.turns)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, AIMessage]:
        """The same script, played to requests that offer these tools."""
        bound = self.model_copy()
        bound.tool_names = tuple(convert_to_openai_tool(tool)["function"]["name"] for tool in tools)
        bound._turns_left, bound._number, bound._lock, bound._astray = (
            self._turns_left,
            self._number,
            self._lock,
            self._astray,
        )
        return bound

    def finish(self) -> None:
        """Raises ScriptDeviationError when requests had no turn, or turns are left that nobody asked for."""
        if self._astray:
            raise ScriptDeviationError(self._astray[0])
        left = [turn for turn in self._turns_left if not turn.repeats]
        if left:
            raise ScriptDeviationError(f"{len(left)} turns of the script were not played; the first is {left[0]!r}.")

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with self._lock:
            turn = next((turn for turn in self._turns_left if _fits(turn.expects, messages, self.tool_names)), None)
            if turn is None:
                self._astray.append(self._deviation(messages))
                raise ScriptDeviationError(self._astray[-1])
            if not turn.repeats:
                self._turns_left.remove(turn)
            self._number[0] += 1
            number = self._number[0]
        if turn.fault:
            raise ScriptedFaultError(turn.fault)
        return ChatResult(generations=[ChatGeneration(message=_message(turn, messages, number))])

    def _deviation(self, messages: list[BaseMessage]) -> str:
        expectation = "; ".join(repr(turn.expects) for turn in self._turns_left) or "nothing, it is played to its end"
        last_text = str(messages[-1].text)[:DISPLAY_LIMIT] if messages else ""
        tools = ", ".join(self.tool_names) or "none"
        lead = f"The script has no turn for this request: last message {last_text!r}, tools {tools}."
        return f"{lead} It expects: {expectation}."


def open_model(address: ModelAddress, settings: ModelAccess) -> ModelClient:
    """The script in the file that the address names. Raises SettingsError."""
    path = Path(address.name)
    try:
        script = Script.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as problem:
        raise SettingsError(f"The script {path} of a chat model cannot be read: {problem}") from problem
    return opened_script(script)


def opened_script(script: Script) -> ModelClient:
    return ModelClient(chat=ScriptedModel(script=script), outcome=lambda problem: getattr(problem, "outcome", None))


def _fits(expected: RequestExpectation, messages: list[BaseMessage], tool_names: tuple[str, ...]) -> bool:
    system = "\n".join(str(message.text) for message in messages if message.type == "system")
    last = str(messages[-1].text) if messages else ""
    return expected.system in system and expected.last in last and set(expected.tools) <= set(tool_names)


def _message(turn: ScriptedTurn, messages: list[BaseMessage], number: int) -> AIMessage:
    calls = [
        ToolCall(name=call.tool, args=call.arguments, id=f"call-{number}-{place}")
        for place, call in enumerate(turn.calls)
    ]
    input_tokens = estimate(messages, []) if turn.input_tokens is None else turn.input_tokens
    answer = AIMessage(content=turn.text, tool_calls=calls)
    output_tokens = estimate([answer], []) if turn.output_tokens is None else turn.output_tokens
    return answer.model_copy(
        update={
            "usage_metadata": {
                "input_tokens": input_tokens + turn.cache_read_tokens,
                "output_tokens": output_tokens,
                "total_tokens": input_tokens + turn.cache_read_tokens + output_tokens,
                "input_token_details": {"cache_read": turn.cache_read_tokens},
            },
            "response_metadata": {"model_name": "scripted", "metrics": {"latencyMs": turn.seconds * 1000}},
        }
    )
