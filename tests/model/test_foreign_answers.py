"""Whatever a model answers is read, bounded and paid for; nothing of it breaks who asked."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from langchain_core.messages.tool import ToolCall
from pydantic import BaseModel

from sre_agent.model import ModelReply
from sre_agent.model.client import ModelClient
from sre_agent.model.sanitizing import CALLS, TEXT
from tests.judgement.stand_ins import Manner, Said, StandIn
from tests.model.conftest import Opens, ask_messages

pytestmark = pytest.mark.anyio


class Route(BaseModel):
    """Whom to ask."""

    question: str


def list_pods(namespace: str) -> str:
    """The pods of a namespace."""
    return namespace


class Foreign(StandIn):
    """Answers with this message, first; afterwards in a plain way."""

    def __init__(self, manner: Manner) -> None:
        super().__init__(manner)

    def _metered(self, answer: AIMessage, system: str, messages: Any) -> AIMessage:
        message = super()._metered(answer, system, messages)
        return FIRST.pop()(message) if FIRST else message


FIRST: list[Callable[[AIMessage], AIMessage]] = []


def nest(levels: int) -> Any:
    value: Any = "end"
    for _ in range(levels):
        value = [value]
    return value


def calling(*arguments: Any) -> Callable[[AIMessage], AIMessage]:
    calls = [ToolCall(name="list_pods", args={"namespace": one}, id=f"c{n}") for n, one in enumerate(arguments)]
    return lambda message: message.model_copy(update={"tool_calls": calls})


def telling(text: str = "It is so.", **metadata: Any) -> Callable[[AIMessage], AIMessage]:
    return lambda message: message.model_copy(
        update={"content": text, "response_metadata": {**message.response_metadata, **metadata}}
    )


async def ask(opens: Opens, first: Callable[[AIMessage], AIMessage], **more: Any) -> ModelReply:
    FIRST[:] = [first]
    one = Foreign(lambda request: Said("Fine.", [("Route", {"question": "why"})] if "Route" in request.tools else []))
    models = opens(open_model=lambda _address, _settings: ModelClient(chat=one)).models
    return await models.ask("small", ask_messages(), agent="supervisor", **more)


@pytest.mark.parametrize("bad", [nest(1_500), math.nan, "\ud800", "x" * 60_000])
async def test_arguments_that_cannot_be_sent_are_a_bad_call_beside_the_good_ones(opens: Opens, bad: Any) -> None:
    reply = await ask(opens, calling(bad, "shop"), tools=[list_pods])

    assert [call["args"] for call in reply.calls] == [{"namespace": "shop"}]
    assert [(call.id, call.name) for call in reply.bad_calls] == [("c0", "list_pods")]
    assert {call["id"] for call in reply.message.tool_calls} == {"c0", "c1"}, "each can be answered"


async def test_of_thousands_of_calls_the_first_are_taken(opens: Opens) -> None:
    reply = await ask(opens, calling(*(f"n{number}" for number in range(5_000))), tools=[list_pods])

    assert len(reply.calls) == len(reply.message.tool_calls) == CALLS


async def test_a_text_without_end_is_cut(opens: Opens) -> None:
    reply = await ask(opens, telling("so " * 1_000_000))

    assert len(str(reply.message.text)) == TEXT


async def test_a_structure_that_nests_without_end_is_asked_for_again(opens: Opens) -> None:
    reply = await ask(opens, telling('{"question":' + "[" * 5_000 + "]" * 5_000 + "}"), schema=Route)

    assert reply.parsed == Route(question="why")


@pytest.mark.parametrize("metrics", [None, {"latencyMs": math.nan}, {"latencyMs": -5}, {"latencyMs": "soon"}])
async def test_what_a_service_tells_of_its_time_may_be_anything(opens: Opens, metrics: Any) -> None:
    reply = await ask(opens, telling(metrics=metrics))

    assert (reply.text, reply.seconds) == ("It is so.", 0)


async def test_nobody_waits_longer_than_the_deadline_for_what_a_service_says_it_took(opens: Opens) -> None:
    reply = await ask(opens, telling(metrics={"latencyMs": 3.6e6}))

    assert reply.seconds <= 120


async def test_tokens_below_zero_earn_nothing(opens: Opens) -> None:
    usage = {"input_tokens": -9, "output_tokens": -9, "total_tokens": -18}
    reply = await ask(opens, lambda message: message.model_copy(update={"usage_metadata": usage}))

    assert (reply.usage.total, reply.dollars) == (0, 0)
