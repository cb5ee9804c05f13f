"""The usual design, to hold ours against: a model plans, each agent works after the other, a model puts it together.

It is run on what a real run of ours looked at: each agent asks for the calls that its counterpart made, a turn for each
round in which there were some, reads the results, and concludes. Prompts, results and models are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from mcp_servers.contract.bounds import bounded
from sre_agent.agents.roster import Specialist
from sre_agent.domain.base import IncidentId
from sre_agent.domain.finding import Evidence
from sre_agent.domain.model_call import ModelCall
from sre_agent.model import Models, open_models
from sre_agent.progress import Progress
from sre_agent.prompting import fence
from sre_agent.settings import Settings
from tests.judgement.stand_ins import MODELS, Said, opener

RESULT = 4_000  # characters of a result that a model is told, as in ours
PLAN = "Read the alarm and write a plan: which agents look at what, in which order, and what would decide."
CONCLUSION = "It shows what is the case on the named workload since the alarm, with the evidence that says so." * 6
TOGETHER = "Put together what the agents found: the cause, how it came about, what to do next."


class _Ledger:
    def __init__(self) -> None:
        self.calls: list[ModelCall] = []

    async def keep_model_call(self, call: ModelCall) -> None:
        self.calls.append(call)

    async def model_dollars(self, *, incident: str | None = None, since: datetime | None = None) -> float:
        return 0.0

    async def held_model_dollars(self, *, incident: str | None = None, since: datetime | None = None) -> float:
        return 0.0


class _Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    async def sleep_until(self, when: datetime) -> None:
        self.time = max(self.time, when)


async def sequence(signal: str, evidence: Sequence[Evidence], roster: Mapping[str, Specialist]) -> list[ModelCall]:
    """The model calls of the usual design over what was looked at, one after another."""
    answers = _answers(evidence, roster)
    clock, ledger = _Clock(), _Ledger()
    settings = Settings(model_requests_per_minute=10_000, model_tokens_per_minute=10**9, **MODELS)
    models = open_models(
        settings.model_access,
        ledger=ledger,
        clock=clock,
        progress=Progress(clock),
        random=Random(1),
        open_model=opener(lambda _: next(answers)),
    )
    about = HumanMessage(fence("signal", signal))
    await _ask(models, "planner", [SystemMessage(PLAN), about], roster)
    replies: list[BaseMessage] = []
    for name, specialist in roster.items():
        messages: list[BaseMessage] = [SystemMessage(specialist.prompt), about, *replies]
        for calls in _rounds(name, evidence):
            reply = await _ask(models, name, messages, roster)
            messages += [reply, *_results(reply, calls)]
        replies.append(await _ask(models, name, messages, roster))
    await _ask(models, "aggregator", [SystemMessage(TOGETHER), about, *replies], roster)
    return ledger.calls


async def _ask(
    models: Models, agent: str, messages: Sequence[BaseMessage], roster: Mapping[str, Specialist]
) -> AIMessage:
    reply = await models.ask("large", messages, tools=_tools(roster.get(agent)), incident=IncidentId("it"), agent=agent)
    return reply.message


def _tools(specialist: Specialist | None) -> list[dict[str, Any]]:
    """By name alone, which is less than a model would read of them."""
    names = [tool for of_server in specialist.tools.values() for tool in of_server] if specialist else []
    return [{"name": name, "description": name, "parameters": {"type": "object"}} for name in names]


def _rounds(agent: str, evidence: Sequence[Evidence]) -> list[list[Evidence]]:
    own = [item for item in evidence if item.agent == agent]
    return [[item for item in own if item.round == round_] for round_ in sorted({item.round for item in own})]


def _answers(evidence: Sequence[Evidence], roster: Mapping[str, Specialist]) -> Iterator[Said]:
    yield Said("First the cluster, then metrics, logs and runbooks; what changed last decides. " * 4)
    for name in roster:
        for calls in _rounds(name, evidence):
            yield Said(calls=[(item.tool, dict(item.arguments)) for item in calls])
        yield Said(CONCLUSION)
    yield Said(CONCLUSION * 2)


def _results(reply: AIMessage, calls: Sequence[Evidence]) -> list[ToolMessage]:
    texts = [item.answer.text if item.answer is not None else item.error for item in calls]
    return [
        ToolMessage(fence(item.tool, bounded(text, RESULT)[0]), tool_call_id=call["id"] or "")
        for call, item, text in zip(reply.tool_calls, calls, texts, strict=True)
    ]
