"""Slack, by its Web API: one message for an incident, which is changed as the incident goes on.

The secret is the token of a bot with the scope chat:write; the destination is a channel that it is in.
"""

from __future__ import annotations

from typing import Any, Final

from sre_agent.domain.notice import IncidentNotice
from sre_agent.errors import NotifyError
from sre_agent.notify import missing, wording
from sre_agent.notify.posting import json_of, post
from sre_agent.settings import AwsSettings, NotificationSettings

GONE: Final = ("message_not_found", "cant_update_message", "channel_not_found", "edit_window_closed")
HEADER, SECTION = 150, 2900  # characters that a block takes


class SlackChannel:
    edits = True

    def __init__(self, url: str, token: str, channel: str) -> None:
        self._url, self._channel = url.rstrip("/"), channel
        self._headers = {"authorization": f"Bearer {token}"}

    async def tell(self, notice: IncidentNotice, handle: str) -> str:
        body = message(notice)
        if handle:
            channel, _, ts = handle.partition(" ")
            answer = await self._call("chat.update", {**body, "channel": channel, "ts": ts})
            if answer.get("error") not in GONE:
                return self._handle(answer)
        return self._handle(await self._call("chat.postMessage", {**body, "channel": self._channel}))

    async def _call(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        return json_of(await post(f"{self._url}/{method}", body, headers=self._headers))

    @staticmethod
    def _handle(answer: dict[str, Any]) -> str:
        if not answer.get("ok"):
            raise NotifyError(f"Slack refused it: {answer.get('error', 'no reason given')}")
        return f"{answer['channel']} {answer['ts']}"


def message(notice: IncidentNotice) -> dict[str, Any]:
    """Blocks of plain text, in which Slack reads no markup; the notification's own text is escaped."""
    title = wording.headline(notice)
    blocks: list[dict[str, Any]] = [{"type": "header", "text": _plain(title[:HEADER])}]
    blocks += [
        {"type": "section", "text": _plain(f"{label}: {detail}"[:SECTION])} for label, detail in wording.details(notice)
    ]
    if notice.commands:
        blocks.append({"type": "section", "text": _plain("\n".join(notice.commands)[:SECTION])})
    return {
        "text": escaped(title),
        "blocks": blocks,
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def escaped(text: str) -> str:
    """The three characters with which all of Slack's own syntax for mentions and links begins."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def open_channel(destination: str, secret: str, settings: NotificationSettings, aws: AwsSettings) -> SlackChannel:
    if not destination:
        raise missing("slack:CHANNEL", "the name or id of a channel in its own name, and a bot's token")
    if not secret:
        raise missing("slack", "a bot's token")
    return SlackChannel(settings.slack_url, secret, destination)
