"""Any HTTP endpoint: a notice as JSON, with its fields and as text. The secret is the address."""

from __future__ import annotations

from sre_agent.domain.notice import IncidentNotice
from sre_agent.errors import SettingsError
from sre_agent.notify import missing, wording
from sre_agent.notify.posting import post
from sre_agent.settings import AwsSettings, NotificationSettings


class WebhookChannel:
    """The receiver gets every turn of an incident under its id; it may keep one message for it."""

    edits = True

    def __init__(self, url: str) -> None:
        self._url = url

    async def tell(self, notice: IncidentNotice, handle: str) -> str:
        fields = notice.model_dump(mode="json")
        foreign = ("title", "statement", "action", "blast_radius", "rehearsal")
        fields |= {name: wording.inert(fields[name]) for name in foreign}
        await post(self._url, {**fields, "headline": wording.headline(notice), "text": wording.text(notice)})
        return notice.incident


def open_channel(destination: str, secret: str, settings: NotificationSettings, aws: AwsSettings) -> WebhookChannel:
    name = f"webhook:{destination}" if destination else "webhook"
    if not secret:
        raise missing(name, "the address of the endpoint")
    if not secret.startswith(("https://", "http://")):
        raise SettingsError(f"The secret of the channel {name} is no address: it begins with https://.")
    return WebhookChannel(secret)
