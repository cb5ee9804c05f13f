"""What stands where a secret could: a word about it, a reference to where it is kept, an empty place, or one itself."""

# ruff: noqa: SIM905 - lists of words

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, Final

_ENDS: Final = r"(?![\w'=/+-]|:\S|\.\w)"
STATE: Final = re.compile(  # what is said about a secret in its place
    r"(?:expired|expires|invalid|missing|required|revoked|rejected|refused|denied|failed|failure|error|incorrect"
    r"|unauthori[sz]ed|unknown|malformed|mismatch|disabled|enabled|empty|none|null|nil|undefined|unset|true"
    r"|false|please"
    r"|must|should|cannot|could|does|unable|unexpected|wrong|forbidden|authentication|verification|permission|optional"
    r"|basic|bearer|digest|negotiate|oidc|oauth2?|saml|ldap|iam|jwt|aws|gcp|azure|default|string|valid|absent"
    r"|not|minimum|maximum|between"
    r"|read|write|inherit|allow|deny|always|never|auto|automatic|manual|managed|internal|external|strict|lax"
    r"|any|all|yes|no|on|off|hidden|masked)" + _ENDS + r"|(?:secret|configmap|volume|token|password|key)(?=[ ]\"|[ ]')",
    re.I,
)
_EMPTY: Final = re.compile(
    r"[*•xX.\-_#]{3,}(?!\w)|[\w-]{0,12}\*{3,}(?!\w)|\*{2,}\w{1,20}\*{2,}"
    r"|(?:your|insert|enter|replace|example)[_-]?[a-z_-]*+(?![\w!#$%^&*+/=])|<[a-z][^<>\n]*>"
    r"|\((?:[a-z]++ ?){1,3}+\)|\[(?!\])[A-Z][A-Z_ ]*\]|n/a\b",
    re.I,
)
_REFERENCE: Final = re.compile(
    r"\$\{|\$\(|\$__\w+\{|\$[A-Z_][A-Z0-9_]*(?!\w)|\{\{|%[sdvq](?!\w)|%[({]\w|@[A-Z_]+@"
    r"|ENC[\[(]|!{1,2}[A-Za-z]\w*(?:\s|\Z)|(?:arn|urn):[\w-]+:|(?:vault|ssm|op|sops|file|gcpsm|awssm"
    r"|secretref)(?::|\+)[\w/]|ref\+"
    r"|(?:var|local|data|module|each|process\.env|os\.environ|os\.getenv|System\.getenv|ENV|env|config|settings|values)"
    r"(?:\.[A-Za-z_]\w*|\[[\"']|\()|https?://[^\s@]*(?=[\s\"']|\Z)"
    r"|\.{1,2}/[\w.]|~?/(?:var|run|etc|opt|home|root|tmp|mnt|usr|vault|secrets?|app|data|srv|certs?|keys?)(?:/|\b)"
)
_PARTS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_HEX: Final = re.compile(r"[0-9a-f]{32,}|[0-9A-F]{32,}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
_NAMED: Final = re.compile(r"[a-z0-9]+(?:[-._:/][a-z0-9]+)++")
_PUBLIC: Final = re.compile(  # keys and digests that anybody may know
    r"AAAA[A-Z]3|sha\d+-|nonce-|LS0tLS1CRUdJTiB(?:DRVJ|QVUJ)|0x|\d{1,4}[/-]\w{2,3}[/-]\d{2,4}|ecdsa-|ssh-|age1"
)
_MIXED: Final = tuple(map(re.compile, (r"[a-z]", r"[A-Z]", r"\d", r"[!@#$%^&*?+~][\w!]|\w[!@#$%^&*]")))
_PLAIN: Final = re.compile(r"[a-z]{4,}|v\d|[A-Z][a-z]{3,}")
_FOLLOWS: Final = {  # the letters that often follow a letter in a word; of drawn letters, three in five do not
    part[0]: part[1:]
    for part in (
        "aabcdgiklmnprstuvwxy babceijlorsuy cacdehiklmorstu dacdeilorstu eabcdefgilmnopqrstvwxy faefilorstu "
        "gaehilnorsu haeiort iabcdefglmnoprstvxz keis ladeilostuy mabdeilmopsu nacdefgiklnopstuv "
        "oabcdfgiklmnoprstuvw paehiloprstuy qu racdefgiklmnoprstuvy sacehiklmopstuy tacdefhilmnoprstuy "
        "uabcdefgilmnprst vaei waeinors xceipt ynpsty zez "
    ).split()
}
_WORD_AND_NUMBER: Final = re.compile(r"[A-Za-z][a-z]*-?\d[a-z]?")
_LOWER, _UPPER, _DIVIDES = re.compile(r"[a-z]"), re.compile(r"[A-Z]"), re.compile(r"[-./:_]")
_MEASURE: Final = re.compile(r"v?[\d.:,/TZ-]+[a-z%]{0,3}")
_NO_WORD: Final = re.compile(
    r"(?![A-Za-z][a-z]*\d\Z)(?=[^\s]*[\d!#$%&*@+~])(?![\d.,:%-]+[a-z]{0,3}\Z)(?!.*/)[^\s(){}\[\]]{6,}"
)
_METHOD: Final = re.compile(r"base64|sha-?\d|md5|utf|oauth|x509", re.I)
_TWO_KINDS: Final = re.compile(r"[a-z]\d|\d[a-z]|[!#%$^&*]\w", re.I)
_TELLING: Final = 128  # signs of a value that tell how it was made
_DIGITS: Final = {"password": 4, "digits": 4, "key": 6, "many": 7, "weak": 20}  # of a number that is a secret
_LETTERS: Final = {"key": 8, "many": 8, "weak": 12}  # of a text that is one if it looks drawn
_LETTERS_PER_PART: Final = 3.0  # of a word of any language in camel case there are more, of a drawn one fewer


def is_uuid(value: str) -> bool:
    return _UUID.fullmatch(value) is not None


def says_no_secret(value: str) -> bool:
    """Whether the text that begins where a secret could stand tells about it, leaves it out or says where it is."""
    return any(pattern.match(value) for pattern in (STATE, _EMPTY, _REFERENCE)) or value.startswith("[redacted")


def looks_drawn(value: str, least: int = 8) -> bool:
    """Whether that many signs or more look drawn by a machine and not named by a person: both cases, or one long run.

    Names of objects, hashes of pods and ids in groups are none of these.
    """
    if len(value) < least or _UUID.fullmatch(value):
        return False
    value = value[:_TELLING]
    if _HEX.fullmatch(value):
        return True
    if value.islower() or value.isupper() or not (_LOWER.search(value) and _UPPER.search(value)):
        numbers = sum(map(str.isdigit, value))
        long = len(value) >= 24 or (
            len(value) >= 12 and (numbers >= 3 or (numbers and is_unlike_words(value))) and numbers < len(value)
        )
        return bool(long) and not _DIVIDES.search(value) and _is_broken(value)
    return _is_broken(value)


def looks_named(value: str) -> bool:
    """Whether it is made of words and numbers as names of objects are: `web-v2`, `shop/db.1`."""
    return _NAMED.fullmatch(value) is not None


def looks_opaque(value: str, least: int = 10) -> bool:
    """Whether a token is a secret's by itself, near its name: drawn, or made of letters, digits and signs."""
    if len(value) < least or _PUBLIC.match(value) or _is_path(value) or says_no_secret(value):
        return False
    if looks_drawn(value, least):
        return True
    return all(kind.search(value) for kind in _MIXED) and value[0] not in "/.-" and "/" not in value


def _is_path(value: str) -> bool:
    """Whether it is divided as a path is, and not by a sign of base64."""
    parts = value.split("/")
    if len(parts) == 1:
        return False
    return value[0] in ".~" or any(_PLAIN.fullmatch(part) for part in parts) or not looks_drawn(max(parts, key=len), 6)


def looks_unnamed(value: str) -> bool:
    """Whether it is as long as a secret, of letters and digits, and made of no words that signs divide."""
    return len(value) >= 12 and looks_chosen(value) and not looks_named(value)


def looks_chosen(value: str) -> bool:
    """Whether it could be a password where a sentence names one: not a word, nor a measure, nor a date."""
    if (
        len(value) < 6
        or _MEASURE.fullmatch(value)
        or _WORD_AND_NUMBER.fullmatch(value)
        or _is_path(value)
        or _METHOD.match(value)
    ):
        return False
    is_mixed = "/" not in value and _TWO_KINDS.search(value) is not None
    return is_mixed or looks_drawn(value, 6)


def has_digit_or_sign(value: str) -> bool:
    """Whether a value that is said to be a password is no plain word, no word with a digit, no measure and no path."""
    return _NO_WORD.fullmatch(value) is not None


def holds_secret(kind: str, value: Any) -> bool:
    """Whether a field of that kind holds a secret: of a password any text, else what looks drawn."""
    if isinstance(value, bool) or not isinstance(value, str | int) or not kind:
        return False
    text = str(value)
    if not text or says_no_secret(text):
        return False
    if text.isdigit():
        return len(text) >= _DIGITS[kind]
    return kind == "password" or (kind in _LETTERS and looks_drawn(text, _LETTERS[kind]))


def _is_broken(value: str) -> bool:
    """Whether it is no row of words: its runs of letters and digits are short, or no language has its letters so."""
    parts = _PARTS.findall(value)
    if not parts:
        return False
    if sum(map(len, parts)) / len(parts) <= (_LETTERS_PER_PART if len(value) < 16 else 3.4):
        return True
    return is_unlike_words(value)


def is_unlike_words(value: str) -> bool:
    pairs = [pair for part in _PARTS.findall(value) if part.isalpha() for pair in pairwise(part.lower())]
    return len(pairs) >= 5 and sum(two not in _FOLLOWS.get(one, "") for one, two in pairs) > len(pairs) * 0.4
