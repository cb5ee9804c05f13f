"""Requests signed with AWS Signature Version 4, as a Gateway with IAM authorization asks for."""

from __future__ import annotations

from typing import Any


class AwsSignature:
    """With the credentials of `profile` (empty: those of the process) as they are when a request is signed."""

    def __init__(self, service: str, region: str, profile: str) -> None:
        self._service, self._region, self._profile = service, region, profile
        self._session: Any = None

    def headers(self, method: str, url: str, body: bytes, content_type: str) -> dict[str, str]:
        """What the request has to be sent with. May fetch credentials. Raises OSError where there are none."""
        from botocore.auth import SigV4Auth  # noqa: PLC0415 - where requests are signed alone
        from botocore.awsrequest import AWSRequest  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415
        from botocore.session import Session as AwsSession  # noqa: PLC0415

        try:
            self._session = self._session or AwsSession(profile=self._profile or None)
            credentials = self._session.get_credentials()
            region = self._region or self._session.get_config_variable("region")
        except BotoCoreError as problem:
            raise OSError(f"Requests cannot be signed: {problem}") from problem
        if credentials is None or not region:
            raise OSError("Requests cannot be signed: there are no AWS credentials, or no region is set.")
        request = AWSRequest(method=method, url=url, data=body, headers={"content-type": content_type})
        SigV4Auth(credentials, self._service, region).add_auth(request)
        return {name: str(value) for name, value in request.headers.items()}
