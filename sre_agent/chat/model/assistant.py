"""One question answered by a chat model: what it reads, how far it may go, and what becomes of its answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from langchain_core.messages import BaseMessage

from mcp_servers.contract.facts import Subject
from sre_agent.agents.roster import Specialist
from sre_agent.chat.answer_context import ResponderActions
from sre_agent.chat.fallbacks import fallen_back
from sre_agent.chat.lookup_session import LookupSession, lookup_lines
from sre_agent.chat.model import answer_text
from sre_agent.chat.model.answer_check import CheckedAnswer, check_answer
from sre_agent.chat.model.knowledge import Knowledge, KnownStatement
from sre_agent.chat.model.listener import Listener
from sre_agent.chat.model.loop import Loop
from sre_agent.chat.model.reading import messages
from sre_agent.chat.model.toolset import ModelToolset
from sre_agent.chat.proposing import offer_text
from sre_agent.chat.reply import ChatReply, ModelUse, Outcome, added_up, unmarked, use_of, within
from sre_agent.domain.finding import Evidence
from sre_agent.domain.model_call import Tier
from sre_agent.domain.report import Report
from sre_agent.errors import ModelUnavailableError
from sre_agent.model import ModelReply as Said
from sre_agent.model import Models
from sre_agent.prompting import Prompt, prompt
from sre_agent.toolbox.results import OfferedTool
from sre_agent.toolbox.toolbox import Toolbox

TURNS: Final = 4
CALLS: Final = 18
PATIENCE: Final = 8.0  # seconds that a person waits for a throttled model
ANSWER: Final = 2_400  # characters; other scripts and languages need more than the rules do
INTENT: Final = "asked_model"
UNGROUNDED: Final = "The model gave no answer that the lookups support."


@dataclass(frozen=True)
class AssistantServices:
    """What a conversation lends for one question. `rules` answer a sentence without a model, with lookups of its
    own."""

    lookups: Callable[[], LookupSession]
    rules: Callable[[str, LookupSession], Awaitable[ChatReply]]
    responding: ResponderActions


class Assistant:
    """Of one conversation. `listener` follows the answer as it comes; without one it is not streamed."""

    def __init__(
        self,
        models: Models,
        roster: Mapping[str, Specialist],
        toolbox: Toolbox,
        *,
        name: str,
        user: str = "",
        listener: Listener | None = None,
    ) -> None:
        self._models, self._roster, self._toolbox = models, roster, toolbox
        self._name, self._user, self._listener = name, user, listener
        self._prompt: Prompt = prompt("chat")
        self.knowledge = Knowledge()

    async def answer(
        self, question: str, instead: ChatReply | None, ways: AssistantServices
    ) -> tuple[ChatReply, list[Subject]]:
        """The answer and what it is about. `instead` is what the rules make of the question, where they were asked:
        that stands when no model answers."""
        reach = ModelToolset(
            self._roster,
            self._toolbox,
            self.knowledge,
            question,
            lookups=ways.lookups,
            rules=ways.rules,
            responding=ways.responding,
            listener=self._listener,
        )
        replies, trouble, why = await self._conversation(question, instead, reach)
        out = ways.lookups()
        checked_answer = check_answer(replies[-1].text if replies and not why else "", self.knowledge, question)
        statement_list = list(checked_answer.statements) or self._statements(checked_answer.cited) or reach.lookups
        answers, notes = (
            bool(checked_answer.statements or checked_answer.words),
            answer_text.notes(checked_answer, trouble),
        )
        if not answers:
            notes = [why or UNGROUNDED, *trouble]
        if statement_list or checked_answer.words or reach.proposed:
            reply, subjects = self._reply(question, statement_list, checked_answer, notes, reach, out)
        else:
            reply, subjects = await self._by_rules(question, instead, ways, notes), []
        reply = fallen_back(question, reply, by_model=answers)
        if answers:
            self.knowledge.remember(question, answer_text.memory_text(statement_list, checked_answer, self.knowledge))
        else:
            self.remember(question, reply, list(reach.calls.values()))
        return reply.model_copy(update={"model": _use(self._prompt.label, replies, reach.reports)}), subjects

    async def _conversation(
        self, question: str, instead: ChatReply | None, reach: ModelToolset
    ) -> tuple[list[Said], list[str], str]:
        """The model's answers, where it went astray, and why no model answered to the end; empty where one did."""
        listener = self._listener
        if listener is not None:
            listener.question_sent()
        try:
            tools, tier = await reach.tool_schemas(), await self._tier()
            loop = Loop(partial(self._ask, tier, tools), reach.call, tools, turns=TURNS, most=CALLS)
            try:
                await loop.run(messages(self._prompt, self.knowledge, question, instead, reach.now))
            except ModelUnavailableError as problem:
                return loop.replies, loop.trouble, answer_text.why(problem)
            return loop.replies, loop.trouble, ""
        finally:
            if listener is not None:
                listener.answer_complete()

    def remember(self, question: str, reply: ChatReply, calls: Sequence[Evidence]) -> None:
        """An answer of the rules, so that a later question can go on from it."""
        if not reply.evidence:
            self.knowledge.remember(question, reply.text)
            return
        cited_ids = {line.id for line in reply.evidence}
        statement = self.knowledge.reply(
            self.knowledge.number(), reply, [item for item in calls if item.id in cited_ids], question
        )
        self.knowledge.remember(question, unmarked(reply.text), statement.number)

    async def _tier(self) -> Tier:
        return "small" if await self._models.spares_large(self._name) else "large"

    async def _ask(self, tier: Tier, tools: Sequence[OfferedTool], messages: Sequence[BaseMessage]) -> Said:
        """The tools stay the same to the last turn: a prompt that changes is in no cache."""
        return await self._models.ask(
            tier,
            messages,
            tools=tools,
            incident=self._name,
            agent="chat",
            user=self._user,
            prompt=self._prompt.label,
            on_text=self._listener.on_text if self._listener is not None else None,
            patience=PATIENCE,
        )

    def _statements(self, numbers: Sequence[str]) -> list[KnownStatement]:
        return [known_statement for number in numbers if (known_statement := self.knowledge[number]) is not None]

    def _reply(
        self,
        question: str,
        statement_list: Sequence[KnownStatement],
        checked_answer: CheckedAnswer,
        notes: list[str],
        reach: ModelToolset,
        out: LookupSession,
    ) -> tuple[ChatReply, list[Subject]]:
        """What was found, the proposal where there is one, and apart from them the model's words."""
        text = answer_text.statements(statement_list, out) or ("" if reach.proposed else answer_text.ASKS)
        words = answer_text.words(checked_answer, self.knowledge, out)
        subjects = answer_text.subjects(f"{words}\n{text}", [*self._statements(checked_answer.cited), *statement_list])
        outcome: Outcome = "answered" if out.evidence else "choice"  # it asks back what is meant
        proposes = ""
        if reach.proposed and reach.subject is not None:
            outcome, proposes, subjects = "choice", reach.subject.short, [reach.subject]
            ask = offer_text(reach.subject, reach.proposed)
            text = "\n".join(filter(None, [within(text, ANSWER - len(ask) - 1), ask]))  # the proposal is never cut off
        reply = ChatReply(
            question=question,
            intent=INTENT,
            outcome=outcome,
            text=within(text, ANSWER),
            words=within(words, ANSWER),
            evidence=out.evidence,
            looked_at=lookup_lines(list(reach.calls.values())),
            tool_calls=reach.calls_made,
            subjects=[subject.short for subject in subjects],
            choices=[reach.proposed] if proposes else [],
            proposes=proposes,
            notes=notes,
        )
        return reply, subjects

    async def _by_rules(
        self, question: str, instead: ChatReply | None, ways: AssistantServices, notes: list[str]
    ) -> ChatReply:
        """What the rules make of the question, where nothing that a model said or looked up can stand."""
        reply = instead if instead is not None else await ways.rules(question, ways.lookups())
        return reply.model_copy(update={"notes": notes})


def _use(label: str, replies: Sequence[Said], reports: Sequence[Report]) -> ModelUse:
    """Of the answer, and of the investigations for it."""
    own = ModelUse(
        prompt=label,
        models=list(dict.fromkeys(reply.model for reply in replies)),
        calls=sum(reply.calls_made for reply in replies),
        input_tokens=sum(reply.usage.prompt for reply in replies),
        cached_tokens=sum(reply.usage.cache_read for reply in replies),
        output_tokens=sum(reply.usage.output for reply in replies),
        dollars=sum(reply.dollars for reply in replies),
    )
    return added_up([own, *map(use_of, reports)])
