"""How people and programs call what is secret. To know one more name is to add it here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_WORD: Final = (
    r"pass[_-]?(?:word|wd|phrase|code)|passwd|pwd|passin|passout|(?:db|user|admin|root|bind)_?(?:pass|pw)"
    r"|(?:(?<![a-z])|(?-i:(?<=[a-z])(?=[PM])))(?:my)?(?:pass|pw)|psk|wpa_passphrase|mnemonic"
)
_ABROAD: Final = (  # the word for a password where another language is spoken
    "passwort|kennwort|mot[ _]de[ _]passe|motdepasse|contraseña|contrasena|clave[ _]de[ _]acceso|senha|palavra-passe"
    "|hasło|haslo|пароль|пароля|密码|密碼|口令|パスワード|비밀번호|암호|wachtwoord|lösenord|losenord|passord|adgangskode"
    "|salasana|şifre|sifre|parola|heslo|jelszó|κωδικός|סיסמה|كلمة المرور|पासवर्ड|mật khẩu|kata[ _]sandi"
)
_KEY_FOR: Final = (  # what a key is for, where its value is always a secret, and where it may be
    "api|access|private|account|encryption|decryption|signing|master|(?:pre[_-]?)?shared|session|storage|secret"
    "|subscription|functions|hmac|crypto|license"
)
_KEY_MAYBE_FOR: Final = (
    "app|deploy|ssh|service|consumer|client|instrumentation|integration|routing|admin|auth|jwt|cookie|webhook|user"
    "|root|tls|ssl|server|host|rsa|dsn|ingest|license|api|access|private|secret"
)
_CERTAIN: Final = (
    rf"(?:(?:{_KEY_FOR})[_-]?key|secret(?:[_-]?(?:access[_-]?)?key(?:[_-]base)?)?|token|auth|credential(?!s)|code_verifier"
    r"|samlresponse|samlrequest|secret_id)"
)
# what these name is a secret only where it looks like one
_WEAK: Final = (
    rf"(?:(?:{_KEY_MAYBE_FOR})[ _-]?key(?:[_-]data)?"
    r"|credentials|(?<=[_-])pat|totp|otp|sessionid|jsessionid|phpsessid|assertion)"
)
_NAME: Final = re.compile(
    rf"(?:(?P<password>{_WORD}|{_ABROAD})|(?P<key>{_CERTAIN})|(?P<weak>{_WEAK}))(?![a-z\d]|[_-][a-z\d])", re.I
)
_FIRST_PART: Final = re.compile(  # of a name whose last part is a word of WORDS
    rf"(?:(?:{_KEY_FOR}|{_KEY_MAYBE_FOR})[ _-]?|(?:db|user|admin|root|bind)_?|t)\Z", re.I
)


@dataclass(frozen=True)
class Name:
    """Where something is called by a secret's name. `kind`: password, key (certain), weak (by its look only)."""

    text: str
    begin: int
    end: int
    kind: str

    @property
    def called(self) -> str:
        return self.text[self.begin : self.end]

    def before(self, length: int) -> str:
        return self.text[max(0, self.begin - length) : self.begin]


def name_at(text: str, begin: int, end: int) -> Name | None:
    """The name of which the word from `begin` to `end` is a part; None where it is part of another word."""
    first = _FIRST_PART.search(text, max(0, begin - 16), begin)
    starts = (*((first.start(),) if first else ()), begin + (text[begin] in "_-"))
    for start in starts:
        if match := _NAME.match(text, start):
            return Name(text, start, match.end(), str(match.lastgroup))
    return None


WORDS: Final = (  # one of them is in every name above, case-folded
    *("pass", "pw", "psk", "secret", "token", "auth", "key", "credential", "mnemonic", "code_verifier", "saml", "_pat"),
    *("-pat", "otp=", "otp:", 'otp"', "sessi", "sessid", "assertion"),
    *("kennwort", "mot", "contrase", "clave", "senha", "palavra", "hasło", "haslo", "парол", "密码", "密碼", "口令"),
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
    r"(?:next|page|paging|pagination|continu\w*|starting|start|forward|backward|sequence|request|cursor|sync|resume|marker"
    r"|scroll|delta|list|end_?of_?\w*|stop|pad|eos|bos|lock|fencing|idempotency|ownership)[_-]?token\Z"
    r"|(?:checksum|hash|digest|fingerprint|md5|sha\d+)[/._-][\w.-]*\Z",
    re.I,
)


def marks_a_place(name: str) -> bool:
    """Whether what ends like a secret's name is a place in a listing, as `nextToken` is."""
    return _PLACES.search(name) is not None
