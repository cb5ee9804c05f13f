"""The key that the record's heads are signed with: a secret that every process of one deployment shares."""

from __future__ import annotations

import base64
from contextlib import suppress

from sre_agent.aws_services.clients import AwsServices
from sre_agent.errors import PermanentError, SettingsError
from sre_agent.signing import SigningKey, fresh_key


def open_record_key(services: AwsServices, secret: str) -> SigningKey:
    """The key in this secret of Secrets Manager; the first process makes it. Raises what `AwsServices.ask` raises, and
    SettingsError for a secret that holds no key."""
    with suppress(SettingsError):
        return _read(services, secret)
    with suppress(PermanentError):  # another process made it at the same moment
        text = base64.b64encode(fresh_key()).decode()
        services.ask("secretsmanager", "create_secret", Name=secret, SecretString=text)
    return _read(services, secret)


def _read(services: AwsServices, secret: str) -> SigningKey:
    text = services.ask("secretsmanager", "get_secret_value", SecretId=secret)["SecretString"]
    try:
        return SigningKey.of(base64.b64decode(text, validate=True))
    except ValueError as problem:
        raise SettingsError(f"The secret {secret} holds no key of the record: {problem}.") from problem
