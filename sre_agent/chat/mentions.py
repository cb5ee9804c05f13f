"""Names in a question: words that neither the table nor plain speech knows, with the kind and place beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sre_agent.chat import words as w
from sre_agent.chat.meanings import Word
from sre_agent.chat.query import Mention
from sre_agent.language.mentions import CALLED, can_be_named, is_figure

_IN: Final = frozenset({"in", "within", "inside", "of"})
_LEADS: Final = frozenset({"the", "of", "for", "from", "is", "are", "does", "did", "fix", "my", "our"})


def mentions(found: Sequence[Word]) -> tuple[list[Mention], set[int], list[str]]:
    """The names, the places of the words that they take up, and the quoted texts that are none."""
    named: list[Mention] = []
    taken: set[int] = set()
    texts: list[str] = []
    searched = any(token.word in w.BEGINS_TEXT for token in found)
    of_the_cloud = _of_the_cloud(found)
    taken |= {word for word, plainly in of_the_cloud.values() if plainly}
    for place, token in enumerate(found):
        if place in taken:
            continue
        before = found[place - 1] if place else None
        begins_text = before is not None and before.word in w.BEGINS_TEXT
        if (token.quoted and not _is_quoted_name(found, place, searched)) or (
            begins_text and not token.quoted and token.word not in ("the", "a", "any")
        ):
            texts.append(token.text)
        elif token.quoted or _is_name(token) or _is_forced(found, place):
            mention = replace(_mention(found, place, taken), known=token.name, twofold=token.twofold)
            word, _ = of_the_cloud.get(place, (-1, False))
            named.append(mention if word < 0 or mention.kind else replace(mention, cloud=found[word].cloud))
            taken.add(place)
        elif before is not None and before.word == "in" and token.kind is None and token.word not in _SAME:
            named.append(Mention(token.text, place="in", weak=True))
    return list(dict.fromkeys(named)), taken, texts


def _of_the_cloud(found: Sequence[Word]) -> dict[int, tuple[int, bool]]:
    """Of each name beside a word for a kind of AWS resource the place of that word, and whether it plainly is its kind.

    `The cache misses` may be about a cache of that name, or about what its words say.
    """
    beside: dict[int, tuple[int, bool]] = {}
    for place, token in enumerate(found):
        if not token.cloud or (place and found[place - 1].word in w.BEGINS_TEXT):
            continue
        after = place + 1 + (place + 1 < len(found) and found[place + 1].word in CALLED and not token.ends)
        for other in (after, place - 1):
            ends = not 0 <= other < len(found) or found[min(place, other)].ends
            if ends or found[other].cloud or other in beside or not (found[other].quoted or _is_name(found[other])):
                continue
            name, first = found[other], min(place, other)
            leads = first > 0 and found[first - 1].word in _LEADS
            beside[other] = (place, name.quoted or leads or any(not letter.isalpha() for letter in name.text))
            break
    return beside


def _is_name(token: Word) -> bool:
    return token.name or (not token.meant and not is_figure(token.text) and can_be_named(token.text))


def _is_forced(found: Sequence[Word], place: int) -> bool:
    """A word that the table knows is a name after `named`, or between `in` and `namespace`."""
    before = found[place - 1].word if place else ""
    after = found[place + 1].word if place + 1 < len(found) else ""
    token = found[place]
    if before in ("namespace", "ns") and token.word not in w.FUNCTION and token.state is None and token.kind is None:
        return True
    return before in ("named", "called") or (
        before in ("in", "the")
        and after == "namespace"
        and found[place].kind is None
        and found[place].word not in _SAME
    )


_SAME: Final = frozenset({"that", "this", "same", "the", "which", "what", "every", "each", "any", "a", "one"})


def _is_quoted_name(found: Sequence[Word], place: int, searched: bool) -> bool:
    """In quotes stands a name after `named`, beside a kind, or after `of` and `for`; else a text."""
    if not can_be_named(found[place].text):
        return False
    before = found[place - 1] if place else None
    after = found[place + 1] if place + 1 < len(found) else None
    beside = before is not None and (bool(before.cloud) or (before.kind is not None and not before.plural))
    if beside or (before is not None and before.word in ("named", "called")):
        return True
    if before is not None and before.word in ("of", "for", "in", "with", "is", "from", "to", "can", "does"):
        return not (searched and before.word == "with")
    return after is not None and after.kind is not None and not searched


def _mention(found: Sequence[Word], place: int, taken: set[int]) -> Mention:
    text = found[place].text
    kind, namespace = "", ""
    if "/" in text:
        parts = text.split("/")
        known = w.KINDS | w.CLOUD_KINDS
        if parts[0].lower() in known:
            kind, parts = known[parts[0].lower()], parts[1:]
        namespace, text = (parts[0], parts[-1]) if len(parts) > 1 else ("", parts[0])
    back = place - 1
    if back >= 0 and found[back].word in CALLED:
        back -= 1
    before = found[back] if back >= 0 else None
    after = found[place + 1] if place + 1 < len(found) and not found[place].ends else None
    where = before.word if before is not None else ""
    if where in ("namespace", "namespaces", "ns") or (after is not None and after.word in ("namespace", "ns")):
        taken.update({back} if where in ("namespace", "namespaces", "ns") else {place + 1})
        return Mention(text, "Namespace", place="namespace")
    topic = after is not None and after.word in w.TOPIC_NOUNS
    if not kind and before is not None and before.kind is not None and not before.plural and back not in taken:
        kind = before.kind
        taken.add(back)
        where = found[back - 1].word if back else ""
        where = found[back - 2].word if where == "the" and back > 1 else where
    elif not kind and after is not None and after.kind is not None and not after.plural:
        kind = after.kind
        taken.add(place + 1)
    while back > 0 and (where == "the" or back in taken):
        back -= 1
        where = found[back].word
    marked = "in" if where in _IN and where != "of" else where if where in ("from", "to", "of", "for", "on") else ""
    return Mention(text, kind, namespace, marked, topic=topic and not kind)
