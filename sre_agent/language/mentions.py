"""What in a text can be the name of a thing. Whether it is one, the words beside it tell, and what exists."""

from __future__ import annotations

import re
from typing import Final

_NAME: Final = re.compile(r"[A-Za-z0-9](?:[\w.:-]*[A-Za-z0-9])?")
_PATH: Final = re.compile(r"[\w.-]+(?:/[\w.-]+){1,2}")
_FIGURE: Final = re.compile(r"\d[\d.,:]*(?:%|ms|s|m|h|d|mi|gi|x|am|pm)?|[45]xx", re.I)
_GRADE: Final = re.compile(r"p\d\d|v\d+(?:\.\d+)*", re.I)
CALLED: Final = frozenset({"named", "called", "name"})  # behind these stands a name, whatever it looks like


def is_path(text: str) -> bool:
    """Whether it has the form `kind/name`, `namespace/name` or `kind/namespace/name`."""
    return _PATH.fullmatch(text) is not None


def is_figure(text: str) -> bool:
    """A number with its unit, a time or a class of status codes: none of them names a thing."""
    return _FIGURE.fullmatch(text) is not None


def is_version_or_percentile(text: str) -> bool:
    """As `v2` and `p95`: something may be called so, but in a sentence that names no kind it hardly is."""
    return _GRADE.fullmatch(text) is not None


def can_be_named(text: str) -> bool:
    """Whether something may be called so, alone or by its path. Words of speech may be: a caller knows its own."""
    return _NAME.fullmatch(text) is not None or is_path(text)
