"""What a runtime of an earlier test logged to is closed."""

from __future__ import annotations

from tests.slots.conftest import logging_anew as logging_anew
