"""A conversation with a chat model that plays turns: what it was sent is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult
from pydantic import PrivateAttr

from sre_agent.chat import ChatReply
from sre_agent.chat.model import Listener
from sre_agent.cli.chat import conversation
from sre_agent.cli.embedded import lab_settings
from sre_agent.cli.view import Approval, SilentView
from sre_agent.compose import Runtime, open_runtime
from sre_agent.domain.model_call import ModelCall
from sre_agent.model.client import ModelClient
from sre_agent.model.scripted import Script, ScriptedModel, opened_script
from sre_agent.notify.console import SilentNotifier
from sre_lab.process import LabProcess
from sre_lab.remote_clock import LabClock
from tests.ground import MeetingServers, lasting_servers


class Recorded(ScriptedModel):
    """A scripted model that keeps what it was asked."""

    _heard: list[list[BaseMessage]] = PrivateAttr(default_factory=list)
    _tools: list[list[dict[str, Any]]] = PrivateAttr(default_factory=list)

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        self._heard.append(messages)
        return super()._generate(messages, *args, **kwargs)

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        bound = super().bind_tools(tools, **kwargs)
        self._tools.append(list(tools))
        bound._heard = self._heard  # type: ignore[attr-defined]
        return bound


class Heard:
    """A listener that keeps everything."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def question_sent(self) -> None:
        self.events.append("asked")

    def on_text(self, part: str | None) -> None:
        self.events.append("void" if part is None else f"wrote {part}")

    def looks(self, tool: str, arguments: Mapping[str, Any]) -> None:
        self.events.append(f"looks {tool}")

    def answer_complete(self) -> None:
        self.events.append("answered")


class Stage:
    """One open runtime whose model plays what a test gives it."""

    def __init__(self, runtime: Runtime, runner: asyncio.Runner, model: Recorded, meeting: MeetingServers) -> None:
        self.runtime, self._runner, self._model, self._meeting = runtime, runner, model, meeting

    def play(self, *turns: dict[str, Any]) -> None:
        """From here on these turns; what was asked before is forgotten."""
        self._model._turns_left[:] = Script.model_validate({"turns": turns}).turns
        self._model._heard.clear()

    @property
    def asked(self) -> list[str]:
        """What the model read, request by request: all that is not the system's."""
        return ["\n".join(str(m.text) for m in messages if m.type != "system") for messages in self._model._heard]

    @property
    def left(self) -> int:
        return len(self._model._turns_left)

    def ask(self, *questions: str, listener: Listener | None = None, approval: Approval = "never") -> list[ChatReply]:
        """The answers of one conversation."""

        async def asked() -> list[ChatReply]:
            talk = conversation(self.runtime, SilentView(), approval, listener)
            with self._meeting():
                return [await talk.ask(question) for question in questions]

        return self._runner.run(asked())

    def ask_across_a_restart(self, *questions: str) -> list[ChatReply]:
        """The answers of one conversation that each other process takes up where the one before left it."""

        async def asked() -> list[ChatReply]:
            replies: list[ChatReply] = []
            memory = ""
            for question in questions:
                talk = conversation(self.runtime, SilentView(), "never", None)
                if memory:
                    talk.recall(memory)
                with self._meeting():
                    replies.append(await talk.ask(question))
                memory = talk.memory_json()
            return replies

        return self._runner.run(asked())

    def offered(self) -> list[dict[str, Any]]:
        """The tools of the last request."""
        return self._model._tools[-1]

    def incidents(self) -> int:
        """How many there are that may do something."""
        incidents_in_store = self._runner.run(self.runtime.store.incidents(limit=500))
        return sum(any(signal.intent == "respond" for signal in incident.signals) for incident in incidents_in_store)

    def costs(self) -> list[ModelCall]:
        return self._runner.run(self.runtime.store.model_calls())


MANY = {"model_requests_per_minute": 10_000, "model_tokens_per_minute": 100_000_000}  # all questions are of one minute


@contextmanager
def stage(lab: LabProcess, folder: Path, *, settings_model: str = "") -> Iterator[Stage]:
    """`settings_model` is a model of the settings' own in place of the one that plays what tests give it."""
    model = Recorded(script=Script(turns=()))

    def open_model(address: Any, _: Any) -> ModelClient:
        opening = opened_script(Script(turns=()))
        return ModelClient(chat=model, outcome=opening.outcome)

    with lasting_servers() as meeting, asyncio.Runner() as runner:
        stack = AsyncExitStack()
        script = open_runtime(
            lab_settings(lab, folder, trace="none", model=settings_model or "scripted:stage", **MANY),
            clock=LabClock(lab.control),
            notifier=SilentNotifier(),
            open_model=None if settings_model else open_model,
        )
        runtime = runner.run(stack.enter_async_context(script))
        try:
            yield Stage(runtime, runner, model, meeting)
        finally:
            runner.run(stack.aclose())
