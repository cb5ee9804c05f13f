"""What never leaves a server: secrets, tokens, keys, credentials in connection strings, e-mail addresses.

Applied once, before any truncation, to everything that came from outside. A match becomes `[redacted:<what>]`, so a
reader still sees that something was there and of which kind. The rules are loaded with the first text: their patterns
take a tenth of a second, which a process that redacts nothing need not wait for.

A new name of a secret goes into `names`, a provider's token into `providers`, a program's option into `commands`,
what may stand between a name and its secret into `assignments`, a function or form whose position tells it into
`positions`.
"""

from __future__ import annotations

from functools import cache
from types import ModuleType
from typing import Any


def redacted(text: str) -> str:
    """The text without what must not leave. Idempotent."""
    clean: str = _rules().redacted(text)
    return clean


def redacted_value(value: Any) -> Any:
    """The same for a JSON-like value: every string in it, keys kept; what a key calls a secret is taken for one."""
    return _rules().redacted_value(value)


@cache
def _rules() -> ModuleType:
    from mcp_servers.redaction import removal  # noqa: PLC0415 - see above

    return removal
