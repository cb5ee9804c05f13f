"""Numbers, dates and names as other languages write them, brought into the one form that sources have.

What cannot be read stays as it is: it is then in no source, and the sentence does not stand.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from sre_agent.grounds.languages import ENGLISH, Language

_UNSEEN: Final = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\u00ad\ufeff"), "")
_MARKS: Final = str.maketrans(
    {
        "・": " ",
        "、": ", ",
        "，": ", ",
        "：": ": ",
        "；": "; ",
        "。": ". ",
        "’": "'",
        "‘": "'",
        "−": "-",
        "‑": "-",
        "～": " ",
        "〜": " ",
    }
    | dict.fromkeys("「『„‟”“»«", '"')
    | dict.fromkeys("」』", '"')
    | dict.fromkeys("（【〔", "(")
    | dict.fromkeys("）】〕", ")")
)
_SEAM: Final = re.compile(
    r"(?<=[!-~])(?=[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])|(?<=[\u3040-\u9fff\uac00-\ud7af])(?=[!-~])"
)
_EAST_DATE: Final = re.compile(r"(?:(\d{4})\s*[年년]\s*)?(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]")
_EAST_TIME: Final = re.compile(
    r"(?P<half>午前|午後|上午|下午|晚上|오전|오후)?\s{0,3}(?P<h>\d{1,2})\s{0,3}(?:時|时|點|点|시)\s{0,3}"
    r"(?:(?P<m>\d{1,2})\s*(?:分|분)\s*(?:(?P<s>\d{1,2})\s*(?:秒|초))?)?"
)
_EAST_TIMES: Final = {
    "千": 10**3,
    "천": 10**3,
    "万": 10**4,
    "萬": 10**4,
    "만": 10**4,
    "億": 10**8,
    "亿": 10**8,
    "억": 10**8,
}
_EAST_NUMBER: Final = re.compile(rf"(?<!\d)(\d++(?:\.\d++)?)\s{{0,3}}([{''.join(_EAST_TIMES)}])")
_AFTERNOON: Final = frozenset(("午後", "下午", "晚上", "오후"))
_HALF_DAY: Final = re.compile(r"\b(\d{1,2}):(\d\d)(:\d\d)?\s*([ap])\.?\s?m\b\.?", re.I)
_DATE: Final = re.compile(r"(?<![\w.:/-])(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?![\w:/-]|\.\d)")
_DECIMAL: Final = re.compile(r"(?<![\w.,:/-])(\d{1,3}(?:[.\u00a0\u202f' ]\d{3})+|\d+),(\d+)(?![\w]|[.,]\d)")
_THOUSANDS: Final = re.compile(r"(?<![\w.,:/-])(?!0)\d{1,3}(?:[.\u00a0\u202f' ]\d{3})+(?![\w]|[.,:]\d)")
_TIMES: Final = re.compile(r"(?<![\w.,])(\d+(?:\.\d+)?)-?(?=(?:mal|fach\w*|fois|maal)\b)")
_COMPOUND: Final = re.compile(r"(?<![\w/.:-])([\w.]+(?:-[\w.]+)*)-([A-ZÄÖÜ][a-zäöüß]+)(?![\w/-])")
_THINGS: Final = re.compile(  # what a compound can name one of
    r"(?:Service|Dienst|Server|App|Deployment|Pod|Container|Job|Datenbank|Tabelle|Queue|Warteschlange|Cluster|Namespace"
    r"|Node|Knoten|Cache|Alarm|Anwendung|Bucket|Funktion|Stream|Volume|Instanz|Backend|Frontend|Gateway|Database|Tabel"
    r"|Wachtrij)(?:e|n|en|s)?"
)
_HYPHENED: Final = re.compile(r"(?<![\w/.:-])[^\W\d_]+(?:-[^\W\d_]+)+(?![\w/:-])")


def plain(text: str, spoken: Language) -> str:
    """The sentence with numbers, dates and times as sources write them, and names apart from what is grown on them.

    `text` that is English keeps its numbers: its comma parts thousands, and is read nowhere.
    """
    folded = _HALF_DAY.sub(_whole_day, marked(text))
    if spoken.tag == ENGLISH:
        return folded
    folded = _EAST_NUMBER.sub(_multiplied, _EAST_TIME.sub(_east_time, _EAST_DATE.sub(_east_date, folded)))
    folded = _DATE.sub(_day_first, folded)
    if spoken.comma:
        folded = _DECIMAL.sub(lambda found: f"{_digits(found[1])}.{found[2]}", _THOUSANDS.sub(_joined, folded))
    if not spoken.spaced:
        return _SEAM.sub(" ", folded)
    folded = spoken.abbreviates.sub(" ", _TIMES.sub(r"\1 ", folded))
    if spoken.compounds:
        folded = _COMPOUND.sub(r"\1 \2", folded)
    return _HYPHENED.sub(lambda found: found[0] if found[0].isascii() else found[0].replace("-", " "), folded)


def things(text: str, spoken: Language) -> list[str]:
    """What names the thing in compounds that are written together with what it is, as in `Checkout-Service`."""
    found = _COMPOUND.findall(marked(text)) if spoken.compounds else []
    return [name for name, kind in found if _THINGS.fullmatch(kind)]


def marked(text: str) -> str:
    """With the digits, spaces and marks of ASCII in the place of their relatives; every quotation mark is `"`."""
    folded = unicodedata.normalize("NFKC", text.translate(_MARKS))
    return "".join(map(_digit, folded.translate(_UNSEEN)))


def _digit(char: str) -> str:
    """Digits of any script as ASCII."""
    return str(unicodedata.digit(char)) if not char.isascii() and unicodedata.category(char) == "Nd" else char


def _whole_day(found: re.Match[str]) -> str:
    hour = int(found[1]) % 12 + (12 if found[4].lower() == "p" else 0)
    return f"{hour:02}:{found[2]}{found[3] or ''}"


def _east_date(found: re.Match[str]) -> str:
    year = f"{found[1]}-" if found[1] else ""
    return f" {year}{int(found[2]):02}-{int(found[3]):02} "


def _east_time(found: re.Match[str]) -> str:
    """`8時14分2秒`; an hour alone is a number of hours as well, and stays."""
    if found["m"] is None:
        return found[0]
    hour = int(found["h"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] in _AFTERNOON else 0)
    seconds = f":{int(found['s']):02}" if found["s"] else ""
    return f" {hour:02}:{int(found['m']):02}{seconds} "


def _multiplied(found: re.Match[str]) -> str:
    value = float(found[1]) * _EAST_TIMES[found[2]]
    return f"{value:.0f} " if value.is_integer() else found[0]


def _day_first(found: re.Match[str]) -> str:
    return f"{found[4]}-{int(found[3]):02}-{int(found[1]):02}"


def _joined(found: re.Match[str]) -> str:
    return _digits(found[0])


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
