"""The labels of a series, read from the text by which Prometheus names it."""

from __future__ import annotations

import re
from typing import Final

_LABEL: Final = re.compile(r'[{,](\w+)="([^"]*)"')


def series_labels(series: str) -> dict[str, str]:
    """Of `up{job="api",pod="api-1"}`: `{"job": "api", "pod": "api-1"}`; empty for a text that names no series."""
    return dict(_LABEL.findall(series))
