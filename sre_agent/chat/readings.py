"""Two readings of one question, by its words and by the plain question that it is most like: which is answered.

The words decide where they say clearly what is wanted. Where they do not, the examples do, and where each says
something else, both are answered, the likelier first.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final

from sre_agent.chat.intents import intent_from_store
from sre_agent.chat.names import Names
from sre_agent.chat.plain_questions import PlainReading, plain_reading
from sre_agent.chat.query import UNKNOWN, ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.entities.lookup import AbsentEntity

ACTING: Final = frozenset({"fix", "order", "decide", "proposal"})  # never by likeness to an example
BARE: Final = 20  # the strength of a sign up to which words say no more than which thing is meant
CLEAR: Final = 60  # and from which on they say clearly what is wanted
GUESS: Final = 0.1  # the share from which on an example is better than nothing
POSSIBLE: Final = 0.3  # from which on it may be right
LIKELY: Final = 0.6  # and from which on it says clearly what is wanted
CLEARER: Final = 0.92  # from which on it is told beside clear words that say something else
SEVERAL: Final = 2  # words that nothing is called: from so many on they are speech, and no name with a slip
Answered = tuple[ChatQuery, ChatReply]


def is_open(query: ChatQuery, by_words: ChatQuery) -> bool:
    """Whether another reading than that by its words may be right: not of what acts or is on record, nor where the
    sentence before says what is wanted."""
    is_settled = by_words.intent in ACTING or intent_from_store(by_words.intent) or bool(by_words.log_group)
    return not is_settled and by_words.intent == query.intent


def alike(
    query: ChatQuery, by_words: ChatQuery, now: datetime, *, back: bool, places: Collection[str]
) -> PlainReading | None:
    """The other reading of an open question, where it may be the right one; None where nothing is to be chosen."""
    reading = plain_reading(query, now, back=back, places=places)
    if reading is None or reading.share < (GUESS if by_words.strength <= BARE else POSSIBLE):
        return None
    plain = reading.query
    if plain.intent in (UNKNOWN, *ACTING) or intent_from_store(plain.intent):
        return None
    adds_nothing = plain.kinds == by_words.kinds and set(plain.columns) <= set(by_words.columns)
    return None if plain.intent == by_words.intent and adds_nothing else reading


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
    if by_words[1].outcome != "answered" or by_example[1].text == by_words[1].text:
        return by_words
    clear, bare = _is_exact(by_words[0]), by_words[0].strength <= BARE
    likely = share >= LIKELY
    if bare and not clear and likely:
        return by_example
    if clear and share < CLEARER:
        return by_words
    first, second = (by_example, by_words) if (likely or bare) and not clear else (by_words, by_example)
    text = within(f"{first[1].text}\n\nIf that is not what you meant:\n{second[1].text}")
    return first[0], first[1].model_copy(update={"text": text})
