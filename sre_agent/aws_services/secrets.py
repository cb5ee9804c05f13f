"""Secrets that settings name instead of holding: `secret:NAME`, `secret:NAME#FIELD` of a JSON secret, `parameter:NAME`.

They are read when they are needed and again every few minutes, so that a rotation needs no restart. What was read last
stays in use while AWS does not answer. A value is in no settings, no log and no error.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from sre_agent.aws_services.clients import AwsServices
from sre_agent.errors import SettingsError, TemporaryError
from sre_agent.settings import StateAccess

LOG = structlog.get_logger("sre_agent.aws_services")
SECRET: Final = "secret:"  # noqa: S105 - how a reference begins
PARAMETER: Final = "parameter:"
KEPT_SECONDS: Final = 300.0  # after a rotation, how long the old value may still be sent
AGAIN_SECONDS: Final = 10.0  # between two readings that a refusal asks for


@dataclass(frozen=True)
class _Reading:
    value: str
    at: float


def is_reference(text: str) -> bool:
    return text.startswith((SECRET, PARAMETER))


class SecretReader:
    """Thread-safe. `monotonic` counts seconds."""

    def __init__(self, settings: StateAccess, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._monotonic = settings, monotonic
        self._lock = threading.Lock()
        self._services: AwsServices | None = None
        self._readings: dict[str, _Reading] = {}

    def value(self, text: str, *, younger_than: float = KEPT_SECONDS) -> str:
        """What the reference stands for, as it was at most so many seconds ago; any other text itself. May wait for
        AWS. Raises SettingsError, or TemporaryError where nothing was ever read."""
        if not is_reference(text):
            return text
        with self._lock:
            last, now = self._readings.get(text), self._monotonic()
            if last is not None and now - last.at < younger_than:
                return last.value
            try:
                self._readings[text] = _Reading(self._read(text), now)
            except (SettingsError, TemporaryError) as problem:
                if last is None:
                    raise
                LOG.warning("secret", action="read", status="kept", reference=text, error=str(problem))
                self._readings[text] = _Reading(last.value, now)
            return self._readings[text].value

    async def current(self, text: str, *, younger_than: float = KEPT_SECONDS) -> str:
        """As `value`, without holding up the event loop."""
        return await asyncio.to_thread(self.value, text, younger_than=younger_than) if is_reference(text) else text

    def _read(self, reference: str) -> str:
        if self._services is None:
            self._services = AwsServices(self._settings)
        if reference.startswith(PARAMETER):
            name = reference.removeprefix(PARAMETER)
            answer = self._services.ask("ssm", "get_parameter", Name=name, WithDecryption=True)
            return str(answer["Parameter"]["Value"])
        name, _, field = reference.removeprefix(SECRET).partition("#")
        answer = self._services.ask("secretsmanager", "get_secret_value", SecretId=name)
        text = answer.get("SecretString")
        if not isinstance(text, str):
            raise SettingsError(f"The secret {name} holds bytes, and {reference} needs text.")
        return _field(text, name, field) if field else text


def _field(text: str, name: str, field: str) -> str:
    """Raises SettingsError, which has nothing of the text."""
    try:
        value = json.loads(text)[field]
    except (ValueError, KeyError, TypeError):
        raise SettingsError(f"The secret {name} is no JSON object with a field {field!r}.") from None
    return str(value)
