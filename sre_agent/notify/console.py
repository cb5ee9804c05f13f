"""Tells whoever reads the terminal or the log of the process."""

from __future__ import annotations

import sys
from typing import TextIO

from mcp_servers.contract.visible import visible
from sre_agent.domain.notice import IncidentNotice
from sre_agent.notify import wording
from sre_agent.settings import AwsSettings, NotificationSettings


class ConsoleChannel:
    """Writes to standard error by default, so that standard output stays the command's own."""

    edits = False

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stderr

    async def tell(self, notice: IncidentNotice, handle: str) -> str:
        lines = wording.text(notice).splitlines()
        print(visible("\n  ".join([wording.headline(notice), *lines])), file=self._stream)
        return ""


class SilentNotifier:
    """In the console's place, for callers that show an incident's turns themselves."""

    edits = False

    async def tell(self, notice: IncidentNotice, handle: str) -> str:
        return ""


def open_channel(destination: str, secret: str, settings: NotificationSettings, aws: AwsSettings) -> ConsoleChannel:
    return ConsoleChannel()
