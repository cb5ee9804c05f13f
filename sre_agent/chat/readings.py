"""Two readings of one question, by its words and by the plain question that it is most like: which is answered.

The words decide where they say clearly what is wanted. Where they do not, the examples do, and where each says
something else, both are answered, the likelier first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sre_agent.chat.intents import intent_from_store
from sre_agent.chat.names import Names
from sre_agent.chat.plain_questions import PlainReading, plain_intents
from sre_agent.chat.query import UNKNOWN, ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.entities.lookup import AbsentEntity

ACTING: Final = frozenset({"fix", "order", "decide", "proposal"})  # never by likeness to an example
VERDICTS: Final = frozenset({"healthy", "why", "troubles"})  # say whether something is well
BARE: Final = 20  # the strength of a sign up to which words say no more than which thing is meant
CLEAR: Final = 60  # and from which on they say clearly what is wanted
READINGS: Final = 4  # plain questions that may be meant
CONCEIVABLE: Final = 0.02  # the share from which on one is told beside an answer in doubt about something
ABOUT_NOTHING: Final = 0.2  # and where nothing is named or pointed to
NO_FACTS: Final = frozenset({"help"})  # say what can be asked
GUESS: Final = 0.1  # the share from which on an example is better than nothing
POSSIBLE: Final = 0.3  # from which on it may be right
LIKELY: Final = 0.6  # and from which on it says clearly what is wanted
CLEARER: Final = 0.92  # from which on it is told beside clear words that say something else
SEVERAL: Final = 2  # words that nothing is called: from so many on they are speech, and no name with a slip
UNANSWERED: Final = ("cannot", "not_found", "unavailable")  # outcomes that leave open what was asked
Answered = tuple[ChatQuery, ChatReply]


@dataclass(frozen=True)
class BestAnswer:
    """A question as it was understood, with its answer. `others` answer what else may be meant, the likeliest first."""

    query: ChatQuery
    reply: ChatReply
    in_doubt: bool = False
    others: Sequence[ChatReply] = ()


def is_open(query: ChatQuery, by_words: ChatQuery) -> bool:
    """Whether another reading than that by its words may be right: not of what acts or is on record, nor where the
    sentence before says what is wanted."""
    is_settled = by_words.intent in ACTING or intent_from_store(by_words.intent) or bool(by_words.log_group)
    return not is_settled and by_words.intent == query.intent


def alike(reading: PlainReading | None, by_words: ChatQuery) -> PlainReading | None:
    """The other reading of an open question, where it may be the right one; None where nothing is to be chosen."""
    if reading is None or reading.share < (GUESS if by_words.strength <= BARE else POSSIBLE):
        return None
    if by_words.intent == UNKNOWN and by_words.idle and reading.share < CLEARER:  # `tell me a joke`
        return None
    plain = reading.query
    if plain.intent in (UNKNOWN, *ACTING) or intent_from_store(plain.intent):
        return None
    adds_nothing = plain.kinds == by_words.kinds and set(plain.columns) <= set(by_words.columns)
    return None if plain.intent == by_words.intent and adds_nothing else reading


def is_sure(query: ChatQuery, reading: PlainReading | None) -> bool:
    """Whether the sentence is so much like a plain question that what it asks is hardly in doubt. Of an intent that no
    plain question has, its own signs tell, unless it is like a question that wants something else."""
    share = reading.share if reading is not None else 0.0
    return share >= CLEARER if query.intent in plain_intents() else share < LIKELY


def asks_back(query: ChatQuery, reply: ChatReply) -> bool:
    """Whether it is asked back which of the things of before is meant: `how old are they`."""
    return reply.outcome == "choice" and bool(query.refers)


def is_about_no_incident(query: ChatQuery, reply: ChatReply) -> bool:
    """Whether a question that was taken for one about the record finds nothing there: what it names may be meant."""
    return intent_from_store(query.intent) and reply.outcome == "not_found" and bool(query.candidates)


def possible(readings: Sequence[PlainReading], best: ChatQuery, *, is_about_something: bool) -> list[PlainReading]:
    """Those of the readings that may be told beside the best where it is in doubt what is meant: facts, no verdicts,
    and no list of which the best is a part."""
    least = CONCEIVABLE if is_about_something else ABOUT_NOTHING
    return [
        one
        for one in readings
        if one.share >= least
        and one.query.intent not in (UNKNOWN, *ACTING, *VERDICTS, *NO_FACTS)
        and not intent_from_store(one.query.intent)
        and not _is_whole_of(one.query, best)
    ]


def _is_whole_of(query: ChatQuery, part: ChatQuery) -> bool:
    narrows = part.states or part.conditions or part.lacking or part.having or part.thresholds or part.selector
    is_bare_list = query.kinds == part.kinds and not (query.columns or query.states)
    return bool(narrows) and (is_bare_list or query.intent == part.intent)


def _is_exact(query: ChatQuery) -> bool:
    """Whether the words say more of what is wanted than which things it is about: an attribute, a state, a bound."""
    return bool(
        query.strength >= CLEAR
        or query.refers
        or query.columns
        or query.states
        or query.conditions
        or query.lacking
        or query.having
        or query.thresholds
        or query.selector
        or query.level
        or any(mention.is_a_field for mention in query.mentions)
    )


async def without_absent_words(query: ChatQuery, names: Names) -> ChatQuery:
    """The question without the words that stand like names and that nothing is called, not even nearly: `argo shows one
    red x in shop`. The same question where its words say what is wanted, where it would be about nothing then, and
    where one word alone is meant: `kafka in shop` is about kafka, which is not there."""
    loose = [mention for mention in query.mentions if mention.loose]
    if len(loose) < SEVERAL or len(loose) == len(query.mentions) or query.strength > BARE or query.intent in ACTING:
        return query
    lookups = [(mention, await names.subject(mention)) for mention in loose]
    absent = [mention for mention, one in lookups if isinstance(one, AbsentEntity) and not one.choices]
    if len(absent) < SEVERAL:
        return query
    left = tuple(mention for mention in query.mentions if mention not in absent)
    return replace(query, mentions=left, idle=(*query.idle, *(mention.name for mention in absent)))


def best_of(by_words: Answered, by_example: Answered | None, share: float) -> Answered:
    """The one that answers; where the example says something else than the words, both, the likelier first."""
    if by_example is None or by_example[1].outcome != "answered":
        return by_words
    if by_words[0].intent == UNKNOWN:
        return by_example
    if by_example[1].text == by_words[1].text:
        return by_words
    if by_words[1].outcome != "answered":
        return _beside_no_answer(by_words, by_example, share)
    clear, bare = _is_exact(by_words[0]), by_words[0].strength <= BARE
    likely = share >= LIKELY
    if bare and not clear and likely:
        return by_example
    if clear and share < CLEARER:
        return by_words
    first, second = (by_example, by_words) if (likely or bare) and not clear else (by_words, by_example)
    return first[0], first[1].model_copy(update={"text": _both(first, second)})


def _beside_no_answer(by_words: Answered, by_example: Answered, share: float) -> Answered:
    """What the words could not be answered by stays said; that all is well is no answer about what is not there."""
    is_verdict = by_example[0].intent in VERDICTS
    if by_words[1].outcome not in UNANSWERED or is_verdict or share < POSSIBLE:
        return by_words
    return by_words[0], by_words[1].model_copy(update={"text": _both(by_words, by_example)})


def _both(first: Answered, second: Answered) -> str:
    return within(f"{first[1].text}\n\nIf that is not what you meant:\n{second[1].text}")
