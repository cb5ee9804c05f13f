"""Somebody whom no source names, and what somebody is told to do.

A capital in the middle of a sentence names somebody, except in German, where nouns have it too; at the beginning of a
sentence all words have it. There the form tells: whoever stands bare before or behind what was done has done it. To
take every noun for a stranger that no source has would cut 6 of the 27 true German sentences of `tests/grounds`. So
`wegen Bob` stands in German, as does a name without a capital or in letters that have none.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final

from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.grounds.basis import Basis
from sre_agent.grounds.languages import Language, concepts
from sre_agent.grounds.prose import TERMS

_NAMED: Final = re.compile(r"[A-ZÀ-Þ][a-zà-ÿß]+")
_RUN: Final = re.compile(rf"(?<![\w/.:-]){_NAMED.pattern}(?: {_NAMED.pattern})*(?![\w/-])")
_INFLECTED: Final = re.compile(r".*(?:e|en|er|es|em)\Z")  # adjectives in front of a German noun
_BEFORE_NOUNS: Final = (
    "laut wegen trotz gemäß ohne durch während zwischen gegen hinter neben innerhalb außerhalb insgesamt zuletzt"
    " zuerst danach davor dort derzeit aktuell ab am im zum zur beim"
)
_LEADING: Final = frozenset(_BEFORE_NOUNS.split())
ACTS: Final = ("restart", "delete", "undo", "change", "scale", "approval")
_TERMS: Final = (
    "utc pod pods container containers deployment deployments service services node nodes job jobs namespace cluster"
    " alarm log logs http api kubernetes aws"
)
TECHNICAL: Final = frozenset(_TERMS.split())
_FIRST: Final = re.compile(rf"(?:\A|(?<=[.:!?–—]))[\s*•-]*({_NAMED.pattern}) (?=[a-zà-ÿ])")
_BETWEEN: Final = r"(?:then|just|also|later|already|\w+ly) "
_LATIN: Final = re.compile(r"(?<![\w/.:-])[A-Z][a-z]+(?![\w/.:-])", re.A)
_DETERMINED: Final = (
    r"(?:D(?:er|ie|as|en|em|es)|Ein\w*|Kein\w*|Dies\w*|Jede\w*|Er|Sie|Es|Alle|Beide|Ihr\w*|Sein\w*|Man|Wer)"
)
_BY_WHOM: Final = re.compile(
    rf"\b(?:wird|werden|wurden?|worden)\b[^.;:]{{0,200}}?\bvon ({_NAMED.pattern})(?![\w/-]| \d)"
)
_WHO_THEN: Final = re.compile(
    rf"^\W*(?!{_DETERMINED}\b)[A-ZÄÖÜ]\w*(?: \S*[^\s.;:,]){{0,6}} (?:hat|hatte) ({_NAMED.pattern})(?![\w/-]| \d)"
)
_NOUN: Final = re.compile(r"(?i:.*(?:ung|heit|keit|tion|schaft|nis|en|ern|hand)\Z)")
_COMMAND: Final = re.compile(
    r"(?<![\w/.-])(?:kubectl|helm|aws|gcloud|eksctl|terraform|docker|sudo|systemctl|psql|redis-cli|rm|curl)\s+-?[a-z]\S*"
)
_ORDERS: Final = re.compile(
    r"^\W*(?:please |then |so |now |just |first |next |and )?(run|execute|restart|delete|remove|scale|roll|kill|drain"
    r"|apply|revert|disable|enable|stop|call|contact|ask|ignore|tell|send|open|click|visit|page|wake|reboot|patch|increase"
    r"|raise|lower)\s+(?!(?:of|is|was|has|at|by)\b)[\w`'\"/]",
    re.I,
)
_PLAIN: Final = frozenset(
    word.casefold()
    for text in (
        *OBSERVATIONS,
        *(entry.described for entry in OBSERVATIONS.values()),
        *TERMS,
        "utc exit code status error pod deployment service",
    )
    for word in re.findall(r"[^\W\d_]+", text)
)


def strangers(text: str, basis: Basis, spoken: Iterable[Language], own: Basis | None = None) -> bool:
    """Whether it names, in words with a capital, somebody or something that the sources do not."""
    known = basis.known | _PLAIN | (own.known if own is not None else frozenset())
    tags = {one.tag for one in spoken if one.spaced}
    usual = {word for one in spoken for word in one.usual}
    for found in _RUN.finditer(text) if tags else ():
        words = [word.casefold() for word in found[0].split()]
        starts = not text[: found.start()].strip(" \t-*•") or text[: found.start()].rstrip()[-1:] in '.:!?–—"'
        strange = [word not in known and word not in usual for word in words]
        if "de" in tags:
            leads = starts and (words[0] in _LEADING or _INFLECTED.match(words[0]) is not None)
            if len(words) > 1 and all(strange) and not (leads and len(words) == 2):
                return True
        elif any(strange[1:] if starts else strange):
            return True
    return any(_done(text, one, known | usual) for one in spoken)


def _done(text: str, spoken: Language, known: Collection[str]) -> bool:
    """Whether a stranger stands where only who did something does: bare at the beginning, before what was done."""

    def strange(word: str) -> bool:
        said = word.casefold()
        ordinary = any(finds.search(said) for finds in (*concepts(spoken.tag).values(), spoken.doubts, spoken.thrives))
        return not (ordinary or {said, said.removesuffix("s"), f"{said}s"} & {*known, *TECHNICAL})

    if not spoken.spaced:
        return any(strange(found[0]) for found in _LATIN.finditer(text))
    acts = "|".join(f"(?:{concepts(spoken.tag)[act].pattern})" for act in ACTS)
    if re.search(acts, text, re.I) is None:
        return False
    did = re.compile(rf"(?:{_BETWEEN})?(?:{spoken.acted.pattern}|{acts})", re.I)
    if any(strange(found[1]) and did.match(text, found.end()) for found in _FIRST.finditer(text)):
        return True
    return spoken.tag == "de" and any(
        strange(name) and not _NOUN.match(name) for finds in (_BY_WHOM, _WHO_THEN) for name in finds.findall(text)
    )


def orders(text: str, basis: Basis) -> bool:
    """Whether it has somebody do something that no statement of ours has them do."""
    said = basis.said.casefold()
    if any(" ".join(found[0].casefold().split()) not in said for found in _COMMAND.finditer(text)):
        return True
    order = _ORDERS.match(text)
    return order is not None and re.search(rf"(?<!\w){order[1]}(?!\w)", said, re.I) is None
