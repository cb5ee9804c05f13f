"""A conversation: each question is read, looked up and reply_to; `it` and `the other one` are of the answer before."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter, ValidationError

from mcp_servers.contract.facts import Subject
from sre_agent.chat import approval_talk, grammar
from sre_agent.chat.answer_context import AnswerContext, ResponderActions
from sre_agent.chat.answers.closest_facts import with_closest_facts
from sre_agent.chat.answers.guidance import unsure
from sre_agent.chat.answers.registry import answer_to
from sre_agent.chat.answers.when_unsure import with_other_meanings
from sre_agent.chat.existing_names import absent_words, existing, nowhere
from sre_agent.chat.following import asked_in, continued, inherited
from sre_agent.chat.incident_history import IncidentHistory
from sre_agent.chat.intents import intent_from_store
from sre_agent.chat.joined_reply import joined_reply
from sre_agent.chat.language import goes_further, is_english, names_nothing_there, names_only, points_back
from sre_agent.chat.lookup_session import LookupSession
from sre_agent.chat.memory import ConversationMemory
from sre_agent.chat.model.assistant import Assistant, AssistantServices
from sre_agent.chat.model.knowledge_record import KnowledgeRecord
from sre_agent.chat.names import Names
from sre_agent.chat.namesakes import workloads_meant
from sre_agent.chat.plain_questions import plain_readings
from sre_agent.chat.proposing import proposal
from sre_agent.chat.query import UNKNOWN, ChatQuery
from sre_agent.chat.readings import (
    READINGS,
    UNANSWERED,
    Answered,
    BestAnswer,
    alike,
    asks_back,
    best_of,
    is_about_no_incident,
    is_open,
    is_sure,
    possible,
    without_absent_words,
)
from sre_agent.chat.reply import ChatReply, use_of, within
from sre_agent.chat.strange_words import settled
from sre_agent.clock import Clock
from sre_agent.language.everyday import is_everyday
from sre_agent.toolbox.toolbox import Toolbox

QUESTION_CHARACTERS: Final = 4_000  # of one text that a person types, before any pattern sees it
LEFT_ASIDE: Final = "Not understood, ignored: "


@dataclass(frozen=True)
class ConversationRecord:
    """A conversation as it is kept: what it remembers, and what its chat model may go on from."""

    memory: ConversationMemory
    knowledge: KnowledgeRecord | None = None
    model_said: bool = False
    asked_back: bool = False


_RECORD: Final = TypeAdapter(ConversationRecord)


class Conversation:
    """`responding` opens incidents and sweeps; everything else only reads. Questions are asked one after another.

    `assistant` answers what the rules do not understand; without one that is said. `region` is that of AWS, which a
    greeting names.
    """

    def __init__(
        self,
        toolbox: Toolbox,
        clock: Clock,
        responding: ResponderActions,
        history: IncidentHistory,
        assistant: Assistant | None = None,
        region: str = "",
    ) -> None:
        self._region = region
        self._toolbox, self._clock, self._responding, self._history = toolbox, clock, responding, history
        self._assistant = assistant
        self._memory = ConversationMemory()
        self._model_said = False  # from then on `it` may be what a model brought up
        self._asked_back = False  # whether a model has asked what is meant
        self._turns = 0

    async def ask(self, text: str) -> ChatReply:
        """The answer to a sentence, which may hold several questions. Raises nothing for what cannot be reply_to.

        Of a text longer than QUESTION_CHARACTERS the beginning is read, and the reply says so.
        """
        now = self._clock.now()
        self._turns += 1
        name = f"chat-{now:%Y%m%dT%H%M%S}-{self._turns}"
        read = within(text, QUESTION_CHARACTERS).removesuffix(" …")
        if (reply := await approval_talk.answer_to_question(read, self._memory, self._responding)) is not None:
            return reply
        if self._assistant is None:
            reply = await self._by_rules(read, LookupSession(self._toolbox, self._clock, name))
        else:
            reply = await self._with(self._assistant, read, name)
        if len(read) == len(text):
            return reply
        cut = f"The question has {len(text)} characters; only the first {len(read)} were read. Ask a shorter question."
        return reply.model_copy(update={"text": f"{cut}\n{reply.text}"})

    @property
    def question_count(self) -> int:
        """How many questions it was asked in this process."""
        return self._turns

    def memory_json(self) -> str:
        """What it would need to go on in another process, as JSON."""
        knowledge = self._assistant.knowledge.record() if self._assistant is not None else None
        record = ConversationRecord(self._memory, knowledge, self._model_said, self._asked_back)
        return _RECORD.dump_json(record).decode()

    def recall(self, memory: str) -> None:
        """Go on from what was remembered. What another version remembered otherwise is forgotten."""
        with suppress(ValidationError):
            record = _RECORD.validate_json(memory)
            self._memory, self._model_said, self._asked_back = record.memory, record.model_said, record.asked_back
            if self._assistant is not None and record.knowledge is not None:
                self._assistant.knowledge.recall(record.knowledge)

    @property
    def subjects(self) -> list[Subject]:
        """What the last answer was about."""
        return self._memory.subjects

    async def _by_rules(self, text: str, lookups: LookupSession) -> ChatReply:
        questions = asked_in(await self._parse(text, lookups))
        replies: list[ChatReply] = []
        doubtful: BestAnswer | None = None
        for number, query in enumerate(questions.queries):
            before = questions.queries[number - 1] if number else None
            best = await self._best_answer(query, before, replies[-1] if before else None, lookups)
            doubtful = best if best.in_doubt else doubtful
            replies.append(best.reply)
            self._memory.question, self._memory.choices = best.query, tuple(best.reply.choices)
        joined = joined_reply(text, replies, lookups)
        if doubtful is not None:
            joined = await with_other_meanings(doubtful.query, joined, doubtful.others, self._context(lookups))
            joined = joined.model_copy(update={"evidence": lookups.evidence, "looked_at": lookups.looked_at})
        if not questions.left_aside:
            return joined
        return joined.model_copy(update={"text": f"{joined.text}\n{LEFT_ASIDE}{'; '.join(questions.left_aside)}"})

    async def _best_answer(
        self, query: ChatQuery, before: ChatQuery | None, reply_before: ChatReply | None, lookups: LookupSession
    ) -> BestAnswer:
        """The answer to a question as its words are read, as the plain question that it is like, or both."""

        def whole(one: ChatQuery) -> ChatQuery:
            if before is not None and reply_before is not None:
                return inherited(one, before, reply_before)
            return continued(one, self._memory)

        async def reply_to(one: ChatQuery, *, closest: bool = True) -> Answered:
            return one, await self._answer(one, self._context(lookups), closest=closest)

        by_words = await reply_to(whole(query))
        if self._assistant is not None or not is_open(query, by_words[0]):  # a chat model has what is left open
            return BestAnswer(*by_words, in_doubt=is_about_no_incident(*by_words) and self._assistant is None)
        without_absent = await without_absent_words(query, self._context(lookups).names)
        if without_absent is not query and by_words[1].outcome == "not_found":
            by_words = await reply_to(whole(without_absent))
        places = await Names(lookups, self._memory).namespaces()
        back = bool(self._memory.subjects)
        readings = plain_readings(without_absent, lookups.now, back=back, places=places, most=READINGS)
        reading = readings[0] if readings else None
        best = by_words
        if (other := alike(reading, by_words[0])) is not None:
            before_example = copy(self._memory)
            by_example = await reply_to(whole(other.query), closest=False)
            best = best_of(by_words, by_example, other.share)
            if best[0] is by_words[0]:  # `it` is then what the words were about
                self._memory = before_example
        if is_sure(best[0], reading) and best[1].outcome not in UNANSWERED and not asks_back(*best):
            return BestAnswer(*best)
        memory, others = self._memory, []
        for one in possible(readings, best[0], is_about_something=bool(best[1].subjects or best[0].candidates)):
            self._memory = copy(memory)  # what else may be meant is not spoken of
            others.append((await reply_to(whole(one.query), closest=False))[1])
        self._memory = memory
        return BestAnswer(*best, in_doubt=True, others=others)

    def _context(self, lookups: LookupSession) -> AnswerContext:
        return AnswerContext(lookups, self._memory, self._responding, self._history, self._region)

    async def _answer(self, query: ChatQuery, talk: AnswerContext, *, closest: bool = True) -> ChatReply:
        """`closest`: with the facts that are closest to words which no table knows."""
        if intent_from_store(query.intent):
            return await answer_to(query.intent)(query, talk)
        strange = await settled(query, talk.lookups)
        full_query, taken_for = await workloads_meant(strange.query, talk.lookups)
        notes = "\n".join(filter(None, [*strange.notes, taken_for]))
        if strange.only:
            return talk.reply(full_query, notes, outcome="not_found")
        answer = unsure if _is_unsure(full_query) else answer_to(full_query.intent)
        reply = _with_meanings(
            full_query, await self._proposal_reply(full_query, talk) or await answer(full_query, talk), talk
        )
        reply = await with_closest_facts(full_query, reply, talk) if closest else reply
        strays = dict.fromkeys([*talk.names.unmatched, *(word for word in query.idle if not is_everyday(word))])
        left_out = [f"Not understood: '{name}'. Nothing is called so." for name in strays]
        text = "\n".join(filter(None, [notes, reply.text, *left_out]))
        return reply.model_copy(update={"text": text})

    async def _parse(self, text: str, lookups: LookupSession) -> list[ChatQuery]:
        """The questions; a word that may be a name is one where something is called so."""
        plainly = grammar.read(text, lookups.now)
        if all(intent_from_store(query.intent) for query in plainly):  # what exists in the cluster decides nothing here
            return plainly
        doubts = grammar.doubtful(text, lookups.now)
        names = await existing(lookups, doubts, text) if doubts else {}
        queries = grammar.read(text, lookups.now, names)
        nouns = await absent_words(lookups, grammar.ordinary_words(text, lookups.now))
        if nouns:
            queries = grammar.read(text, lookups.now, names, nouns)
        if not (idle := await nowhere(lookups, queries, grammar.idle_words(text, lookups.now))):
            return queries
        idle = [*idle, *nouns]
        without = grammar.read(text, lookups.now, names, idle)
        return without if all(query.intent != UNKNOWN for query in without) else queries

    async def _proposal_reply(self, query: ChatQuery, talk: AnswerContext) -> ChatReply | None:
        """`Fix it`, where a model has said what `it` is: that alone must not open an incident."""
        if not self._model_said or query.intent != "fix" or query.candidates:
            return None
        _, subjects, _ = await talk.resolve(query)
        return proposal(query, subjects[0], talk.lookups.now) if subjects else None

    async def _with(self, assistant: Assistant, text: str, name: str) -> ChatReply:
        """The rules answer what they understand, and the model the rest."""

        def lookups() -> LookupSession:
            return LookupSession(self._toolbox, self._clock, name)

        queries, instead = await self._parse(text, lookups()), None
        back = assistant.knowledge.anything and points_back(text, queries)
        back = back or (self._asked_back and names_only(queries))
        if is_english(text) and not back and not goes_further(queries):
            own = lookups()
            instead = await self._by_rules(text, own)
            if not _leaves_open(instead, queries, assistant.knowledge.anything):
                assistant.remember(text, instead, own.ledger)
                self._asked_back = False
                if instead.report is None or not instead.report.cost.model_calls:
                    return instead
                return instead.model_copy(update={"model": use_of(instead.report)})
        reply, subjects = await assistant.answer(
            text, instead, AssistantServices(lookups, self._by_rules, self._responding)
        )
        self._memory.remember(subjects)
        self._model_said = True
        self._asked_back = reply.outcome == "choice" and not reply.choices
        return reply


def _is_unsure(query: ChatQuery) -> bool:
    """Whether as much speaks for another intent that would be reply_to differently."""
    return query.rival is not None and answer_to(query.rival) is not answer_to(query.intent)


def _leaves_open(reply: ChatReply, queries: Sequence[ChatQuery], anything: bool) -> bool:
    """Whether a model may make more of a question: it was not understood, or what it names is nowhere near."""
    is_fix = any(query.intent == "fix" for query in queries) and reply.outcome not in ("cannot", "not_found")
    if is_fix or any(query.intent in ("order", "decide") for query in queries):
        return False
    if any(query.intent == UNKNOWN or _is_unsure(query) for query in queries):
        return True
    if any(query.refers for query in queries) and not anything:
        return False
    if any(names_nothing_there(query, reply.subjects) for query in queries):
        return True
    return reply.outcome in ("cannot", "not_found") and not reply.choices


def _with_meanings(query: ChatQuery, reply: ChatReply, talk: AnswerContext) -> ChatReply:
    """With what a name was taken for that is also a word of the language, where the answer does not say it."""
    twofold = {mention.name for mention in query.mentions if mention.twofold}
    meanings = [s.short for s in talk.memory.subjects if s.name in twofold and s.short in reply.subjects]
    notes = [f"{one.rpartition('/')[2]} means {one} here." for one in meanings if one not in reply.text]
    return reply.model_copy(update={"text": "\n".join([*notes, reply.text])}) if notes else reply
