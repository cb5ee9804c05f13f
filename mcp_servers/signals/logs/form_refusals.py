"""Requests that a program refused for their form, by the numbers and the phrases that HTTP has for that.

Such a refusal is nobody's outage, so programs write it as a warning or without a level. Where requests fail it is what
the program itself says of them: a caller and the program no longer agree on how a request looks.
"""

from __future__ import annotations

import re
from typing import Final

from mcp_servers.signals.logs.wording import statuses

UNSPECIFIC: Final = 400  # of whatever form: among lines without a level it is that of any stray request
# By status, as RFC 9110 and the ones before it call them. Those of rights, of what is not there, of its state and of
# how much is asked say nothing of the form.
PHRASES: Final[dict[int, tuple[str, ...]]] = {
    UNSPECIFIC: ("Bad Request",),
    405: ("Method Not Allowed",),
    406: ("Not Acceptable",),
    411: ("Length Required",),
    413: ("Content Too Large", "Request Entity Too Large", "Payload Too Large"),
    414: ("URI Too Long", "Request-URI Too Long"),
    415: ("Unsupported Media Type",),
    417: ("Expectation Failed",),
    422: ("Unprocessable Content", "Unprocessable Entity"),
    426: ("Upgrade Required",),
    431: ("Request Header Fields Too Large",),
}
_PHRASE: Final = {
    status: re.compile(rf"\b(?:{'|'.join(phrase.replace(' ', '[ _-]?') for phrase in phrases)})\b")
    for status, phrases in PHRASES.items()
}


def refuses_form(statement: str, level_kind: str) -> bool:
    """Whether a warning, or a line that claims no level, tells that a request was refused for its form."""
    if level_kind not in ("warning", "none"):
        return False
    numbers = {status for status in statuses(statement) if status in PHRASES}
    numbers |= {status for status, pattern in _PHRASE.items() if pattern.search(statement)}
    return bool(numbers - (set() if level_kind == "warning" else {UNSPECIFIC}))
