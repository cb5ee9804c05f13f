"""How people and programs call what is secret. To know one more name is to add it here."""

# ruff: noqa: SIM905 - lists of words

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_letters
from typing import Final

_WORD_FOR: Final = "db|user|admin|root|bind|store|key|require|ftp|smtp|mail|login|proxy|ssh|sql|sudo|become"
_CODE_FOR: Final = "mfa|verification|security|recovery|one[ -]time|login|sms"
_WORD: Final = (
    rf"pass[_-]?(?:word|wd|phrase|code)|passwd|pwd|passin|passout|(?:{_WORD_FOR})_?(?:pass|pw)"
    r"|(?:(?<![a-z])|(?-i:(?<=[a-z])(?=[PM])))(?:my)?(?:pass|pw)|psk|wpa_passphrase|mnemonic"
)
_ABROAD: Final = (  # the word for a password where another language is spoken
    "passwort|kennwort|mot[ _]de[ _]passe|motdepasse|contraseña|contrasena|clave[ _]de[ _]acceso|senha|palavra-passe"
    "|hasło|haslo|пароль|пароля|密码|密碼|口令|パスワード|비밀번호|암호|wachtwoord|lösenord|losenord|passord|adgangskode"
    "|salasana|şifre|sifre|parola|heslo|jelszó|κωδικός|סיסמה|كلمة المرور|पासवर्ड|mật khẩu|kata[ _]sandi"
)
_KEY_FOR: Final = (  # what a key is for, where its value is always a secret, and where it may be
    "api|access|private|account|encryption|decryption|signing|master|(?:pre[_-]?)?shared|session|storage|secret"
    "|subscription|functions|hmac|crypto|license|unseal|recovery"
)
_KEY_MAYBE_FOR: Final = (
    "app|deploy|ssh|service|consumer|client|instrumentation|integration|routing|admin|auth|jwt|cookie|webhook|user"
    "|root|tls|ssl|server|host|rsa|dsn|ingest|license|api|access|private|secret"
)
_CERTAIN: Final = (
    rf"(?:(?:{_KEY_FOR})[ _-]?key|secret(?:[_-]?(?:access[_-]?)?key(?:[_-]base)?)?|token|auth(?:tok(?!en))?"
    r"|masterauth|credential(?!s)|code_verifier"
    r"|samlresponse|samlrequest|secret_id)"
)
# what these name is a secret only where it looks like one
_WEAK: Final = (
    rf"(?:(?:{_KEY_MAYBE_FOR})[ _-]?key(?:[_-]data)?"
    r"|credentials|creds|(?<=[_-])pat|totp|otp|sessionid|jsessionid|phpsessid|assertion)"
)
_DIGITS: Final = (
    r"(?<![a-z])pin(?:[_-]?code)?|(?-i:(?<=[a-z])(?=P))pin(?:code)?"
    rf"|cvv2?|cvc2?|(?:{_CODE_FOR})[ _-]?code"
)
_NAME: Final = re.compile(
    rf"(?:(?P<password>{_ABROAD}|{_WORD})|(?P<key>{_CERTAIN})|(?P<weak>{_WEAK})|(?P<digits>{_DIGITS}))", re.I
)
_REST: Final = re.compile(r"(?:[_-]?[A-Za-z0-9]){0,48}")  # of the identifier that the name is the beginning of
_REACH: Final = re.compile(  # a name ends within it: in words of several parts, or in the rest of an identifier
    r"(?:[ _](?:passe|de[ _]acceso|sandi)|[ _-]?key)?(?:[_-]?[A-Za-z0-9]){0,120}\w{0,40}", re.I
)
_JOINED: Final = ascii_letters + "_- \u0130\u0131\u017f\u212a"  # of these the beginning of a name consists
_IDENTIFIER: Final = ascii_letters + "0123456789_-"
LONGEST: Final = 64  # characters of an identifier
_VALUED: Final = frozenset(  # a secret of these is a value, where others are objects that hold values
    (
        "client api app shared consumer signing webhook jwt session oauth hmac cookie access user bot channel "
        "partner application encryption"
    ).split()
)
BEFORE: Final = 20  # signs before a word, in which the beginning of its name stands
_PARTS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_SAME: Final = frozenset(
    (  # what tells one secret from another of that name, and leaves it one
        "prod production stag stage staging stg dev devel development test testing qa uat sandbox live local demo "
        "preview old new prev previous cur current next backup bak tmp temp fallback alt main default primary "
        "secondary first second value val str string text plain plaintext clear cleartext raw b encoded enc hex base "
        "input param var env field data confirm confirmation again repeat verify eu us ro rw readonly blue green v "
    ).split()
)
HOLDS: Final = frozenset(  # what says no more than that a value follows
    (
        "value values val val1 content contents body data string str text default new old current previous from "
        "to before "
        "after "
        "set is was msg message arg args param params parameter parameters item result output raw plain plaintext "
        "cleartext literal actual expected v n b s q qw c u td dd th dt span code entry bytes char var const "
        "let final some ok "
        "just "
        "array list replacement replace lambda return else case payload lhs rhs len prev"
    ).split()
)
_ABOUT: Final = frozenset(
    (  # what is no secret whatever it looks like
        "id ids arn name names hash digest checksum checksums fingerprint sha md file files path paths url uri "
        "endpoint version versions revision type kind ref refs reference uid uuid request count location issuer "
        "audience provider store class policy template etag alias thumbprint subject serial public publishable "
        "signature md5 cert crt ca accessor prefix scope algorithm policies ttl expiry backend mode method bucket "
        "length rotation "
    ).split()
)
_FIRST_PART: Final = re.compile(  # of a name whose last part is a word of WORDS
    rf"(?:(?:{_KEY_FOR}|{_KEY_MAYBE_FOR})[ _-]?|(?:{_WORD_FOR})_?|(?:{_CODE_FOR})[ _-]?|t)\Z", re.I
)


@dataclass(slots=True)
class SecretName:
    """Where something is called by a secret's name.

    `kind`: password, key (certain), weak (a secret by its look only), digits (a number that somebody types), many
    (of a plural: `key` or `password` where a list follows).
    """

    text: str
    begin: int
    end: int
    kind: str

    @property
    def called(self) -> str:
        return self.text[self.begin : self.end]

    @property
    def identifier(self) -> str:
        """The whole word that ends with the name: `clientSecret` of which only `Secret` is the name."""
        before = self.before(LONGEST)
        return before[len(before.rstrip(_IDENTIFIER)) :] + self.called

    def before(self, length: int) -> str:
        return self.text[max(0, self.begin - length) : self.begin]


def name_at(text: str, begin: int, end: int) -> SecretName | None:
    """The name of which the word from `begin` to `end` is a part; None where it is part of another word."""
    reach = _REACH.match(text, end)
    before = text[max(0, begin - BEFORE) : begin]
    alike = before[max(0, len(before.rstrip(_JOINED)) - 1) :]  # what is before that has no part in it
    parts = _name_within(alike, text[begin : reach.end() if reach else end])
    return SecretName(text, begin - parts[0], begin + parts[1], parts[2]) if parts else None


@lru_cache(maxsize=4096)
def _name_within(before: str, word: str) -> tuple[int, int, str] | None:
    """How far before and after the beginning of a word the name reaches of which it is a part, and its kind."""
    text, begin = before + word, len(before)
    first = _FIRST_PART.search(text, max(0, begin - 16), begin)
    weak: tuple[int, int, str] | None = None
    for start in (*((first.start(),) if first else ()), begin + (word[0] in "_-")):
        if (match := _NAME.match(text, start)) and (kind := _kind_of(match, text)):
            rest = _REST.match(text, match.end())
            parts = begin - start, (rest.end() if rest else match.end()) - begin, kind
            if kind != "weak":
                return parts
            weak = weak or parts
    return weak


def _kind_of(match: re.Match[str], text: str) -> str:
    """What the name means with the rest of its identifier; empty where that makes another word of it."""
    kind, rest = str(match.lastgroup), _REST.match(text, match.end())
    if rest is None or not rest[0]:
        return kind
    return _with_rest(kind, match[0], rest[0])


@lru_cache(maxsize=4096)
def _with_rest(kind: str, word: str, rest: str) -> str:
    if rest in ("s", "S", "es"):
        return "many" if kind != "digits" else ""
    rest = rest[1:] if rest[:1] in "sS" and re.match(r"[sS](?:[_-]|\d|[A-Z])", rest) else rest  # of several, one
    parts = [part.lower() for part in _PARTS.findall(rest)]
    if all(part in _SAME or (part.isdigit() and len(part) <= 4) for part in parts):
        return kind
    if all(part.removesuffix("s") in {*_SAME, ""} or part.isdigit() for part in parts):
        return "many"
    apart = rest[0] in "_-" or rest[0].isdigit() or (rest[0].isupper() and not word[-1].isupper())
    return "weak" if apart and not _ABOUT.intersection(parts) and kind != "digits" else ""


WORDS: Final = (  # one of them is in every name above, case-folded
    *("pass", "pw", "psk", "secret", "token", "auth", "key", "cred", "mnemonic", "code_verifier", "saml", "_pat"),
    *("-pat", "otp=", "otp:", 'otp"', "sessi", "sessid", "assertion", "pin", "cvv", "cvc", "code"),
    *(
        "kennwort",
        "mot de",
        "mot_de",
        "motde",
        "contrase",
        "clave",
        "senha",
        "palavra",
        "hasło",
        "haslo",
        "парол",
        "密码",
        "密碼",
        "口令",
    ),
    *(
        "パスワード",
        "비밀번호",
        "암호",
        "wachtwoord",
        "lösenord",
        "losenord",
        "adgangskode",
        "salasana",
        "şifre",
        "sifre",
    ),
    *("parola", "heslo", "jelszó", "κωδικ", "סיסמה", "كلمة المرور", "पासवर्ड", "mật khẩu", "kata"),
)
_PLACES: Final = re.compile(  # tokens that mark a place in a list or a request, and ids
    r"(?:next|page|paging|pagination|continu\w*|starting|start|forward|backward|sequence|request|cursor|sync"
    r"|resume|marker"
    r"|scroll|delta|list|end_?of_?\w*|stop|pad|eos|bos|lock|fencing|idempotency|ownership"
    r"|since|until|from|to|after|before|upload|group|public[_-]?key)[_-]?token\Z"
    r"|hashed[_-]?\w*\Z|(?:checksum|hash|digest|fingerprint|md5|sha\d+)[/._-][\w.-]*\Z",
    re.I,
)


_POSITION: Final = re.compile(r"[@$:][a-z]{0,2}\d{1,3}|(?:p|arg|param|val|v)_?\d{1,3}|\d{1,3}", re.I)  # of a parameter
_DIVIDES: Final = " \t\n\"'=,;({["
_DIVIDED: Final = re.compile(r"[\s\"'=,;({\[]")


@lru_cache(maxsize=4096)
def marks_a_place(name: str) -> bool:
    """Whether what ends like a secret's name is a place in a listing, as `nextToken` is."""
    return _PLACES.search(name) is not None


def is_of_another(name: SecretName) -> bool:
    """Whether the name is part of a longer one: of a place in a listing, of a resource, or of a template's variable."""
    before = name.before(120)
    template = before.rfind("{{")
    if template > before.rfind("}}") and before[template + 2 : template + 3] not in "\"'":
        return True
    word = before[-1:] and before[-1] not in _DIVIDES and _DIVIDED.split(before)[-1]
    if not word:
        return _called_a_place(before[-24:] if before[-1:] == " " else "", name.called)
    if "arn:" in word or "urn:" in word:
        return True
    return (word[-2:-1].isdigit() and word.endswith(":")) or marks_a_place(f"{word}{name.called}")


@lru_cache(maxsize=4096)
def _called_a_place(before: str, word: str) -> bool:
    """Whether a name alone is a place's, or with the two words before it in a sentence."""
    words = before.split(" ")[-3:-1]
    return any(marks_a_place("_".join((*words[place:], word))) for place in range(len(words) + 1))


@lru_cache(maxsize=4096)
def names_a_value(identifier: str) -> bool:
    """Whether what is called a secret is a value, and not an object that holds some: `clientSecret`, `API_SECRET`."""
    parts = [part.lower() for part in _PARTS.findall(identifier)]
    while len(parts) > 1 and (parts[-1] in _SAME or parts[-1].isdigit()):
        parts.pop()
    if not parts or parts[-1] not in ("secret", "auth"):
        return True
    return parts[-1] == "secret" and (
        (len(parts) > 1 and parts[-2] in _VALUED) or (identifier.isupper() and "_" in identifier)
    )


@lru_cache(maxsize=4096)
def means_the_same(name: str) -> bool:
    """Whether a name says no more than which one it is of several, or that it is the value: `current`, `value`, `2`."""
    return all(part.lower() in _SAME or part.isdigit() for part in _PARTS.findall(name))


@lru_cache(maxsize=4096)
def holds_a_value(name: str) -> bool:
    """Whether a name beside a secret's name is that of its value: `value`, `newValue`, `option_value`, `$1`, `@p0`."""
    parts = [part.lower() for part in _PARTS.findall(name)]
    return not parts or parts[-1] in HOLDS or _POSITION.fullmatch(name) is not None


def is_about(name: str) -> bool:
    """Whether a name is of something about a secret that is none: its id, its version, where it is."""
    return not _ABOUT.isdisjoint(part.lower() for part in _PARTS.findall(name))
