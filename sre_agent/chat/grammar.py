"""From a sentence to a query: first the slots that have a form (quotes, times, selectors, numbers), then the words.

What they want is told by the signs of the intents.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime
from typing import Final

from sre_agent.chat import attribute_words, line_words, uncertain_names
from sre_agent.chat import words as w
from sre_agent.chat.attributes import attribute
from sre_agent.chat.clauses import clauses, written_out
from sre_agent.chat.comparisons import comparison
from sre_agent.chat.declarations import of_the_autoscaler, with_declarations
from sre_agent.chat.deeds import deed_words
from sre_agent.chat.forms import forms_of
from sre_agent.chat.intents import choose
from sre_agent.chat.meanings import Word
from sre_agent.chat.mentions import mentions
from sre_agent.chat.pronouns import ordinal, reference
from sre_agent.chat.query import THAT_ONE, UNKNOWN, ChatQuery
from sre_agent.chat.state_words import states_in
from sre_agent.chat.tokens import NONE, words
from sre_agent.chat.uncertain_names import UncertainName, doubts, mark_names
from sre_agent.language.everyday import is_everyday
from sre_agent.language.lexicon import counts
from sre_agent.language.spans import span

_SELECTOR: Final = re.compile(
    r"(?<![\w./-])([a-z0-9A-Z](?:[\w./-]*\w)?)\s*(!?==?)\s*\"?([\w.-]+)\"?(?:,(?=[\w./-]+=))?"
)
_LABEL: Final = re.compile(r"\blabel(?:l?ed)?\s+\"?([\w./-]+)\"?\s*(?::|is|of)\s*\"?([\w.-]+)\"?", re.I)
_LOG_GROUP: Final = re.compile(r"(?<!\S)(/[\w.#-]+(?:/[\w.#-]+)+)")
_NAMED_GROUP: Final = re.compile(r"\blog[ -]?group\s+[`'\"]?([\w./#-]+)", re.I)
_FIRST: Final = frozenset({"first", "oldest", "earliest"})
_COUNT: Final = "|".join((r"\d+", *counts()))
_LIMIT: Final = re.compile(
    r"\b(?:the\s+)?(last|latest|newest|most recent|first|oldest|top)\s+"
    rf"({_COUNT})\b",
    re.I,
)
_ONE_LINE: Final = re.compile(  # `the first error`, of which there is one
    r"\b(last|latest|newest|most recent|first|oldest|earliest)\s+"
    r"(?=(?:error|warning|exception|message|log (?:line|message)|line)\b"
    r"(?!\s+(?:lines|messages|logs)))",
    re.I,
)
_THRESHOLD: Final = re.compile(
    rf"\b({'|'.join(w.MORE)})\s+({_COUNT})(?:\s?([KMGT]i?)B?)?\b(?:\s+(?:times?|restarts?|times))?", re.I
)
_PERCENTILE: Final = re.compile(r"(?<![\w./-])(p\d{2}(?:\.\d{1,2})?)(?![\w/-])", re.I)
HELD: Final = frozenset({"ConfigMap", "Secret", "PersistentVolumeClaim", "ServiceAccount"})  # kinds that pods take
WHOLE: Final = ("fix", "order")
_OF_UPTIME: Final = frozenset({"healthy", "serves", "duration"})
PERCENTILE_OF: Final = "latency"  # a percentile that stands alone is of the time that requests take


def read(text: str, now: datetime, names: Mapping[str, str] = NONE, idle: Collection[str] = ()) -> list[ChatQuery]:
    """The questions of a sentence, in their order; a later one may lack what an earlier one has said.

    `names` are those that exist, by the words that stand for them; `idle` are words that are none.
    """
    clause_list, parts = clauses(text)
    queries = [_query(clause, parts, now, names, idle) for clause in clause_list]
    if any(query.intent in WHOLE for query in queries):  # what is told before belongs to what is to be done
        queries = [_query(written_out(text)[0], parts, now, names, idle)]
    return queries or [ChatQuery(text=text, intent=UNKNOWN)]


def doubtful(text: str, now: datetime) -> list[UncertainName]:
    """The words of a sentence that may be names: what exists decides, and nothing was looked up yet."""
    return list(dict.fromkeys(doubt for clause in _word_lists(text, now) for _, doubt in doubts(clause)))


def idle_words(text: str, now: datetime) -> list[str]:
    """The words of a sentence that no table knows, and that stand where no name does."""
    return [word for clause in _word_lists(text, now) for word in uncertain_names.idle_words(clause)]


def ordinary_words(text: str, now: datetime) -> list[str]:
    """The words of a sentence that no table knows and that are used as words, if nothing is called so."""
    sentence = [token for clause in _word_lists(text, now) for token in clause]
    return list(dict.fromkeys(uncertain_names.ordinary_words(sentence, is_everyday)))


def _word_lists(text: str, now: datetime) -> list[list[Word]]:
    """The words of each clause, without what has a form of its own."""
    clause_list, parts = clauses(text)
    return [list(words(_slots(clause, parts, now)[1], parts)) for clause in clause_list]


def _query(
    masked: str, parts: Sequence[str], now: datetime, names: Mapping[str, str], idle: Collection[str]
) -> ChatQuery:
    base, rest = _slots(masked, parts, now)
    word_list = mark_names(words(rest, parts, names), names, idle)
    base = replace(
        base,
        cues=frozenset(cue for token in word_list for cue in token.cues),
        forms=forms_of(word_list),
        resources=tuple(dict.fromkeys(_resources(word_list))),
        measures=tuple(dict.fromkeys(w.MEASURES[t.word] for t in word_list if t.word in w.MEASURES)),
        counted_field=line_words.counted_field(word_list),
        idle=tuple(token.text for token in word_list if token.idle),
    )
    query = _with_words(with_declarations(base), word_list)
    query = of_the_autoscaler(attribute_words.with_crashes_as_restarts(query))
    choice = choose(query)
    return replace(query, intent=choice.intent, rival=choice.rival, strength=choice.strength)


def _slots(masked: str, parts: Sequence[str], now: datetime) -> tuple[ChatQuery, str]:
    """What has a form of its own, and the rest of the sentence."""
    when, rest = span(masked, now)
    groups, rest = _extract(_NAMED_GROUP, rest)
    if not groups:
        groups, rest = _extract(_LOG_GROUP, rest)
    limits, rest = _extract(_LIMIT, rest)
    one_line = _ONE_LINE.search(rest) if not limits else None
    rest = _ONE_LINE.sub(" ", rest) if one_line else rest
    thresholds, rest = _extract(_THRESHOLD, rest)
    labels, rest = _extract(_LABEL, rest)
    selectors, rest = _extract(_SELECTOR, rest)
    percentile = _PERCENTILE.search(rest)
    rest = _PERCENTILE.sub(PERCENTILE_OF, rest)
    base = ChatQuery(
        text=" ".join(_restore_quotes(masked, parts).split()),
        intent=UNKNOWN,
        selector=",".join([*(f"{s[1]}{s[2]}{s[3]}" for s in selectors), *(f"{m[1]}={m[2]}" for m in labels)]),
        limit=_number(limits[0][2]) if limits else 1 if one_line else None,
        oldest=any(one[1].lower() in _FIRST for one in [*limits, *([one_line] if one_line else [])]),
        thresholds=tuple(_threshold(t[1], t[2], t[3] or "") for t in thresholds),
        window=when,
        log_group=groups[0][1] if groups else "",
        percentile=percentile[1].lower() if percentile else "",
    )
    return base, rest


def _with_words(base: ChatQuery, word_list: Sequence[Word]) -> ChatQuery:
    """What single words say."""
    mention_list, used_places, texts = mentions(word_list)
    if base.columns:  # `request` is no page there
        mention_list = [replace(mention, topic=False) for mention in mention_list]
    kind_place = _kind_place(word_list)
    free = [token for place, token in enumerate(word_list) if place not in used_places and place != kind_place]
    grouped = attribute_words.grouped_by(word_list)
    rank_attribute = grouped if base.limit and "logs" not in base.cues else ""  # `top 3 pods by restarts`
    grouped = "" if rank_attribute else grouped
    orders = [w.ORDERS[token.word] for token in free if token.word in w.ORDERS]
    orders = orders or ([(rank_attribute, not base.oldest)] if rank_attribute else [])
    columns = attribute_words.columns(
        free, {*(token.kind or "" for token in word_list), *(m.kind for m in mention_list)}
    )
    if orders and not orders[0][0] and columns:
        orders = [(columns[0], orders[0][1])]
    kinds = [t.kind for t in free if t.kind is not None and not (grouped and t.column == grouped)]
    if len(set(kinds)) > 1 and "ready" in columns:  # `replicas` of a workload are no kind of their own
        kinds = [t.kind for t in free if t.kind is not None and t.column != "ready"]
        orders = [("replicas" if column == "ready" else column, most) for column, most in orders]
    if grouped and base.resources and not any(kinds) and attribute(grouped).names:  # `ram per node`
        kinds, columns, grouped = [attribute(grouped).names], [name for name in columns if name != grouped], ""
    counted_kind, holder = attribute_words.holders([t.kind for t in free if t.kind is not None]) if orders else ("", "")
    if counted_kind:
        kinds, columns, grouped, orders = [counted_kind], [], holder, [("", orders[0][1])]
    deed = next((deed_words()[token.word].name for token in word_list if token.word in deed_words()), "")
    if "asks-who-did" in base.forms:  # there `deploy` is what was done
        kinds = [t.kind for t in free if t.kind is not None and t.kind in kinds and t.word not in deed_words()]
    time_words = line_words.time_words(word_list)
    if "uptime" in base.forms:  # `how long is it up` asks for its age, and for no time that a line gives
        columns, time_words = [*columns, "age"], []
        base = replace(base, cues=base.cues - _OF_UPTIME)
    refers = reference(word_list)
    about = bool(refers) or any(not (m.place == "namespace" or m.topic or m.weak) for m in mention_list)
    runs = "what-runs" in base.forms and not kinds  # `what is running there`: pods in whatever state
    if not kinds:
        kinds, columns = _pods_meant(base.forms, {mention.kind for mention in mention_list} & HELD, columns)
    kinds = attribute_words.asked_kinds(kinds, columns, free, about=about)
    return replace(
        base,
        kinds=tuple(dict.fromkeys(k for k in kinds if k or not any(kinds))),
        cloud_kinds=tuple(dict.fromkeys(kind for token in word_list if (kind := w.CLOUD_PLURALS.get(token.word)))),
        mentions=tuple(mention_list),
        states=() if runs or "uptime" in base.forms else tuple(states_in(word_list, used_places)),
        unhealthy=any(token.word in w.UNHEALTHY for token in free),
        columns=tuple(dict.fromkeys([*base.columns, *columns])),
        group_by=grouped,
        order=orders[0] if orders else None,
        comparison=comparison(free, [*base.columns, *columns]),
        texts=tuple(texts),
        level=next((w.LEVELS[token.word] for token in free if token.word in w.LEVELS), ""),
        previous=any(token.word in ("previous", "crashed", "earlier") for token in free) and "logs" in base.cues,
        metrics=tuple(time_words),
        topic=next((mention.name for mention in mention_list if mention.topic), ""),
        verb=_verb(free),
        deed=deed,
        refers=refers,
        ordinal=ordinal(word_list),
        pointed=_kind_pointed_to(word_list, kind_place),
        several=any(token.word in w.SEVERAL for token in word_list),
        lacking=tuple(attribute_words.lacking(word_list)),
        having=tuple(attribute_words.having(word_list, kinds)),
        conditions=tuple(attribute_words.conditions(free)),
        pair=attribute_words.kind_pair(word_list),
        negated=any(token.word in w.NEGATIONS for token in word_list),
        words=tuple(line_words.content_words(word_list, set() if base.log_group else used_places, mention_list)),
    )


def _pods_meant(forms: Set[str], holders: Set[str], columns: list[str]) -> tuple[list[str], list[str]]:
    """The kind and the columns of a question that names no kind, where its form asks for pods."""
    if "what-runs" in forms:
        return ["Pod"], columns
    if "where-mounted" in forms:
        return ["Pod"], ["mounts"]
    if "who-takes" in forms and holders:  # `everything that uses pvc uploads`
        return ["Pod"], [name for name in columns if attribute(name).names not in holders]
    return [], columns


def _resources(word_list: Sequence[Word]) -> Iterator[str]:
    for token in word_list:
        yield from (w.RESOURCES[part] for part in token.word.split() if part in w.RESOURCES)


def _kind_place(word_list: Sequence[Word]) -> int:
    """The place of the kind in `that pod` and `the third pod`; -1 where there is none."""
    for place, token in enumerate(word_list[:-1]):
        after = word_list[place + 1]
        pointing = token.word in ("that", "this", "the same", "same", *w.ORDINALS)
        if pointing and after.kind is not None and not after.plural:
            return place + 1 if after.word not in ("namespace", "ns") else -1
    return -1


def _kind_pointed_to(word_list: Sequence[Word], kind_place: int) -> str:
    if kind_place >= 0:
        return word_list[kind_place].kind or ""
    return THAT_ONE if any(token.word in ("that one", "this one") for token in word_list) else ""


def _verb(free: Sequence[Word]) -> str:
    for token in free:
        if token.word in w.VERBS:
            return token.word
        if token.word in w.VERB_WORDS:
            return w.VERB_WORDS[token.word]
    return ""


def _extract(pattern: re.Pattern[str], text: str) -> tuple[list[re.Match[str]], str]:
    return list(pattern.finditer(text)), pattern.sub(" ", text)


def _restore_quotes(masked: str, parts: Sequence[str]) -> str:
    return re.sub(r"\x01(\d+)\x01", lambda mark: f'"{parts[int(mark[1])]}"', masked)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else counts()[text.lower()]


def _threshold(word: str, number: str, unit: str) -> tuple[str, str]:
    """The side and the bound beyond which a value is to be, as `kubectl_select` reads it."""
    side, bound = w.MORE[word.lower()], _number(number)
    step = {"at least": -1, "at most": 1}.get(word.lower(), 0)
    return side, f"{bound}{unit}" if unit else str(bound + step)
