"""Whether there are a region and credentials for AWS, as far as this machine tells.

What would ask somebody for credentials (single sign-on, a role, a program) counts as credentials: whether they are
granted is seen when they are used.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from sre_agent.preflight.options import VerbOptions
from sre_agent.settings import AwsSettings

LOCAL: Final = ("env", "shared-credentials-file", "config-file", "ec2-credentials-file", "boto-config")
BY_PROFILE: Final = ("role_arn", "sso_session", "sso_start_url", "credential_process", "login_session")
CONTAINER: Final = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
METADATA: Final = "http://169.254.169.254"
METADATA_SECONDS: Final = 0.5  # an instance's own service answers within milliseconds; elsewhere nobody does


def is_asked_for(settings: AwsSettings, eks: str) -> bool:
    """Whether somebody said that AWS is meant, more than by having its tools set up."""
    own = (settings.aws_profile, settings.aws_region, settings.aws_endpoint_url, eks)
    return any(own) or bool(os.environ.get("AWS_PROFILE"))


def problems(settings: AwsSettings, options: VerbOptions, *, profile: str = "", region: str = "") -> list[str]:
    """What keeps this from an account, in sentences. `profile` and `region` stand in for those of the settings."""
    import botocore.session  # noqa: PLC0415 - only where AWS is read
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415

    profile_name = profile or settings.aws_profile
    try:
        session = botocore.session.Session(profile=profile_name or None)
        config: Mapping[str, Any] = session.get_scoped_config()
    except BotoCoreError as problem:
        there = ", ".join(_profiles()) or "none"
        lead = f"AWS profile {profile_name or os.environ.get('AWS_PROFILE', '')!r} cannot be used: {problem}."
        return [f"{lead} Give another: {options.to_give('aws_profile', 'NAME')}. There are: {there}."]
    try:
        return list(_missing(session, config, settings, options, region))
    except BotoCoreError as problem:
        return [f"The AWS credentials cannot be read: {problem}"]


def region_of(settings: AwsSettings) -> str:
    """The region that is asked: of the settings, else of the environment or the profile; empty for none."""
    import botocore.session  # noqa: PLC0415 - only where AWS is read
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415

    try:
        return _region(botocore.session.Session(profile=settings.aws_profile or None), settings)
    except BotoCoreError:
        return ""


def _region(session: Any, settings: AwsSettings) -> str:
    own = settings.aws_region or os.environ.get("AWS_REGION")
    return own or session.get_config_variable("region") or ""


def _missing(
    session: Any, config: Mapping[str, Any], settings: AwsSettings, options: VerbOptions, region: str
) -> Iterator[str]:
    if not _has_credentials(session, config):
        give = options.to_give("aws_profile", "NAME")
        yield f"No AWS credentials were found. Name a profile with some: {give}, or set AWS_ACCESS_KEY_ID and secret."
    if not (region or _region(session, settings)):
        yield f"No AWS region is set. Give one: {options.to_give('aws_region', 'REGION')}, or set AWS_REGION."


def _has_credentials(session: Any, config: Mapping[str, Any]) -> bool:
    """Asks the SDK's own places in turn; those that would wait for somebody are only looked for."""
    from botocore.credentials import create_credential_resolver  # noqa: PLC0415

    if any(config.get(key) for key in BY_PROFILE) or any(os.environ.get(name) for name in CONTAINER):
        return True
    token = os.environ.get("AWS_WEB_IDENTITY_TOKEN_FILE")
    if token and os.environ.get("AWS_ROLE_ARN") and Path(token).is_file():
        return True
    providers = create_credential_resolver(session).providers
    if any(provider.load() is not None for provider in providers if provider.METHOD in LOCAL):
        return True
    return _is_instance() and any(
        provider.load() is not None for provider in providers if provider.METHOD == "iam-role"
    )


def _is_instance() -> bool:
    """Whether a metadata service listens; nobody is waited for where there is none."""
    if os.environ.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true":
        return False
    parts = urlsplit(os.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT") or METADATA)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=METADATA_SECONDS):
            return True
    except OSError:
        return False


def _profiles() -> list[str]:
    import botocore.session  # noqa: PLC0415

    return sorted(botocore.session.Session().available_profiles)
