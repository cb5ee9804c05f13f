"""The store in one SQLite file: for one machine, with several processes on it."""

from __future__ import annotations

from typing import Final

from sre_agent.database import Database
from sre_agent.settings import StateSettings
from sre_agent.store.sqlite import events, evidence, incidents, model_calls, retention

SCHEMA: Final = incidents.SCHEMA + evidence.SCHEMA + model_calls.SCHEMA + events.SCHEMA + retention.SCHEMA


class SqliteStore(
    incidents.IncidentTables,
    evidence.EvidenceTables,
    model_calls.ModelCallTables,
    events.EventTables,
    retention.RetentionTables,
):
    """`sre_agent.store.Store` over one database."""


def from_settings(settings: StateSettings) -> SqliteStore:
    return SqliteStore(Database(settings.state_dir / "incidents.sqlite", SCHEMA))
