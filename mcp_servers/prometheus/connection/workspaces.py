"""Workspaces of Amazon Managed Service for Prometheus, as their addresses tell them."""

from __future__ import annotations

import re
from typing import Final

_HOST: Final = re.compile(r"^https?://aps-workspaces\.([a-z0-9-]+)\.amazonaws\.com")


def region_of(url: str) -> str:
    """The region of a workspace's address; empty for any other address."""
    match = _HOST.match(url)
    return match[1] if match else ""
