"""Filter patterns over JSON events: `{ $.status >= 500 && ($.user.name = "a*" || $.tags[0] IS NULL) }`."""

from __future__ import annotations

import json
import re
from typing import Any

from sre_lab.aws.logs.conditions import MISSING, EventTest, PatternWords, boolean_expression, condition, wrong

_SELECTOR = re.compile(r"\$(?:\.[\w@:-]+|\[\d+\]|\['[^']+'\])*")
_STEP = re.compile(r"\.([\w@:-]+)|\[(\d+)\]|\['([^']+)'\]")


def json_pattern(pattern: str, inside: str) -> EventTest:
    """A test of a JSON document (None for a message that is none)."""
    words = PatternWords(pattern, inside)
    test = boolean_expression(words, _comparison)
    if words.next[0] != "end":
        raise wrong(pattern, f"{words.next[1]!r} is not a comparison such as $.field = value")
    return lambda document: isinstance(document, dict | list) and test(document)


def document_of(message: str) -> Any:
    """The JSON of a message, None where it is none."""
    if message.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(message)
    except ValueError:
        return None


def _comparison(words: PatternWords) -> EventTest:
    kind, path = words.take()
    if kind != "word" or not _SELECTOR.fullmatch(path) or path == "$":
        raise wrong(words.pattern, f"{path!r} is not a selector such as $.field")
    holds = condition(words)
    return lambda document: holds(select(document, path))


def select(document: Any, path: str) -> Any:
    """`$.a.b[0].c` in a JSON document; MISSING where there is nothing."""
    for step in _STEP.finditer(path):
        name = step[1] or step[3]
        if name is not None:
            document = document.get(name, MISSING) if isinstance(document, dict) else MISSING
        else:
            place = int(step[2])
            document = document[place] if isinstance(document, list) and place < len(document) else MISSING
    return document
