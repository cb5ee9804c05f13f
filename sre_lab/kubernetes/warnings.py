"""Warnings of the API: what clients print although a request succeeds."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from starlette.responses import Response


def add(answer: Response, texts: Iterable[str]) -> None:
    """One `Warning` header for each text, once, in UTF-8; texts with control characters cannot be told."""
    for text in dict.fromkeys(texts):
        if any(unicodedata.category(character) == "Cc" for character in text):
            continue
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        answer.headers.append("warning", f'299 - "{escaped}"'.encode().decode("latin-1"))
