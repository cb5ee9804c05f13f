"""What the words of a question say of attributes: which are asked for, their values, and which are to be empty."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from sre_agent.chat import words as w
from sre_agent.chat.attributes import ObjectAttribute, attribute, attributes, by_value
from sre_agent.chat.meanings import Word
from sre_agent.chat.query import ChatQuery, KindPair
from sre_agent.language.lexicon import counts

_GROUPING: Final = frozenset({"by", "per", "each", "grouped"})
_SAME: Final = frozenset({"same", "the same", "different", "identical"})
_BY: Final = frozenset({"by"})
_A: Final = frozenset({"a", "an", "any"})
_ONE: Final = frozenset({"one", "single"})
_BEFORE_A_NUMBER: Final = frozenset({"only", "just", "exactly", "with", "have", "has", "a", "single", "of"})
_HAVING: Final = frozenset({"have", "has", "with", "define", "defines", "set", "use", "uses"})


def columns(free: Sequence[Word], kinds: Collection[str]) -> list[str]:
    """The attributes that are spoken of; of a word for several the one that a kind of the question has."""
    is_plural = any(token.plural for token in free)
    names = []
    for token in free:
        several = () if is_plural and token.word in by_value() else token.attributes  # there `NodePort` is a value
        of_kinds = [one for one in several if any(kind in one.kinds for kind in kinds)]
        names += [one.name for one in (of_kinds or several)[:1]]
    return [*names, *_beside(names, {token.word for token in free})]


def _beside(names: Sequence[str], words: Collection[str]) -> list[str]:
    """`Memory limit and request`: the other aspect of a resource, whose name was said once."""
    amounts = [attribute(name) for name in names if attribute(name).aspect in ("limit", "request")]
    others = {"limit": "request", "request": "limit"}
    asked_for = {"limit": {"limit", "limits"}, "request": {"request", "requests"}}
    return [
        other.name
        for one in amounts
        for other in attributes().values()
        if other.resource == one.resource
        and other.aspect == others[one.aspect]
        and asked_for[other.aspect] & set(words)
    ]


def conditions(free: Sequence[Word]) -> list[tuple[str, str, bool]]:
    """Values that attributes are to have: words that are nothing else, and a number before what is counted."""
    pairs = []
    for place, token in enumerate(free):
        before = free[max(0, place - 3) : place]
        if not token.in_quotes and token.word in by_value():
            one, value = by_value()[token.word]
            pairs.append((one.name, value, any(other.word in w.NEGATIONS for other in before)))
        count_name = next((one.name for one in token.attributes if one.unit == "n" or one.name == "ready"), "")
        if count_name and len(before) > 1 and before[-2].word in _BEFORE_A_NUMBER and (value := _number(before[-1])):
            pairs.append(("replicas" if count_name == "ready" else count_name, value, False))
    return pairs


def lacking(word_list: Sequence[Word]) -> list[str]:
    """The attributes that are to be empty: `no limits`, `without an owner`."""
    return [token.column for token, before in _with_before(word_list) if _can_lack(token) and _is_denied(before)]


def having(word_list: Sequence[Word], kinds: Collection[str]) -> list[str]:
    """The attributes that are to be set, of things of a kind: `deployments that have a liveness probe`."""
    pairs = [(token, {one.word for one in before}) for token, before in _with_before(word_list) if _can_lack(token)]
    column_names = [token.column for token, words in pairs if words & _HAVING and not words & w.QUESTION_WORDS]
    set_names = [name for name in column_names if kinds and name not in lacking(word_list)]
    adjectives = [token.column for token in word_list if token.column and attribute(token.column).adjective]
    return list(dict.fromkeys([*set_names, *(name for name in adjectives if name not in lacking(word_list))]))


def grouped_by(word_list: Sequence[Word]) -> str:
    """The attribute by which things are counted: `pods by node`, `restarts per namespace`, `the same version`."""
    for place, token in enumerate(word_list):
        if token.word in _GROUPING or (is_same(word_list, place) and any(t.kind for t in word_list[:place])):
            name = next((t.column for t in word_list[place + 1 : place + 3] if t.column), "")
            return "" if _tells_of(word_list[:place], attribute(name).names) else name
    return ""


def _tells_of(before: Sequence[Word], kind: str) -> bool:
    """Whether an attribute of that kind is spoken of: `the kubelet version on each node` lists the nodes."""
    return bool(kind) and any(kind in one.kinds for token in before if token.kind is None for one in token.attributes)


def is_same(word_list: Sequence[Word], place: int) -> bool:
    """Whether things are compared by an attribute there: `the same image`, `different versions`."""
    after = word_list[place + 1] if place + 1 < len(word_list) else Word("")
    return word_list[place].word in _SAME and bool(after.column)


def holders(kinds: Sequence[str]) -> tuple[str, str]:
    """Of `which node has the most pods` what is counted, and the attribute by which: what names the first kind.

    Both are empty where no attribute of the second kind holds a name of the first.
    """
    if len(kinds) != 2 or not all(kinds):
        return "", ""
    first, second = kinds
    names = [one for one in attributes().values() if one.names == first and one.columns(second)]
    return (second, names[0].name) if names else ("", "")


def with_crashes_as_restarts(query: ChatQuery) -> ChatQuery:
    """`How many times did web-1 crash`, or fail, asks for the number of its restarts, and not whether it crashes."""
    crashes = [state for state, _ in query.states if not state.good and state.column in ("words", "state", "states")]
    if crashes and query.comparison is not None and not query.columns:  # `which crashes more`
        return replace(query, states=(), comparison=replace(query.comparison, name="restarts"))
    if not ((crashes or query.unhealthy) and query.candidates and not query.kinds and "times" in query.forms):
        return query
    columns = tuple(dict.fromkeys([*query.columns, "restarts"]))
    return replace(query, states=(), unhealthy=False, columns=columns, cues=query.cues | {"restarts"})


def kind_pair(word_list: Sequence[Word]) -> KindPair | None:
    """`Deployments without an autoscaler`, `services that have a policy`; None where no kind is held against another.

    A kind whose name an attribute of the first holds is that attribute, which may be empty: `pods without a node`.
    """
    first = next((token for token in word_list if token.kind is not None and token.plural), None)
    if first is None or first.kind is None:
        return None
    for token, before in _with_before(word_list, most=5):
        words = {one.word for one in before}
        if not token.kind or token.kind == first.kind or first in before[-1:] or _can_lack(token):
            continue
        if _is_denied(before) or (words & w.NEGATIONS and words & _BY):
            return KindPair(first.kind, token.kind, denied=True)
        if words & _HAVING and before[-1].word in _A:
            return KindPair(first.kind, token.kind, denied=False)
    return None


def asked_kinds(kinds: Sequence[str], names: Sequence[str], free: Sequence[Word], *, about: bool) -> list[str]:
    """The kinds of which things are to be listed: beside a named thing not those that have none of its attributes.

    `How many pods of web may be evicted` asks for no pods, nor does `the minimum of its autoscaler` for autoscalers;
    `which pods of web use this priority class` does.
    """
    attribute_list = [attribute(name) for name in names if not attribute(name).usual]
    if not attribute_list or not about:
        return list(kinds)
    pairs = zip(free, [Word(""), *free], strict=False)
    one = {token.kind for token, before in pairs if token.is_of_one and before.word in w.ARTICLES | {"its", "their"}}
    return [
        kind for kind in kinds if kind not in one and any(_is_of(a, kind) and a.names != kind for a in attribute_list)
    ]


def _is_of(one: ObjectAttribute, kind: str) -> bool:
    """Whether things of a kind have it; of no kind, whether workloads do."""
    return bool(one.columns(kind)) or (not kind and not set(one.kinds).isdisjoint(w.WORKLOAD_KINDS))


def _is_denied(before: Sequence[Word]) -> bool:
    """`no`, `without`; `don't have`."""
    words = {token.word for token in before}
    return bool(words & w.LACKING) or bool(words & w.NEGATIONS and words & _HAVING)


def _can_lack(token: Word) -> bool:
    return bool(token.column) and (attribute(token.column).lacking or not attribute(token.column).usual)


def _with_before(word_list: Sequence[Word], most: int = 3) -> list[tuple[Word, Sequence[Word]]]:
    """Each word with at most so many before it in its clause."""
    pairs = []
    for place, token in enumerate(word_list):
        before = word_list[max(0, place - most) : place]
        last = max((n for n, other in enumerate(before) if other.ends), default=-1)
        pairs.append((token, before[last + 1 :]))
    return pairs


def _number(token: Word) -> str:
    if token.word.isdigit():
        return token.word
    return "1" if token.word in _ONE else str(counts()[token.word]) if token.word in counts() else ""
