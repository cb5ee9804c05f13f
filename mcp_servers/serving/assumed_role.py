"""A role of another account, assumed for the incident at hand: each has a session of its own, named after it.

botocore renews what it assumes before that expires. Clients ask their credentials at each request, so one client serves
every incident, and CloudTrail tells for which of them a request was made.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, Credentials, DeferredRefreshableCredentials
from botocore.session import get_session

from mcp_servers.serving import on_behalf
from mcp_servers.serving.aws_role import Role

CONNECT_SECONDS: Final = 2
READ_SECONDS: Final = 9
SESSION: Final = "sre-agent"  # how sessions' names begin
KEPT: Final = 64  # sessions; of whichever was used longest ago a new one is made when it is needed again


class RoleCredentials(Credentials):  # type: ignore[misc]  # botocore has no types
    """Those of `role` for the incident that is being worked for. `make_client` makes an STS client with given keys."""

    method = "assume-role"
    account_id = None

    def __init__(self, role: Role, source: Any, make_client: Callable[..., Any]) -> None:
        self._role, self._source, self._make_client = role, source, make_client
        self._sessions: OrderedDict[str, DeferredRefreshableCredentials] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def access_key(self) -> str:
        return str(self.get_frozen_credentials().access_key)

    @property
    def secret_key(self) -> str:
        return str(self.get_frozen_credentials().secret_key)

    @property
    def token(self) -> str:
        return str(self.get_frozen_credentials().token)

    def get_frozen_credentials(self) -> Any:
        """Raises botocore's ClientError of the operation AssumeRole."""
        incident = on_behalf.incident()
        with self._lock:
            credentials = self._sessions.pop(incident, None) or self._session(incident)
            self._sessions[incident] = credentials
            if len(self._sessions) > KEPT:
                self._sessions.popitem(last=False)
        return credentials.get_frozen_credentials()

    def get_deferred_property(self, property_name: str) -> Callable[[], Any]:
        return lambda: getattr(self, property_name, None)

    def _session(self, incident: str) -> DeferredRefreshableCredentials:
        extra = {"RoleSessionName": f"{SESSION}-{incident}" if incident else SESSION}
        if self._role.external_id:
            extra["ExternalId"] = self._role.external_id
        fetcher = AssumeRoleCredentialFetcher(self._make_client, self._source, self._role.arn, extra_args=extra)
        return DeferredRefreshableCredentials(refresh_using=fetcher.fetch_credentials, method=self.method)


class RoleProvider:
    """What a botocore session asks for its credentials: those of `role`, assumed by the identity of `profile` (empty:
    of the process) at the STS of `region` or of `endpoint`."""

    def __init__(self, role: Role, profile: str, region: str, endpoint: str) -> None:
        source = get_session()
        if profile:
            source.set_config_variable("profile", profile)
        client = partial(
            source.create_client,
            region_name=region or os.environ.get("AWS_REGION") or None,
            endpoint_url=endpoint or None,
            config=Config(connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS),
        )
        self._credentials = RoleCredentials(role, source.get_credentials(), client)

    def load_credentials(self) -> RoleCredentials:
        return self._credentials
