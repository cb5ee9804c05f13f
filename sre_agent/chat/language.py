"""Whether the rules can answer a question: they know English, single things, and what the question itself names.

What they would misread is for a chat model, where there is one: other languages, connections and opinions, and what
goes on from an answer before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sre_agent.chat.intents import intent_from_store
from sre_agent.chat.meanings import Word, vocabulary
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.tokens import quotes, words
from sre_agent.language.lexicon import language_of

ENGLISH: Final = "en"
LATIN: Final = 0x250  # code points below are Latin letters
POINTING: Final = frozenset({"it", "they", "them", "that", "this", "those", "these"})
AUXILIARIES: Final = "is was are were did does do has have had can could would will"
LINKS: Final = "why and but so about of with for to from by on since before after during cause caused because if when"
_BEFORE: Final = frozenset(f"{AUXILIARIES} {LINKS}".split())  # elsewhere a `that` may begin a clause
CONNECTIONS: Final = frozenset({"related", "relation", "connection", "connected", "linked", "correlated", "something"})
OPINIONS: Final = frozenset({"caused", "because", "think", "mean", "means", "explain", "before", "between", "guess"})
GENERAL: Final = ("describe", "list", "healthy")  # what a question is taken for that says nothing more exact
SETTLED: Final = ("help", "order", "fix")  # whatever they point to
CERTAIN: Final = 3  # English words that are no accident
BARE: Final = 4  # words of a `why?` or a `since when?`


def is_english(text: str) -> bool:
    """Whether the words are English or terms of the field, but for names: a strange word or two may be that."""
    masked, parts = quotes(text)
    if any(letter.isalpha() and ord(letter) >= LATIN for letter in masked):
        return False
    language = language_of(masked)
    if language not in ("", ENGLISH):
        return False
    word_list = [
        token for token in words(masked, parts) if not token.in_quotes and token.word.replace(" ", "").isalpha()
    ]
    strange = sum(not token.is_vocabulary for token in word_list)
    if strange < 2 or 2 * strange <= len(word_list):
        return True
    return 3 * strange < 2 * len(word_list) and (language == ENGLISH or len(word_list) - strange >= CERTAIN)


def goes_further(queries: Sequence[ChatQuery]) -> bool:
    """Whether a question wants a connection, a reason or an opinion, and the rules would only describe the things."""
    return any(query.intent in GENERAL and (_own_words(query) & (CONNECTIONS | OPINIONS)) for query in queries)


def points_back(text: str, queries: Sequence[ChatQuery]) -> bool:
    """Whether a question is about something of before that the rules do not remember: an event, a reason, a thought."""
    if any(query.intent in SETTLED or intent_from_store(query.intent) for query in queries):
        return False
    if any(query.intent == "describe" and query.refers and _own_words(query) - vocabulary() for query in queries):
        return True
    if any(query.refers or query.candidates or query.kinds or query.log_group for query in queries):
        return False
    if len(text.split()) <= BARE and all(q.intent == "troubles" and q.cues <= {"why", "when"} for q in queries):
        return True
    word_list = words(*quotes(text))
    return any(_points(token, word_list[place - 1] if place else None) for place, token in enumerate(word_list))


def names_only(queries: Sequence[ChatQuery]) -> bool:
    """Whether a sentence asks nothing by itself: it may be the answer to a question."""
    return all(q.intent in ("describe", "list", "unknown") and not q.kinds and not q.columns for q in queries)


def names_nothing_there(query: ChatQuery, subjects: Sequence[str]) -> bool:
    """Whether a plain word of a question for a list was taken for a name, and none of what was listed has it."""
    loose = [mention.name.lower() for mention in query.mentions if mention.loose]
    return query.intent == "list" and any(not any(name in one.lower() for one in subjects) for name in loose)


def _own_words(query: ChatQuery) -> set[str]:
    names = {mention.name for mention in query.mentions if not mention.loose}
    return {word.lower() for word in query.words if word not in names}


def _points(token: Word, before: Word | None) -> bool:
    return token.word in POINTING and (before is None or before.ends or before.word in _BEFORE)
