"""The words that reading text takes, from `lexicon.yaml`: English speech, terms and kinds of the field, units,
number words, and by which words languages are told apart."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Any, Final, NamedTuple

import yaml

ENGLISH: Final = "en"
_TAG: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_LETTERS: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


class Unit(NamedTuple):
    """What a unit measures, and how many of the smallest one it is."""

    measures: str
    size: float


@cache
def _data() -> dict[str, Any]:
    """Read when the first text is: most commands read none."""
    text = (resources.files("sre_agent.language") / "lexicon.yaml").read_text(encoding="utf-8")
    data = yaml.load(text, yaml.CSafeLoader)
    assert isinstance(data, dict)
    return data


def _words(name: str) -> frozenset[str]:
    return frozenset(_data()[name].split())


@cache
def speech() -> frozenset[str]:
    """English words of speech, which are no names."""
    return _words("speech")


@cache
def prose() -> frozenset[str]:
    """What looks like a name and is written in prose, as `e.g`."""
    return _words("prose")


@cache
def terms() -> frozenset[str]:
    """Terms of the field that look like names."""
    return _words("terms")


def _table(name: str) -> dict[str, str]:
    return {word.strip(): meaning for meaning, words in _data()[name].items() for word in words.split(",")}


@cache
def kinds() -> dict[str, str]:
    """The kind of Kubernetes that a word in lower case stands for; empty for any workload."""
    return _table("kinds")


@cache
def kinds_in_questions() -> dict[str, str]:
    """The same with words that mean a kind only where somebody asks."""
    return kinds() | _table("kinds_in_questions")


@cache
def cloud_kinds() -> dict[str, str]:
    """The kind of AWS resource that a word may speak of, beside a name."""
    return _table("cloud_kinds")


@cache
def cloud_plurals() -> dict[str, str]:
    """The kind of AWS resources that a word speaks of where such are to be listed."""
    return _table("cloud_plurals")


@cache
def units() -> dict[str, Unit]:
    """The units by their symbols."""
    return {symbol: Unit(one["of"], float(one["size"])) for symbol, one in _data()["units"].items()}


@cache
def _usual() -> dict[str, frozenset[str]]:
    """The usual words of each language by its tag."""
    return {tag: frozenset(one["usual"].split()) for tag, one in _data()["languages"].items() if "usual" in one}


@cache
def _scripts() -> dict[str, re.Pattern[str]]:
    """The letters by which alone a language is known."""
    return {tag: re.compile(one["script"]) for tag, one in _data()["languages"].items() if "script" in one}


@cache
def stop_words() -> frozenset[str]:
    """The usual words of every language."""
    return frozenset[str]().union(*_usual().values())


@cache
def unit_symbols() -> dict[str, str]:
    """By each symbol, and each word in lower case, the unit that it stands for."""
    symbols: dict[str, str] = {}
    for symbol, one in _data()["units"].items():
        words = [word.strip().casefold() for word in one.get("words", "").split(",") if word.strip()]
        symbols |= dict.fromkeys((symbol, *one.get("also", "").split(), *words), symbol)
    return symbols


@cache
def number_words(tag: str) -> dict[str, int]:
    """Numbers from two to twelve, and tens, as a language writes them; empty for one that is not known."""
    language = _data()["languages"].get(tag, {})
    small = {form: n for n, forms in enumerate(language.get("numbers", "").split(), 2) for form in forms.split("/")}
    return small | {word: 10 * n for n, word in enumerate(language.get("tens", "").split(), 2)}


@cache
def counts() -> dict[str, int]:
    """As English says how many: number words with zero and one, which elsewhere are words like any other."""
    return {"zero": 0, "one": 1, **number_words(ENGLISH)}


def bases_of_past(word: str) -> tuple[str, ...]:
    """The verbs of which an English word in lower case may be the past: of `applied` apply, of `planned` plan."""
    if not word.endswith("ed"):
        return ()
    stem = word[:-2]
    single_letter = (stem[:-1],) if len(stem) > 2 and stem[-1] == stem[-2] else ()
    return (stem, f"{stem}e", *single_letter, *((f"{stem[:-1]}y",) if stem.endswith("i") else ()))


def language_of(text: str) -> str:
    """The tag of the language that a text is written in; empty where nothing tells."""
    for tag in sorted(_scripts(), key=["ja", "ko", "zh"].index):
        if _scripts()[tag].search(text):
            return tag
    words = [word.casefold() for word in _LETTERS.findall(text)]
    counts = {tag: sum(word in usual for word in words) for tag, usual in _usual().items()}
    most = max(counts.values())
    best = [tag for tag, count in counts.items() if count == most]
    if most > 1 and len(best) == 1:
        return best[0]
    return ENGLISH if most and ENGLISH in best else ""


def is_language_tag(text: str) -> bool:
    """Whether it has the form of a BCP 47 tag, as `de` or `pt-BR`; which languages there are is not known here."""
    return _TAG.fullmatch(text) is not None


def language_name(tag: str) -> str:
    """The English name of a BCP 47 tag's language; the tag itself for one that has no entry."""
    language = _data()["languages"].get(tag.partition("-")[0].casefold())
    return str(language["name"]) if language else tag
