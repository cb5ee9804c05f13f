"""The one tokeniser: the names, numbers, times, quotations and words of a text, in any script.

A name is what no prose looks like: it has a slash, an underscore, a digit, a capital or a full stop inside, or a hyphen
between words of which none is a usual one. A number comes with its unit, a time as far as it is said.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Literal

from sre_agent.language.lexicon import ENGLISH, number_words, prose, stop_words, unit_symbols
from sre_agent.language.times import EAST_HALF, TIME, SpokenTime, moment

Kind = Literal["name", "number", "time", "word", "quote"]

_OPENS: Final = r"\s\"`(){}<>\[\]«»“”„‟「」『』（）【】〔〕,;|=。、・！？…"
_OTHER: Final = rf"(?:(?!{EAST_HALF})[^{_OPENS}\u0000-\u036f])+"  # of another script than Latin
_RUN: Final = rf"[^{_OPENS}\u0370-\U0010ffff]+|{_OTHER}|[^{_OPENS}]"
_QUOTES: Final = (('"', '"'), ("`", "`"), ("“", "”"), ("„", "“”"), ("«", "»"), ("「", "」"), ("『", "』"))
_APOSTROPHES: Final = r"(?<!\w)'[^']{1,400}'(?!\w)"
_QUOTE: Final = "|".join([*(rf"{a}[^{a}{b}]{{1,400}}[{b}]" for a, b in _QUOTES), _APOSTROPHES])
NUMERAL: Final = r"[-+]?(?:\d{1,3}(?:[.,'\u00a0]\d{3}){1,6}|\d{1,3}(?: \d{3}){1,6}(?=,\d)|\d+)(?:[.,]\d+)?"
BEFORE: Final = r"(?<![A-Za-z0-9_.:/@%-])"
_AFTER: Final = r"(?![A-Za-z0-9_:/@-]|[.,]\d)"
_LARGE: Final = {"千": 3, "천": 3, "万": 4, "萬": 4, "만": 4, "億": 8, "亿": 8, "억": 8}  # powers of ten
_NAMELIKE: Final = re.compile(r"[\d_/@:]|[a-z][A-Z]|\w\.\w|\w-\w", re.A)
_EDGE: Final = ".,:;!?*#…–—-'"
_WRITTEN: Final = re.compile(r"\S+")
_CLAUSE_ENDS: Final = frozenset(".,;:?!")
_LATIN: Final = 0x370  # letters of other scripts are above


@dataclass(frozen=True)
class TextToken:
    """`text` as it is written, a quotation without its marks. `value` is that of a number or what is said of a time.
    `unit` is a number's by its symbol, and the zone that is written behind a time."""

    text: str
    start: int
    kind: Kind
    value: float | SpokenTime | None = None
    unit: str = ""

    @property
    def end(self) -> int:
        """The place behind it, and behind its marks where it is quoted."""
        return self.start + len(self.text) + 2 * (self.kind == "quote")


def tokens(text: str, language: str = ENGLISH) -> list[TextToken]:
    """All tokens in their order. `language` is a BCP 47 tag; by it number words are read."""
    words, text_tokens = number_words(language.partition("-")[0]), list[TextToken]()
    plain = fold(text)
    for match in _tokens().finditer(plain):
        start, original = match.start(), text[match.start() : match.end()]
        match match.lastgroup:
            case "quote":
                text_tokens.append(TextToken(original[1:-1], start, "quote"))
            case "time":
                parsed_moment, zone = moment(match[0])
                text_tokens.append(TextToken(original, start, "time", parsed_moment, zone))
            case "share":
                part, _, whole = match[0].partition("/")
                text_tokens.append(TextToken(part, start, "number", float(part)))
                text_tokens.append(TextToken(whole, start + len(part) + 1, "number", float(whole)))
            case "number":
                value, _, unit = quantities(match[0])[0]
                text_tokens.append(TextToken(match[0], start, "number", value, unit))
            case _:
                text_tokens += _pieces(match[0], original, start, words)
    return text_tokens


def words(text: str) -> Iterator[tuple[str, bool]]:
    """Each word as it is typed, and whether a clause ends behind it: `30 min` is two words, `0/1` is one, and `-n` is
    an option and not the word n. A bracket parts what stands in it from what stands before it."""
    spans: list[tuple[int, int]] = []
    for token in tokens(text):
        if spans and text[spans[-1][1] : token.start] == "/":
            spans[-1] = (spans[-1][0], token.end)
        else:
            begin = token.start + (token.kind == "quote")
            parts = [(begin + part.start(), begin + part.end()) for part in _WRITTEN.finditer(token.text)]
            spans += [(_with_dashes(text, begin), parts[0][1]), *parts[1:]] if parts else []
    for place, (start, end) in enumerate(spans):
        next_start = spans[place + 1][0] if place + 1 < len(spans) else len(text)
        behind = _WRITTEN.match(text, end, next_start)
        ends = behind is not None and not _CLAUSE_ENDS.isdisjoint(behind[0])
        yield text[start:end], ends or "(" in text[end:next_start]


def _with_dashes(text: str, begin: int) -> int:
    """Where an option begins whose word begins there; the same place where it is none."""
    first = begin
    while first and text[first - 1] == "-":
        first -= 1
    return begin if first and not text[first - 1].isspace() else first


def fold(text: str) -> str:
    """With the digits, spaces and signs of ASCII in the place of their relatives in other scripts, letter by letter."""
    return text if text.isascii() else "".join(map(_fold_char, text))


def readings(text: str) -> list[tuple[float, int]]:
    """What a numeral may mean, with how many decimals it has: `1,680` is 1680 where a comma parts thousands and 1.68
    where it parts decimals."""
    bare = text.lstrip("+-")
    plain = re.sub(r"[' \u00a0]", "", bare)
    if "," in plain and "." in plain:
        decimal = max(",.", key=plain.rfind)
        other = "." if decimal == "," else ","
        whole, _, rest = plain.replace(other, "").partition(decimal)
        return [(float(f"{whole}.{rest}"), len(rest))]
    whole, mark, rest = plain.partition("," if "," in plain else ".")
    if not mark:
        return [(float(whole), 0)]
    joined = (float(re.sub(r"\D", "", plain)), 0)
    if mark in rest:
        return [joined]
    candidates = [(float(f"{whole}.{rest}"), len(rest))]
    return [*candidates, joined] if len(rest) == 3 and len(whole) <= 3 and whole != "0" else candidates


@lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    if char in "\u00a0\u202f\u2009":
        return "\u00a0"
    if char == "’":
        return "'"
    if char in "−‑":
        return "-"
    if unicodedata.category(char) == "Nd":
        return str(unicodedata.digit(char))
    same = unicodedata.normalize("NFKC", char)
    return same if len(same) == 1 and same.isascii() else char


@cache
def _tokens() -> re.Pattern[str]:
    return re.compile(
        rf"(?P<quote>{_QUOTE})|(?P<time>{TIME})|(?P<share>{BEFORE}\d+/\d+(?![\w/:-]|\.\d))"
        rf"|(?P<number>{BEFORE}{quantity()})|(?P<run>{_RUN})",
    )


def _units() -> str:
    """What finds a unit: its symbols as they stand, its words in any case, the longest first."""
    ordered = sorted(unit_symbols(), key=lambda text: (-len(text), text))
    symbols = [re.escape(one) for one in ordered if one in unit_symbols().values() or not one.islower()]
    words = [re.escape(one) for one in ordered if one not in symbols]
    eastern = sorted((one for one in unit_symbols() if ord(one[0]) >= _LATIN), key=len, reverse=True)
    return rf"(?:(?:{'|'.join(symbols)}|(?i:{'|'.join(words)}))(?![A-Za-z_\u00c0-\u017f])|{'|'.join(eastern)})"


@cache
def quantity() -> str:
    """What finds a number with its unit."""
    return rf"{NUMERAL}(?:[{''.join(_LARGE)}]|[ \u00a0-]?{_units()})?{_AFTER}"


_PARTS: Final = re.compile(rf"({NUMERAL})[ \u00a0-]?(.*)", re.S)


def quantities(text: str) -> list[tuple[float, int, str]]:
    """Each reading of a numeral with what stands behind it: its value, its decimals, and the symbol of its unit."""
    parts = _PARTS.fullmatch(fold(text))
    assert parts is not None, text
    behind = parts[2]
    if behind in _LARGE:
        return [(value * 10 ** _LARGE[behind], 0, "") for value, _ in readings(parts[1])]
    unit = unit_symbols().get(behind) or unit_symbols().get(behind.casefold(), "")
    return [(value, decimals, unit) for value, decimals in readings(parts[1])]


def _pieces(plain: str, original: str, start: int, numbers: dict[str, int]) -> Iterator[TextToken]:
    """What no space parts: a name or a word, without the signs around it and what an apostrophe joins to it."""
    begin, end = 0, len(plain)
    while begin < end and plain[begin] in _EDGE:
        begin += 1
    while begin < end and plain[end - 1] in _EDGE:
        end -= 1
    mark = plain.find("'", begin, end)
    if mark > begin and _NAMELIKE.search(plain[mark + 1 : end]) and plain[begin:mark].isalpha():  # l'app/web
        yield TextToken(original[begin:mark], start + begin, "word")
        begin = mark + 1
    elif mark > begin and _NAMELIKE.search(plain[begin:mark]):  # web-1's
        end = mark
    if begin < end:
        yield _piece(plain[begin:end], original[begin:end], start + begin, numbers)


def _piece(plain: str, original: str, start: int, numbers: dict[str, int]) -> TextToken:
    if (value := numbers.get(plain.casefold())) is not None:
        return TextToken(original, start, "number", float(value))
    return TextToken(original, start, "name" if _is_name(plain) else "word")


def _is_name(plain: str) -> bool:
    if not plain.isascii() or not _NAMELIKE.search(plain) or plain.lower() in prose():
        return False
    parts = plain.split("-")
    is_phrase = all(part.isalpha() for part in parts) and any(
        len(part) > 1 and part.lower() in stop_words() for part in parts
    )
    return not (len(parts) > 1 and is_phrase)
