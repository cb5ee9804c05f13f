"""Texts as engineers on call see them, collected by somebody who had seen none of the rules.

A line of a file is a text: `⏎` breaks it, `⇥` is a tab, `«…»` is the secret. A `¦`, which is not part of the text,
stands within what would otherwise look like a provider's token. All secrets are invented, and most are put together of
words, as people's are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.redaction.samples import texts

_WRITTEN: Final = str.maketrans({"⏎": "\n", "⇥": "\t", "¦": None})


def secrets() -> Iterator[tuple[str, str]]:
    """Text, and the secret in it."""
    for line in texts("on_call_secrets"):
        before, _, rest = line.translate(_WRITTEN).partition("«")
        secret, _, after = rest.partition("»")
        yield f"{before}{secret}{after}", secret


def harmless() -> Iterator[str]:
    for line in texts("on_call_harmless"):
        yield line.translate(_WRITTEN)
