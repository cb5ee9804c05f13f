"""Warnings of the API: what clients print although a request succeeds."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.responses import Response


def add(answer: Response, texts: Iterable[str]) -> None:
    """One `Warning` header for each text, once."""
    for text in dict.fromkeys(texts):
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        answer.headers.append("warning", f'299 - "{escaped}"')
