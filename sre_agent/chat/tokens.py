"""The words of a question with every meaning that the table has for them; phrases of the table are one word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Final

from sre_agent.chat import words as w
from sre_agent.chat.states import STATES, State, state
from sre_agent.language.lexicon import speech

_QUOTED: Final = re.compile(r"\"([^\"]{1,300})\"|`([^`]{1,300})`|“([^”]{1,300})”|(?<![\w])'([^']{1,300})'(?![\w])")
_MARK: Final = re.compile(r"^\x01(\d+)\x01$")
_EDGE: Final = ".,;:?!()[]{}"
LONGEST_PHRASE: Final = 4
NEAR: Final = 0.84
BEFORE_NAMES: Final = frozenset({"in", "of", "for", "from", "on", "namespace", "ns", "named", "called"})
SHORTEST: Final = 4
NONE: Final[Mapping[str, str]] = {}


@dataclass(frozen=True)
class Token:
    """`quoted` is a text in quotes; `kind` is None for no kind and empty for any workload. `ends`: a clause ends.

    `written` is what a corrected word was; `name` says that something is called so, and that the word stands for that.
    """

    text: str
    quoted: bool = False
    ends: bool = False
    written: str = ""
    name: bool = False

    @property
    def word(self) -> str:
        """In lower case; empty of a name, which has no other meaning."""
        return "" if self.name else self.text.lower()

    @property
    def kind(self) -> str | None:
        return None if self.quoted else w.KINDS.get(self.word)

    @property
    def cloud(self) -> str:
        """The kind of AWS resource that the word may speak of."""
        return "" if self.quoted else w.CLOUD_KINDS.get(self.word, "")

    @property
    def plural(self) -> bool:
        return self.word.endswith("s") and self.word[:-1] in w.KINDS

    @property
    def is_of_one(self) -> bool:
        """Whether it is a kind before which a name may stand behind: `pod`, `deployment`."""
        return bool(self.kind) and not self.plural

    @property
    def state(self) -> State | None:
        return None if self.quoted else state(self.word)

    @property
    def column(self) -> str:
        return "" if self.quoted else w.COLUMNS.get(self.word, "")

    @property
    def cues(self) -> frozenset[str]:
        return frozenset() if self.quoted else cue_table().get(self.word, frozenset())

    @property
    def meant(self) -> bool:
        """Whether the table or plain speech knows the word: then it is no name."""
        if self.name:
            return False
        known = self.word in vocabulary() or self.word in speech() or self.word in w.FILLERS
        return known or self.state is not None

    @property
    def twofold(self) -> bool:
        """Whether it stands for a name and is a word of the table as well."""
        return self.name and Token(self.text).meant


@cache
def cue_table() -> dict[str, frozenset[str]]:
    """The cues of each word."""
    words = {word for several in w.cue_words().values() for word in several}
    return {word: frozenset(cue for cue, several in w.cue_words().items() if word in several) for word in words}


@cache
def vocabulary() -> frozenset[str]:
    """Every word and phrase that the table knows."""
    known = {*w.KINDS, *STATES, *w.COLUMNS, *cue_table(), *w.LEVELS, *w.ORDERS, *w.MORE, *w.NEGATIONS, *w.REFERENCES}
    known |= {*w.VERBS, *w.VERB_WORDS, *w.TOPIC_NOUNS, *w.LIGHT, *w.UNHEALTHY, *w.BEGINS_TEXT, *w.NUMBERS}
    return frozenset(known)


@cache
def _of_the_cloud() -> frozenset[str]:
    """Words for what runs in the cloud: they are kinds only beside a name, and may be names as any other word."""
    return frozenset({*w.CLOUD_KINDS, *w.CLOUD_PLURALS})


@cache
def _correctable() -> tuple[str, ...]:
    plain = frozenset(word for word, cues in cue_table().items() if cues == {"stays"})  # everybody can spell them
    words = {word for phrase in vocabulary() - plain for word in phrase.split()}
    return tuple(sorted(word for word in words if len(word) >= SHORTEST))


@cache
def _phrase_words() -> frozenset[str]:
    return frozenset(word for phrase in vocabulary() | _of_the_cloud() for word in phrase.split())


def quotes(text: str) -> tuple[str, list[str]]:
    """The text with a mark for each quoted part, and the parts."""
    parts: list[str] = []

    def kept(found: re.Match[str]) -> str:
        parts.append(next(group for group in found.groups() if group is not None))
        return f" \x01{len(parts) - 1}\x01 "

    return _QUOTED.sub(kept, text), parts


def tokens(text: str, parts: Sequence[str], names: Mapping[str, str] = NONE) -> list[Token]:
    """The words of a text whose quoted `parts` are marked. None of `names` (by the word for it) is corrected."""
    plain: list[Token] = []
    for piece in text.split():
        bare = piece.strip(_EDGE)
        ends = piece[-1] in ".,;:?!" if piece else False
        if mark := _MARK.match(bare):
            plain.append(Token(parts[int(mark[1])], quoted=True, ends=ends))
        elif bare:
            word = _without_possessive(bare.replace("’", "'"))
            plain.append(Token(word if word in names else _contractions().get(word.lower(), word), ends=ends))
    return list(_phrases([_corrected(plain, place, names) for place in range(len(plain))]))


def _without_possessive(word: str) -> str:
    if word.lower().endswith("'s") and word.lower() not in vocabulary() and word.lower() not in w.FILLERS:
        return word[:-2]
    return word


@cache
def _contractions() -> dict[str, str]:
    """What people write without the apostrophe, as `whats` and `cant`; `its` is a word of its own."""
    known = vocabulary() | w.FILLERS | w.NEGATIONS
    written = {word.replace("'", ""): word for word in known if "'" in word.strip("'") and " " not in word}
    return {bare: word for bare, word in written.items() if bare not in known and bare not in speech()}


def _phrases(plain: Sequence[Token]) -> Iterator[Token]:
    place = 0
    while place < len(plain):
        for length in range(min(LONGEST_PHRASE, len(plain) - place), 1, -1):
            part = plain[place : place + length]
            phrase = " ".join(token.word for token in part)
            known = phrase in vocabulary() or phrase in _of_the_cloud()
            if known and not any(token.quoted or token.name for token in part):
                written = next((token.written for token in part if token.written), "")
                yield Token(phrase, ends=part[-1].ends, written=written)
                place += length
                break
        else:
            yield plain[place]
            place += 1


def _corrected(plain: Sequence[Token], place: int, names: Mapping[str, str]) -> Token:
    """A plain word that is nearly one of the table's becomes that one: `depoyments` are deployments.

    Not where something is called so, or where a name is likelier.
    """
    token, before = plain[place], plain[place - 1] if place else Token("")
    word = token.word
    if token.quoted or token.meant or word in _phrase_words() or len(word) < SHORTEST or not word.isalpha():
        return token
    if before.word in BEFORE_NAMES or before.is_of_one or before.cloud:
        return token
    near = [known for known in _correctable() if sorted(known) == sorted(word)]
    near = near or get_close_matches(word, _correctable(), n=1, cutoff=NEAR)
    if not near:
        return token
    if word in names:
        return Token(names[word], ends=token.ends, name=True)
    meant = Token(near[0], ends=token.ends, written=word)
    return token if _is_likelier_a_name(plain, place) and not _can_stand_there(meant) else meant


def _is_likelier_a_name(plain: Sequence[Token], place: int) -> bool:
    """By the words beside it: `with greeter`, `is the greeter`, `the greeter pod`, `greeter hangs`."""
    token, before = plain[place], plain[place - 1] if place else None
    after = plain[place + 1] if place + 1 < len(plain) and not token.ends else Token("")
    if after.is_of_one or after.cloud:
        return True
    if before is None or before.ends:
        return after.word in w.TOLD
    return before.word in w.LEADS | w.COPULAS | w.ARTICLES


def _can_stand_there(token: Token) -> bool:
    """Whether a word is a kind, a state, or one that builds sentences: these stand where names do."""
    built = token.word in w.FUNCTION or bool(token.cues & {"list", "why", "when", "who", "count", "how"})
    return token.kind is not None or token.state is not None or token.word in w.UNHEALTHY or built
