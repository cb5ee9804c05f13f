"""Names in plain words: `<kind> <name>`, `<name> <kind>`, `<namespace>/<name>`, `<name> in <namespace>`.

English words of speech are no names. What no such form marks, and what is said in a language that is not known here,
may be a name or a word like any other: only what exists tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, get_args

from sre_agent.domain.signal import Hint
from sre_agent.entities.conventions import AWS_KINDS, kind_of
from sre_agent.language.lexicon import speech
from sre_agent.language.mentions import CALLED, is_figure, is_path, is_version_or_percentile
from sre_agent.language.tokens import tokens as tokens_of

SAID_IN: Final = "sentence"
PLAIN: Final = 6  # words that nothing marks and that are looked up all the same
SHORTEST: Final = 3  # letters of such a word
ENGLISH: Final = 0.4  # of a sentence's words
FEW: Final = 2  # words that tell no language

Sure = Literal["named", "placed", "word"]
SURENESS: Final[tuple[Sure, ...]] = get_args(Sure)

_OWNS = re.compile(r"['’]s?$")
_OBJECT = re.compile(r"^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$")  # what Kubernetes allows as a name
_LABELLED = re.compile(r"\b(?:namespace|ns)\s{0,3}[:=]?\s{0,3}[`'\"]?([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)", re.I)
_BEFORE_LABEL = re.compile(r"[`'\"]?\b([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)[`'\"]?\s{1,3}namespace\b", re.I)


class SentenceName(Hint):
    """A name out of a sentence. `named`: it is one by its looks, by quotes or by what it stands beside. `placed`: it
    stands where names stand, as ordinary words may. `word`: it is a name only if something is called so.

    `perhaps_in` is what may be its namespace, and may be a word like any other.
    """

    sure: Sure = "named"
    perhaps_in: str = ""


def hints(text: str) -> list[SentenceName]:
    """The names in a sentence with the kind and namespace it gives them, the plainest first."""
    tokens = list(_words(text))
    english, labelled, placed = _english(tokens), _labelled(text), _after_in(tokens)
    namespace, quoted = labelled or placed, _quoted(text)
    marked = [_sure(hint) if hint.name in quoted else hint for hint in _marked(tokens, namespace, english=english)]
    found = _paths(tokens, english=english) or _both(marked, [_hint(n) for n in quoted if _free(n, namespace)])
    if all(hint.sure != "named" for hint in found):
        found = _both(found, _telling(tokens, namespace) or _plain(tokens, namespace))
    kinds = {h.name for h in found if h.kind}
    field = "namespace" if labelled or english or _looks(placed) else "perhaps_in"
    found.sort(key=lambda hint: SURENESS.index(hint.sure))
    return [
        h if h.namespace or h.kind in AWS_KINDS else h.model_copy(update={field: namespace})
        for h in found
        if h.kind or h.name not in kinds
    ]


def _both(first: list[SentenceName], second: list[SentenceName]) -> list[SentenceName]:
    """What the first have, each once, and then what only the second have."""
    once = {(hint.kind, hint.namespace, hint.name): hint for hint in reversed(first)}
    names = {hint.name for hint in first}
    return [*reversed(once.values()), *(hint for hint in second if hint.name not in names)]


def _paths(tokens: list[str], *, english: bool) -> list[SentenceName]:
    """`kind/name`, `namespace/name` and `kind/namespace/name`."""
    found: list[SentenceName] = []
    for token in tokens:
        parts = token.split("/")
        if not is_path(token):
            continue
        kind = kind_of(parts[0])
        if kind is not None:
            found.append(_hint(parts[-1], kind, parts[1] if len(parts) == 3 else ""))
        elif len(parts) == 2 and all(_name(p) for p in parts):
            sure = english or any(map(_looks, parts))
            found.append(_hint(parts[1], "", parts[0], sure="named" if sure else "placed"))
    return found


def _marked(tokens: list[str], namespace: str, *, english: bool) -> list[SentenceName]:
    """Names beside a word for a kind, and names before `in <namespace>`. After the kind is the plainer place.

    In another language than English any word may stand there: it is no more than a word, unless it looks like a name.
    """
    after: list[SentenceName] = []
    before: list[SentenceName] = []
    for index, token in enumerate(tokens):
        previous = tokens[index - 1] if index else ""
        following = tokens[index + 1] if index + 1 < len(tokens) else ""
        called = following.lower() in CALLED and index + 2 < len(tokens)
        if called:
            following = tokens[index + 2]
        kind = kind_of(token)
        if kind in AWS_KINDS and not english and not (called or _looks(following) or _looks(previous)):
            continue  # nothing tells whether it exists
        if kind is not None and _free(following, namespace):
            sure = called or _looks(following) or (english and not token.lower().endswith("s"))
            after.append(_hint(following, kind, sure="named" if sure else "placed"))
        elif (kind is not None or (token.lower() == "in" and following == namespace)) and _free(previous, namespace):
            placed: Sure = "placed" if english else "word"
            before.append(_hint(previous, kind or "", sure="named" if _looks(previous) else placed))
    return after + before


def _quoted(text: str) -> list[str]:
    """What stands in quotation marks and can be a name."""
    quoted = [token.text.strip() for token in tokens_of(text) if token.kind == "quote"]
    return [name for name in quoted if len(name.split()) == 1 and _name(name)]


def _words(text: str) -> Iterator[str]:
    """All words, of whatever language, also those in quotation marks."""
    for token in tokens_of(text):
        if token.kind == "quote":
            yield from _words(token.text)
        else:
            yield _OWNS.sub("", token.text)


def _telling(tokens: list[str], namespace: str) -> list[SentenceName]:
    """Names that look like nothing else, by a hyphen or underscore in them."""
    return [_hint(t) for t in tokens if _free(t, namespace) and _looks(t)]


def _plain(tokens: list[str], namespace: str) -> list[SentenceName]:
    """Words that are no speech, a capital of a sentence's first word or a noun aside: the last resort."""
    low = [word[:1].lower() + word[1:] for word in tokens]
    return [_hint(t, sure="word") for t in dict.fromkeys(low) if _free(t, namespace) and len(t) >= SHORTEST][:PLAIN]


def _hint(name: str, kind: str = "", namespace: str = "", *, sure: Sure = "named") -> SentenceName:
    return SentenceName(kind=kind, namespace=namespace, name=name, said_in=SAID_IN, sure=sure)


def _sure(hint: SentenceName) -> SentenceName:
    return hint.model_copy(update={"sure": "named"})


def _looks(token: str) -> bool:
    return "-" in token or "_" in token


def _english(tokens: list[str]) -> bool:
    """Whether enough of the words are known ones; words for kinds are the same in many languages."""
    words, known = [token.lower() for token in tokens if kind_of(token) is None], speech()
    return len(words) <= FEW or sum(word in known for word in words) >= ENGLISH * len(words)


def _free(token: str, namespace: str) -> bool:
    return bool(token) and _name(token) and token != namespace and kind_of(token) is None


def namespace(text: str) -> str:
    """The namespace that a text calls one; empty where it names none."""
    return _labelled(text)


def _labelled(text: str) -> str:
    """The namespace in `namespace x` or `x namespace`."""
    names: list[str] = [*_LABELLED.findall(text), *_BEFORE_LABEL.findall(text)]
    return next(filter(_object, names), "")


def _after_in(tokens: list[str]) -> str:
    """What follows a plain `in`."""
    for index, token in enumerate(tokens[:-1]):
        follower = tokens[index + 2] if index + 2 < len(tokens) else ""
        marked = kind_of(follower) is not None or kind_of(tokens[index + 1]) is not None
        if token.lower() == "in" and _object(tokens[index + 1]) and not marked:
            return tokens[index + 1]
    return ""


def _object(token: str) -> bool:
    return bool(_OBJECT.match(token)) and token not in speech() and not _is_told(token)


def _name(token: str) -> bool:
    """Whether it can be a name: a Kubernetes one, or one with capitals as AWS allows that is not a word of a state."""
    if token.lower() in speech() or _is_told(token) or "/" in token:
        return False
    return bool(_OBJECT.match(token)) or any(c in token for c in "-_")


def _is_told(token: str) -> bool:
    """Whether it says how much or which version, and not what."""
    return is_figure(token) or is_version_or_percentile(token)
