"""The prompt cache: what a request reads from it and writes to it, by the prefixes that its cache points end.

The order is that of the service: tools, system, messages. An entry lives from its last use on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Final

from sre_lab.aws.bedrock.request import ConverseRequest, tokens

LIVES: Final = {"5m": 300.0, "1h": 3600.0}  # seconds
LEAST: Final = 1024  # tokens of a prefix that is kept


def use_cache(conversation: ConverseRequest, cached: dict[tuple[str, str], float], now: float) -> tuple[int, int]:
    """Tokens read from the cache and tokens written to it by this request; `cached` is brought up to date."""
    read = write = 0
    for digest, size, lives in _prefixes(conversation):
        if size < LEAST:
            continue
        key = (conversation.model, digest)
        if cached.get(key, 0.0) >= now:
            read, write = size, 0
        else:
            write = size - read
        cached[key] = now + lives
    return read, write


def _prefixes(conversation: ConverseRequest) -> Iterator[tuple[str, int, float]]:
    """The hash, the tokens and the seconds of life of each prefix that ends in a cache point, the shortest first."""
    digest, size = hashlib.sha256(), 0
    for block in _blocks(conversation):
        if "cachePoint" in block:
            yield digest.hexdigest(), size, LIVES[block["cachePoint"].get("ttl", "5m")]
        else:
            digest.update(json.dumps(block, sort_keys=True).encode())
            size += tokens(block)


def _blocks(conversation: ConverseRequest) -> Iterator[dict[str, Any]]:
    yield from (conversation.body.get("toolConfig") or {}).get("tools") or []
    yield from conversation.system
    for message in conversation.messages:
        yield {"role": message["role"]}
        yield from message["content"]
