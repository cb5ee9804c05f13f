"""What a sentence takes from those beside it and from what was said before: its things, its time, its question.

Of several sentences some ask and others only tell: these lend their names. `Since when?` is about what the last answer
was about, `and orders?` asks of another thing what was asked before, and a name alone picks one of several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sre_agent.chat import words as w
from sre_agent.chat.attributes import attributes, in_full
from sre_agent.chat.intents import choose, intent_definitions, intent_from_store
from sre_agent.chat.meanings import Word
from sre_agent.chat.memory import ConversationMemory
from sre_agent.chat.query import UNKNOWN, ChatQuery, Intent
from sre_agent.chat.reply import ChatReply
from sre_agent.chat.same_again import again, among
from sre_agent.chat.tokens import quotes, words
from sre_agent.language.mentions import Mention

WEAK: Final = 30  # a sign below says little of what is wanted
FEW: Final = 4  # words of a sentence that names a kind and nothing else
SHORT: Final = 9  # words of a sentence that goes on from the one before
GOES_ON: Final = frozenset({"summary", "logs", "duration", "when", "search", "count"})
ASKING: Final = frozenset({"count", "list", "show", "compare"})
WIDE: Final = frozenset({"changes", "events"})  # intents that tell as well of a whole namespace
HOLDING: Final = frozenset({"Node", "ConfigMap", "Secret", "PersistentVolume"})  # kinds that have something in them
WITHIN: Final = frozenset({"how", "what", "why"})  # ask wherever they stand; `which` and `when` may only tell more
LEADS_ON: Final = (
    "and",
    "or",
    "also",
    "same",
    "what about",
    "how about",
    "in",
    "of",
    "for",
    "on",
    "the one",
    "the",
    "no",
    "i mean",
)
_SILENT: Final = (w.FILLERS | {"and", "so", "hey", "hi", "but", "ok", "then", "also"}) - w.QUESTION_WORDS


@dataclass(frozen=True)
class QuestionsOfText:
    """The questions of a text, and the sentences that were neither understood nor of use."""

    queries: tuple[ChatQuery, ...]
    left_aside: tuple[str, ...] = ()


def asked_in(queries: Sequence[ChatQuery]) -> QuestionsOfText:
    """The sentences that ask; what only tells gives its names to the next that names none."""
    if len(queries) < 2:
        return QuestionsOfText(tuple(queries))
    selection = (
        [query for query in queries if _asks(query)] or [q for q in queries if q.intent != UNKNOWN] or queries[:1]
    )
    questions: list[ChatQuery] = []
    left: list[str] = []
    topic_mentions: tuple[Mention, ...] = ()
    for query in queries:
        names = tuple(mention for mention in query.mentions if not mention.loose)
        if not any(query is one for one in selection) or (questions and _adds_nothing(query, questions[-1])):
            topic_mentions = names or topic_mentions
            left += [query.text] if not names and query.strength < WEAK and not _is_polite(query) else []
        else:
            questions.append(_about(query, topic_mentions) if topic_mentions and not query.candidates else query)
            topic_mentions = ()
    return QuestionsOfText(tuple(questions), tuple(left))


def _asks(query: ChatQuery) -> bool:
    """By its form: a question mark, or a first word that asks; else by what it wants, unless it tells something."""
    tokens = words(*quotes(query.text))
    first = next((token for token in tokens if token.word not in _SILENT), Word(""))
    if query.intent == "help":
        return False
    begins = first.word.partition(" ")[0] in w.QUESTION_WORDS or first.cues & ASKING or "yes-or-no" in query.forms
    within = any(token.word.partition(" ")[0] in WITHIN for token in tokens)
    if begins or within or query.text.rstrip().endswith("?"):
        return True
    tells = first.word in w.FUNCTION | w.ARTICLES or any(token.word in w.COPULAS for token in tokens)
    return (query.strength >= WEAK or bool(query.columns)) and not tells


def _is_polite(query: ChatQuery) -> bool:
    """Whether a sentence only greets: `evening.`"""
    tokens = words(*quotes(query.text))
    return query.intent == "help" or all("greeting" in token.cues or token.word in _SILENT for token in tokens)


def _adds_nothing(query: ChatQuery, before: ChatQuery) -> bool:
    """`Use only the logs`, behind a question about logs."""
    names = [m for m in query.candidates if m.exists or m.kind or not m.name.isalpha()]
    brings = names or query.kinds or query.columns or query.window or query.level or query.texts or query.states
    return query.intent == before.intent and not brings and not query.refers and not query.text.endswith("?")


def _about(query: ChatQuery, mentions: tuple[Mention, ...]) -> ChatQuery:
    return _with_choice(replace(query, mentions=(*mentions, *query.mentions), refers=""))


def _with_choice(query: ChatQuery) -> ChatQuery:
    """With the intent that its slots tell now."""
    choice = choose(query)
    return replace(query, intent=choice.intent, rival=choice.rival, strength=choice.strength)


def continued(query: ChatQuery, memory: ConversationMemory) -> ChatQuery:
    """What a short sentence means after the answer before."""
    if memory.incident and _of_the_incident(query, memory):
        return replace(query, intent="incident", rival=None, refers="")
    if memory.question is not None and memory.question.intent == "why" and _doubts_the_cause(query):
        return replace(query, intent="why", rival=None, mentions=(), kinds=(), refers="last")
    query = _in_what_was_last(query, memory)
    if memory.question is not None and len(query.text.split()) <= SHORT and (one := again(query, memory.question)):
        return one
    if memory.question is not None and (more := _one_more(query, memory.question)) is not None:
        return more
    query = _held_by_the_last(_without_named_kinds(query), memory) if memory.subjects else query
    if memory.question is None or len(query.text.split()) > SHORT or query.kinds or query.log_group:
        return query
    if (
        (query.cues & {"list", "count"} or "of-the-ones" in query.forms)
        and (query.several or query.states)
        and (next_query := among(query, memory.question)) is not query
    ):
        return next_query
    if memory.choices and (choice := _pick(query, memory.choices)):
        last = memory.question
        namespaces = tuple(m for m in last.mentions if m.place == "namespace")
        return replace(last, mentions=(choice, *namespaces), refers="")
    if query.strength < WEAK and not query.columns and (not query.refers or query.candidates):
        leads_on = query.text.lower().startswith(LEADS_ON)
        if query.candidates and leads_on:
            return replace(memory.question, text=query.text, mentions=query.mentions, refers="")
        if query.window and not query.mentions:
            pointing = "" if memory.question.mentions else memory.question.refers
            return replace(memory.question, text=query.text, window=query.window, refers=pointing)
    if memory.subjects and not (query.mentions or query.refers or query.cloud_kinds or _is_wide(query, memory)):
        pointing_back = _with_choice(replace(query, refers="last"))
        if _goes_on(query, pointing_back.intent):
            return pointing_back
    return query


def _is_wide(query: ChatQuery, memory: ConversationMemory) -> bool:
    """`Did anybody scale something?` is not about the last thing, nor is `who did the last change` behind several."""
    indefinite = any(token.word in w.INDEFINITE for token in words(*quotes(query.text)))
    return indefinite or (len(memory.subjects) > 1 and query.intent in WIDE)


def _of_the_incident(query: ChatQuery, memory: ConversationMemory) -> bool:
    """`When?` and `was it serious?`, behind an answer about an incident: what is past is asked of what is on record."""
    if memory.question is None or len(query.text.split()) > SHORT or any(not m.loose for m in query.mentions):
        return False
    behind = intent_from_store(memory.question.intent)
    bare = query.intent in ("troubles", UNKNOWN) and not query.cues & {"wrong", "healthy"} and not query.unhealthy
    return behind and (bare or ("asks-of-the-past" in query.forms and query.intent in ("describe", "why")))


def _doubts_the_cause(query: ChatQuery) -> bool:
    """`Was it the release?`: the cause that was told is told again, and no thing of that name is looked for."""
    loose = all(mention.loose for mention in query.mentions)
    return "asks-of-the-past" in query.forms and query.intent in ("describe", UNKNOWN) and bool(query.refers) and loose


def _one_more(query: ChatQuery, before: ChatQuery) -> ChatQuery | None:
    """The question before with what is new: `or released something?` behind another deed, `do it` behind advice, `did
    that help?`, `is it going up?` behind a measure, `and checkout's?`. None where nothing goes on from it."""
    if len(query.text.split()) > SHORT:
        return None
    if query.deed and "asks-who-did" in before.forms and "or-did" in query.forms:
        return replace(before, text=query.text, deed=query.deed, mentions=query.mentions or before.mentions)
    if "times" in query.forms and not query.mentions and "restarts" in before.cues | set(before.columns):
        return replace(before, text=query.text, intent="list", rival=None, cues=before.cues | {"restarts"}, states=())
    if _asks_what_was_before(query) and "images" in before.columns:  # `and what was it on before that?`
        pointing = "" if before.mentions else "last"
        return replace(before, text=query.text, intent="revisions", rival=None, refers=pointing)
    if "does-it" in query.forms and before.intent in ("advise", "proposal"):
        return replace(query, intent="fix", rival=None, refers="last")
    if "did-it-help" in query.forms and query.strength < WEAK:
        return replace(query, intent="healthy", rival=None, refers="last", states=())
    if "trend" in query.cues and before.measures and query.refers and not query.measures:
        return replace(query, intent="metrics", rival=None, measures=before.measures)
    if len(query.candidates) == 1 and query.strength < WEAK and query.text.rstrip("?!. ").endswith(("'s", "’s")):
        return replace(before, text=query.text, mentions=query.mentions, refers="")
    return None


def _asks_what_was_before(query: ChatQuery) -> bool:
    own = any(not mention.loose for mention in query.candidates) or query.columns or query.kinds
    return bool(query.cues & {"before", "former"}) and not own


def _in_what_was_last(query: ChatQuery, memory: ConversationMemory) -> ChatQuery:
    """`What is in there?`, behind a ConfigMap, and `what else runs there?`, behind a node, are about these."""
    if query.refers != "there" or len(memory.subjects) != 1 or memory.subjects[0].kind not in HOLDING:
        return query
    return _with_choice(replace(query, refers="last"))


def _without_named_kinds(query: ChatQuery) -> ChatQuery:
    """`And the service account?` is about that of the thing before, and lists no service accounts."""
    kind_names = {one.names for one in in_full(query.columns) if not one.usual}
    if query.mentions or query.cues & ASKING or not query.kinds or not kind_names.issuperset(query.kinds):
        return query
    return _with_choice(replace(query, kinds=()))


def _held_by_the_last(query: ChatQuery, memory: ConversationMemory) -> ChatQuery:
    """`Which secret?`, behind an Ingress, is the one that this names."""
    if query.intent != "list" or len(query.kinds) != 1 or query.mentions or query.columns or len(memory.subjects) != 1:
        return query
    own = memory.subjects[0].kind
    names = [one.name for one in attributes().values() if one.names == query.kinds[0] and own in one.kinds]
    if len(names) != 1 or len(query.text.split()) > FEW:
        return query
    return _with_choice(replace(query, kinds=(), columns=tuple(names), refers="last"))


def _goes_on(query: ChatQuery, intent: Intent) -> bool:
    """Whether a question that names nothing is about the last thing, and not about everything."""
    if query.intent == "troubles":
        return intent == "why" and not query.cues & {"wrong", "healthy"} and not query.unhealthy
    if query.intent in ("list", "count"):
        return bool(query.columns or query.level or query.measures) or "restarts" in query.cues
    if query.intent == UNKNOWN and query.states and intent == "healthy":  # `better now?`
        return True
    own_intent = intent if query.intent == UNKNOWN else query.intent
    return own_intent != UNKNOWN and intent_definitions()[own_intent].of_one


def _pick(query: ChatQuery, choices: Sequence[str]) -> Mention | None:
    """The one of several (`kind/namespace/name`) that a sentence picks by a part of it."""
    texts = [token.text.lower() for token in words(*quotes(query.text))]
    parts = {part for word in texts for part in (word, *word.split("/"))}
    fits = [one for one in choices if parts & set(one.lower().split("/"))]
    exact = fits if len(fits) == 1 else [one for one in choices if one.lower() in parts]
    if len(exact) != 1:
        return None
    kind, *place, name = exact[0].split("/") if "/" in exact[0] else ("", exact[0])
    return Mention(name, kind, place[0] if place else "", exists=True)


def inherited(query: ChatQuery, before: ChatQuery, reply: ChatReply) -> ChatQuery:
    """A later question of the same text is about the same things where it names none."""
    query = among(query, before) if query.several else query
    if reply.outcome != "answered":
        return query
    if before.candidates and query.candidates and all(m.loose and m.name.isalpha() for m in query.candidates):
        query = replace(query, mentions=(*before.mentions, *query.mentions))  # `and how many gigs`
    if not query.candidates and not query.log_group and not query.refers and query.kinds != ("Node",):
        about = _with_choice(replace(query, mentions=before.mentions))
        goes_on = query.intent == UNKNOWN or (query.intent == "troubles" and _goes_on(query, about.intent))
        query = about if goes_on else replace(query, mentions=before.mentions)
    query = replace(query, log_group=query.log_group or before.log_group, window=query.window or before.window)
    of_lines = query.intent in (UNKNOWN, "count", "list", "troubles") or (query.level and "events" not in query.cues)
    if before.intent == "logs" and of_lines and query.cues & GOES_ON:
        return replace(query, intent="logs", rival=None)
    return query
