"""The words of a message as the classifier of log lines reads them: without values, paths, flags and settings.

What differs from line to line would be learnt by heart, and a name that only contains a word of trouble (a flag, a
path, a counter that is zero) says nothing. What remains are words, signs for numbers, and classes of HTTP answers.
"""

from __future__ import annotations

import re
from typing import Final

CHARACTERS: Final = 1_500  # of a message that are read
WORDS: Final = 60  # of its beginning, and half as many of its end

_TIME = re.compile(
    r"\b\d{4}[-/]\d\d[-/]\d\d(?:[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?)?(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?\b"
    r"|\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:\d\d[ /-])?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[ /-]"
    r"[ \d]\d{1,3}\b"
)
_URL = re.compile(r"\b[a-z][a-z0-9+.-]{0,20}://[^\s\"'<>)\]]+", re.I)
_STATUS = re.compile(
    r"((?:\bstatus(?:[ _-]?code)?|\bcode|\bHTTP/\d(?:\.\d)?|\bresp(?:onse)?|\bresponded|\breturned(?: error)?|->)"
    r"[\"']?[\s=:]{1,3}[\"']?|[A-Z]{3,7} /\S* |\" |path )([2-5])\d\d\b(?![.\w])"
    r"|^(\s*)([2-5])\d\d(?=$| /| (?-i:[A-Z][a-z]))",
    re.I,
)
_PACKAGE = re.compile(r"(?<![\w.])(?:[a-z][a-z0-9_]*\.){2,}(?=[A-Z])")
_NAME = re.compile(r"(?<![\w./])(?:[a-z0-9_-]+\.){2,}[a-z][a-z0-9_-]*(?![\w.(])")
_NOTHING = r"(?:0+(?:\.0+)?%?|null|nil|<nil>|none|false|off|ok|\[\]|\{\}|\"\"|'')"
_EMPTY = re.compile(
    rf"[\w.#/-]{{1,80}}[\"']?(?:\s?[=:]\s{{0,2}}[\"']?{_NOTHING}[\"']?(?=[\s,;)}}\]|]|$)|=(?=[\s,;)}}\]]|$))", re.I
)
_LEVEL = re.compile(r"(?<!\w)[\w.-]*+(?<=level)[\"']?\s?[=:]\s{0,2}[\"']?\w+|\blevel\.[\w.]+=\w+", re.I)  # a setting
_FLAG = re.compile(r"(?<![\w-])--?[a-z][\w-]{2,}(?:[.\w-]*=\S*)?", re.I)
_PATH = re.compile(r"(?<![\w:])~?/[\w.@%+~-]*(?:/[\w.@%+~:-]*)*(?:\?\S*)?")
_FILE = re.compile(
    r"(?<![\w-])[\w-]++\.(?:html?|css|js|ts|json|ya?ml|xml|csv|log|txt|tar|gz|conf|cfg|py|rb|go|java|php|md)\b"
)
_MIXED = re.compile(r"(?<![\w:.-])[0-9a-f][0-9a-f:.-]{5,}+(?!\w)")  # hexadecimal, if it holds a digit
_EXIT = re.compile(
    r"\bexit(?:ed|s|ing)?\b[^.;\n]{0,24}?(?:code|status|with)[\"']?[\s:=(']{1,3}[1-9]\d{0,2}\b(?!\.)"
    r"|\b(?:exit|return(?:ed|s)?|non-zero)\b[^.;\n]{0,12}? code[\s:=(']{1,3}[1-9]\d{0,2}\b"
    r"|\bexit (?:code|status)?[\s:=]{0,2}[1-9]\d{0,2}\b",
    re.I,
)
_ZERO = re.compile(r"(?<![\w.\[(:#/-])0(?= [^\W\d_])")
_DIGITS = re.compile(r"[0-9]+(?:[.,:/-][0-9]+)*")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W\d_]+(?:['’_.-][^\W\d_]+)*[:=!]?|#|<[a-z]+>")
_ANSWERS: Final = {"4": " <refused> ", "5": " <broken> "}  # by the first digit of an HTTP status


def words(message: str) -> list[str]:
    """The words of a message in lower case, values masked; `0 word` is one word of its own.

    Words written as one in capitals (`OutOfMemory`) are joined by `_`.
    """
    text = _CAMEL.sub("_", message[:CHARACTERS].replace('\\"', '"'))
    text = _TIME.sub(" # ", text)
    if text.count(".") > 1:
        text = _NAME.sub(" <name> ", _PACKAGE.sub("", text))
    text = _EXIT.sub(" <exit> ", text)
    text = _STATUS.sub(_answer, text)
    text = _URL.sub(" <url> ", text)
    text = _EMPTY.sub(" # ", _LEVEL.sub(" # ", text) if "evel" in text else text)
    text = _FLAG.sub(" <flag> ", text)
    text = _FILE.sub(" <path> ", _PATH.sub(" <path> ", text))
    text = _MIXED.sub(_identifier, text)
    text = _DIGITS.sub("#", _ZERO.sub("<zero>", text))
    matches = _WORD.findall(text.lower())
    if len(matches) > WORDS + WORDS // 2:
        matches = matches[:WORDS] + matches[-WORDS // 2 :]
    return _none_of(matches)


def statuses(text: str) -> list[int]:
    """The HTTP statuses of answers that a text tells of."""
    return [int(match[0][-3:]) for match in _STATUS.finditer(text[:CHARACTERS])]


def _answer(match: re.Match[str]) -> str:
    return _ANSWERS.get(match[2] or match[4], " <answered> ")


def _identifier(match: re.Match[str]) -> str:
    return " # " if _DIGITS.search(match[0]) else match[0]


def _none_of(word_list: list[str]) -> list[str]:
    """A count of zero and what is counted as one word: none of it happened."""
    result: list[str] = []
    for word in word_list:
        if result and result[-1] == "<zero>" and word[0].isalpha():
            result[-1] = f"0_{word}"
        elif word != "#" or not result or result[-1] != "#":
            result.append(word)
    return result
