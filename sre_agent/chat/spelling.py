"""Words as people type them: contractions, misspelt words of the table, and phrases of it, which are one word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Final

from sre_agent.chat import words as w
from sre_agent.chat.meanings import Word, cue_table, of_the_cloud, vocabulary
from sre_agent.language.lexicon import speech

LONGEST_PHRASE: Final = 4
NEAR: Final = 0.84
BEFORE_NAMES: Final = frozenset({"in", "of", "for", "from", "on", "namespace", "ns", "named", "called"})
SHORTEST: Final = 4
PLAIN: Final = frozenset({"stays", "advice"})  # cues of words that are near to many a name


@cache
def _correctable() -> tuple[str, ...]:
    plain = frozenset(word for word, cues in cue_table().items() if cues <= PLAIN)  # everybody can spell them
    words = {word for phrase in vocabulary() - plain for word in phrase.split()}
    return tuple(sorted(word for word in words if len(word) >= SHORTEST))


@lru_cache(maxsize=4096)  # words that people type; each is compared with the whole table
def _nearest(word: str) -> str:
    """The word of the table that it is nearly; empty where there is none."""
    letters = sorted(word)
    same_letters = (
        candidate for candidate in _correctable() if len(candidate) == len(word) and sorted(candidate) == letters
    )
    return next(same_letters, "") or next(iter(get_close_matches(word, _correctable(), n=1, cutoff=NEAR)), "")


@cache
def _phrase_words() -> frozenset[str]:
    return frozenset(word for phrase in vocabulary() | of_the_cloud() for word in phrase.split())


def in_full(word: str, names: Mapping[str, str]) -> str:
    """Without a possessive, and a contraction with its apostrophe; one of `names` as it stands."""
    word = _without_possessive(word)
    return word if word in names else _contractions().get(word.lower(), word)


def _without_possessive(word: str) -> str:
    if word.lower().endswith("'s") and word.lower() not in vocabulary() and word.lower() not in w.FILLERS:
        return word[:-2]
    return word


@cache
def _contractions() -> dict[str, str]:
    """What people write without the apostrophe, as `whats` and `cant`; `its` is a word of its own."""
    known_words = vocabulary() | w.FILLERS | w.NEGATIONS
    by_bare = {word.replace("'", ""): word for word in known_words if "'" in word.strip("'") and " " not in word}
    return {bare: word for bare, word in by_bare.items() if bare not in known_words and bare not in speech()}


def phrases(plain: Sequence[Word]) -> Iterator[Word]:
    place = 0
    while place < len(plain):
        for length in range(min(LONGEST_PHRASE, len(plain) - place), 1, -1):
            part = plain[place : place + length]
            phrase = " ".join(token.word for token in part)
            is_phrase = phrase in vocabulary() or phrase in of_the_cloud()
            if is_phrase and not any(token.in_quotes or token.name for token in part):
                original = next((token.original for token in part if token.original), "")
                yield Word(phrase, ends=part[-1].ends, original=original)
                place += length
                break
        else:
            yield plain[place]
            place += 1


def corrected(plain: Sequence[Word], place: int, names: Mapping[str, str]) -> Word:
    """A plain word that is nearly one of the table's becomes that one: `depoyments` are deployments.

    Not where something is called so, or where a name is likelier.
    """
    token, before = plain[place], plain[place - 1] if place else Word("")
    word = token.word
    is_written_large = token.text.isupper() and not all(other.text.isupper() for other in plain)  # `LIMIT`
    if (
        is_written_large
        or token.in_quotes
        or token.is_vocabulary
        or word in _phrase_words()
        or len(word) < SHORTEST
        or not word.isalpha()
    ):
        return token
    near = _nearest(word)
    if not near or (_leads_to_a_name(before) and near not in w.QUESTION_WORDS):  # `on wich nodes`
        return token
    if word in names:
        return Word(names[word], ends=token.ends, name=True)
    correction = Word(near, ends=token.ends, original=word)
    return token if _is_likelier_a_name(plain, place) and not _can_stand_there(correction) else correction


def _leads_to_a_name(before: Word) -> bool:
    return before.word in BEFORE_NAMES or before.is_of_one or bool(before.cloud)


def _is_likelier_a_name(plain: Sequence[Word], place: int) -> bool:
    """By the words beside it: `with greeter`, `is the greeter`, `the greeter pod`, `greeter hangs`."""
    token, before = plain[place], plain[place - 1] if place else None
    after = plain[place + 1] if place + 1 < len(plain) and not token.ends else Word("")
    if after.is_of_one or after.cloud:
        return True
    if before is None or before.ends:
        return after.word in w.TELLING_WORDS
    return before.word in w.LEADS | w.COPULAS | w.ARTICLES


def _can_stand_there(token: Word) -> bool:
    """Whether a word is a kind, a state, or one that builds sentences: these stand where names do."""
    is_structural = token.word in w.FUNCTION or bool(token.cues & {"list", "why", "when", "who", "count", "how"})
    return token.kind is not None or token.state is not None or token.word in w.UNHEALTHY or is_structural
