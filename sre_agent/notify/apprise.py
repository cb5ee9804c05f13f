"""Microsoft Teams, mail and all else that the library Apprise speaks: one message at the question, one at the end.

The secret is one of Apprise's own addresses, as `workflows://HOST/WORKFLOW/SIGNATURE` for Teams. Needs the extra
`notify`.
"""

from __future__ import annotations

import logging
import warnings
from importlib.util import find_spec
from typing import Any, Final

from sre_agent.domain.notice import IncidentNotice
from sre_agent.errors import NotifyError, SettingsError
from sre_agent.notify import missing, wording
from sre_agent.settings import AwsSettings, NotificationSettings

INSTALL: Final = "The channel {name} needs the package apprise: pip install 'sre-agent[notify]'."


class AppriseChannel:
    edits = False

    def __init__(self, service: Any) -> None:
        self._service = service

    async def tell(self, notice: IncidentNotice, handle: str) -> str:
        kind = {"remediated": "success", "answered": "info", "test": "info"}.get(notice.state, "warning")
        is_sent = await self._service.async_notify(
            title=wording.headline(notice), body=wording.text(notice), notify_type=kind, body_format="text"
        )
        if not is_sent:
            raise NotifyError("the service did not take it")
        return ""


def open_channel(destination: str, secret: str, settings: NotificationSettings, aws: AwsSettings) -> AppriseChannel:
    name = f"apprise:{destination}" if destination else "apprise"
    if not secret:
        raise missing(name, "an address of Apprise")
    if find_spec("apprise") is None:
        raise SettingsError(INSTALL.format(name=name))
    import apprise  # noqa: PLC0415 - of an extra

    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its lines tell addresses, which are secrets
    plain = apprise.AppriseAsset(app_id="sre-agent", image_url_mask=None, image_url_logo=None)  # nothing is loaded
    service = apprise.Apprise(asset=plain)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the modules that it loads with the first address
        is_valid = service.add(secret)
    if not is_valid:
        raise SettingsError(f"The secret of the channel {name} is no address that Apprise knows.")
    return AppriseChannel(service)
