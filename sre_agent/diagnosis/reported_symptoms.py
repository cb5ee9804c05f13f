"""What the one who calls complains of, where that decides how much a fact weighs that is often no trouble at all."""

from __future__ import annotations

import re
from typing import Final

_UNREACHABLE: Final = re.compile(
    r"(?:\b(?:not|never|no longer|cannot|can not|unable to|fail\w* to)|n['’]t)\s+(?:be\s+)?"
    r"(?:accessible|reachable|access(?:ed)?|reach(?:ed)?|connect\w*|respond\w*|available|answer\w*|open(?:ed)?|load\w*)\b"
    r"|\b(?:inaccessible|unreachable|unavailable|unresponsive)\b|\brefus(?:es|ed|ing)\b|\b50[234]s?\b"
    r"|connection (?:error|failure|problem|timeout)|tim(?:es|ed|ing) out|\bnicht (?:erreichbar|verfügbar)\b",
    re.I,
)


def says_unreachable(text: str) -> bool:
    """Whether somebody says that the thing cannot be reached."""
    return bool(_UNREACHABLE.search(text))
