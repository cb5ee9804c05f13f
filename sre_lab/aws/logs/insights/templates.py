"""What stays the same in the lines of a log: a line becomes a template whose changing parts have a type.

To look at every line with a regular expression would be too slow for a million of them. Lines are first counted by
their signature, the line without its digits and hexadecimal letters, which is a matter of one translation of many
lines at once; only one line of each signature is then taken apart.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict

SEPARATOR = "\x1e"
_DELETED = b"0123456789abcdef"
MARK = "\x00"  # around the type of a changing part
VARIED = 3  # different words in one place make it a changing part
MOST_COMPARED = 5_000  # templates; beyond that they stay as they are

_CHANGING = re.compile(
    r"(?P<Time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d(?: [+-]\d{4})?|\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d(?:[.,]\d+)?)"
    r"|(?P<UUID>\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b)"
    r"|(?P<IPAddress>\b\d{1,3}(?:\.\d{1,3}){3}\b)"
    r"|(?P<Token>(?<!\w)[+-]?\d+(?:\.\d+)*(?=(?:[mun]?s|m|h|[KMGT]i?B?|B)?(?!\w))|\b(?=\w*\d)\w+(?:\.\d+)*)"
)
_SEVERITY = re.compile(
    r"\b(?:(?P<Error>fatal|critical|panic|severe|error|err|exception)"
    r"|(?P<Warning>warning|warn)|(?P<Info>info|notice)|(?P<Debug>debug|trace))\b",
    re.IGNORECASE,
)


def signatures(lines: list[str]) -> list[bytes]:
    """For each line what tells most kinds of lines apart and is quickly made."""
    blob = SEPARATOR.join(lines)
    if blob.count(SEPARATOR) >= len(lines):
        blob = SEPARATOR.join(line.replace(SEPARATOR, " ") for line in lines)
    return blob.encode("utf-8", "surrogatepass").translate(None, _DELETED).split(SEPARATOR.encode())


def template(line: str) -> str:
    """The line with `MARK type MARK` in the place of each changing part."""
    return _CHANGING.sub(lambda match: f"{MARK}{match.lastgroup}{MARK}", line)


def numbered_template(text: str) -> str:
    """A template as the service shows it: `<Time-1> took <Token-2> ms`."""
    parts = text.split(MARK)
    for place in range(1, len(parts), 2):
        parts[place] = f"<{parts[place]}-{place // 2 + 1}>"
    return "".join(parts)


def severity(text: str) -> str:
    """Error, Warning, Info or Debug, whichever is said first; None where none is."""
    match = _SEVERITY.search(text)
    return str(match.lastgroup) if match else "None"


def merge(counts: Counter[str]) -> dict[str, str]:
    """For each template the one that it is a case of: words that differ in one place only are a changing part."""
    become = {text: text for text in counts}
    if len(counts) > MOST_COMPARED:
        return become
    for _ in range(2):  # so that two such places are found
        wider = _widen(sorted(set(become.values())))
        if not wider:
            break
        become = {text: wider.get(now, now) for text, now in become.items()}
    return become


def _widen(templates: list[str]) -> dict[str, str]:
    places: defaultdict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
    for text in templates:
        words = text.split(" ")
        for place, word in enumerate(words):
            if word and not _SEVERITY.search(word):
                key = (str(place), *words[:place], "", *words[place + 1 :])
                places[key].append((word, text))
    wider: dict[str, str] = {}
    for key, cases in sorted(places.items(), key=lambda item: -len(item[1])):
        left = [(word, text) for word, text in cases if text not in wider]
        if len(left) >= VARIED:
            words = list(key[1:])
            words[int(key[0])] = f"{MARK}Token{MARK}"
            wider.update((text, " ".join(words)) for _, text in left)
    return wider
