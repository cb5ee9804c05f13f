"""Who may send alarms: the sources of a TOML file, each with what proves that a delivery comes from it.

    alertmanager = "a secret of 12 characters or more"    # the same as [alertmanager] secret = "..."

    [pagerduty]
    proof = "pagerduty"                       # the webhook subscription signs the body: X-PagerDuty-Signature
    secret = ["the present one", "the next"]  # several while one is replaced; or secret:NAME, a secret of AWS

    [aws]
    proof = "sns"                             # SNS signs with a certificate of AWS; the topics stand for a secret
    topics = ["arn:aws:sns:eu-west-1:123456789012:alarms"]

A leaked secret opens incidents in the name of its source and does nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from sre_agent.aws_services.secrets import is_reference
from sre_agent.errors import SettingsError, all_faults

SHORTEST: Final = 12  # characters of a secret
NAME: Final = r"^[a-z0-9-]{1,40}$"
SIGNED_FOR_SECONDS: Final = 300.0  # how old a time that Grafana signs may be
Proof = Literal["secret", "pagerduty", "grafana", "sns"]
Texts = Annotated[tuple[str, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)]


class AlarmSource(BaseModel):
    """`proof` says how a delivery is known to be the source's: by the secret itself (`X-Webhook-Secret`, or the bearer
    token or basic password of `Authorization`), or by a signature over the body. `topics` are ARNs of SNS topics.
    `alarms_per_minute` replaces the setting of that name for this source."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    proof: Proof = "secret"
    secret: Texts = Field((), repr=False)
    topics: Texts = ()
    alarms_per_minute: int | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _provable(self) -> AlarmSource:
        if self.proof == "sns":
            if self.secret or not self.topics:
                raise ValueError(
                    "SNS signs with its own certificate: give 'topics', the ARNs to listen to, and no secret"
                )
        elif not self.secret or any(len(one) < SHORTEST and not is_reference(one) for one in self.secret):
            raise ValueError(f"give a 'secret' of {SHORTEST} characters or more")
        return self

    def is_proven(self, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
        """Whether a delivery with these headers comes from the source. What SNS signs is verified elsewhere."""
        match self.proof:
            case "secret":
                return _is_one_of(_secret_of(headers), self.secret)
            case "pagerduty":
                signatures = headers.get("x-pagerduty-signature", "").split(",")
                return any(_is_one_of(one.strip(), _signatures(self.secret, body, "v1=")) for one in signatures)
            case "grafana":
                return self._is_signed_by_grafana(headers, body, now)
        return False

    def _is_signed_by_grafana(self, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
        """Over the body, or over a time and the body where Grafana is set to send a time."""
        when = headers.get("x-grafana-alerting-timestamp", "")
        if when:
            if not (when.isascii() and when.isdigit()) or abs(now.timestamp() - int(when)) > SIGNED_FOR_SECONDS:
                return False
            body = when.encode() + b":" + body
        return _is_one_of(headers.get("x-grafana-alerting-signature", ""), _signatures(self.secret, body))


def load_alarm_sources(file: Path | None) -> dict[str, AlarmSource]:
    """By name; none without a file. Raises SettingsError that names the source and never shows a secret."""
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8")) if file is not None else {}
    except (OSError, ValueError) as problem:
        raise SettingsError(f"The file of alarm sources {file} cannot be read: {problem}") from problem
    return {name: _source(name, fields, file) for name, fields in tables.items()}


def _source(name: str, value: Any, file: Path | None) -> AlarmSource:
    try:
        if re.match(NAME, name) is None:
            raise SettingsError(f"The source {name!r} in {file} needs a name of small letters, digits and hyphens.")
        return AlarmSource.model_validate({"secret": value} if isinstance(value, str) else value)
    except ValidationError as problem:
        raise SettingsError(f"The source {name!r} in {file} cannot be used: {all_faults(problem)}") from problem


def _secret_of(headers: Mapping[str, str]) -> str:
    if secret := headers.get("x-webhook-secret", ""):
        return secret
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return value if scheme.lower() == "bearer" else ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def _signatures(secrets: Iterable[str], signed: bytes, before: str = "") -> list[str]:
    return [before + hmac.new(one.encode(), signed, hashlib.sha256).hexdigest() for one in secrets]


def _is_one_of(secret: str, expected: Iterable[str]) -> bool:
    """In the same time for every text of a length; all of them are compared."""
    return sum(hmac.compare_digest(secret.encode(), one.encode()) for one in expected) > 0
