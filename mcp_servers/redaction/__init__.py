"""What never leaves a server: secrets, tokens, keys, credentials in connection strings, e-mail addresses.

Applied once, before any truncation, to everything that came from outside. A match becomes `[redacted:<what>]`, so a
reader still sees that something was there and of which kind. Most text holds nothing of the kind: a rule is tried only
where one of the words is found without which it cannot match.

A new name of a secret goes into `names`, a provider's token into `providers`, a program's option into `commands`.
"""

from __future__ import annotations

from typing import Any, Final

from mcp_servers.redaction import addresses, commands, headers, keys, providers, spoken, structures, values
from mcp_servers.redaction.passages import without_named
from mcp_servers.redaction.rules import Rules

_BY_FORM: Final = Rules(  # told by their own form, wherever they stand
    (
        *keys.RULES,
        *addresses.CREDENTIALS,
        *providers.RULES,
        *headers.RULES,
        *commands.RULES,
        *values.RULES,
        *spoken.RULES,
    )
)
_PEOPLE: Final = Rules(addresses.PEOPLE)
SHORT: Final = 200  # characters; kinds, names and states come again and again
KNOWN: Final = 8192
_harmless: set[str] = set()  # short texts that hold nothing; never one that does


def redacted(text: str) -> str:
    """The text without what must not leave. Idempotent."""
    if text in _harmless:
        return text
    clean = _PEOPLE.applied(without_named(_BY_FORM.applied(text)))
    if len(text) <= SHORT and clean == text:
        if len(_harmless) >= KNOWN:
            _harmless.clear()
        _harmless.add(text)
    return clean


def redacted_value(value: Any) -> Any:
    """The same for a JSON-like value: every string in it, keys kept; what a key calls a secret is taken for one."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, dict):
        return {key: _under(key, item) for key, item in structures.without_pairs(value).items()}
    if isinstance(value, list):
        return [redacted_value(item) for item in structures.without_arguments(value)]
    return value


def _under(key: Any, value: Any) -> Any:
    if isinstance(value, str) and isinstance(key, str) and structures.holds_secret(key, value):
        return structures.MASK
    return redacted_value(value)
