"""Everything that an installation keeps, as sources in the order in which they are copied.

What refers to something is copied before it: checkpoints before the store (a run that goes on from an earlier step
finds in the store what it did since, as after a crash), the record's head before the record, tables before their
objects, and used permits after the store, so that none of them can be used again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sre_agent.aws_services.clients import AwsServices
from sre_agent.backup.manifest import ChangedMeanwhile
from sre_agent.backup.sealing import Sealing
from sre_agent.backup.sources import BackupSource
from sre_agent.backup.sources.configuration import ConfigurationSource
from sre_agent.backup.sources.databases import DatabaseSource
from sre_agent.backup.sources.files import HEAD, OTHERS, FileSource
from sre_agent.backup.sources.keys import KeySource
from sre_agent.backup.sources.memory_records import MemoryRecordSource
from sre_agent.backup.sources.objects import ObjectSource
from sre_agent.backup.sources.store_table import StoreTableSource
from sre_agent.backup.sources.tables import TableSource
from sre_agent.clock import Clock
from sre_agent.settings import ConfigurationCopy, StateAccess

SLOTS = ("store", "past_incidents", "queue", "checkpoint", "permit_keys", "used_permits")
IN_TABLES = "dynamodb"
IN_MEMORY = "agentcore_memory"


@dataclass(frozen=True)
class Installation:
    """What these settings keep. `services` reaches its tables and secrets, and places of backups in S3."""

    access: StateAccess
    configuration: ConfigurationCopy
    services: AwsServices
    clock: Clock

    @property
    def engines(self) -> dict[str, str]:
        return {slot: str(getattr(self.access, slot)) for slot in SLOTS}

    @property
    def is_in_tables(self) -> bool:
        return IN_TABLES in self.engines.values()

    @property
    def is_of_one_moment(self) -> bool:
        """Whether all that is copied is as it was at one time: what other services keep is read piece by piece."""
        return not {IN_TABLES, IN_MEMORY} & set(self.engines.values())

    def sources(self, sealing: Sealing) -> Sources:
        return Sources(self, sealing)


class Sources:
    """The sources of one installation; `as_of`, `record` and `changed` are known when all of them are written."""

    def __init__(self, of: Installation, sealing: Sealing) -> None:
        access, services, engines = of.access, of.services, of.engines
        self._databases = DatabaseSource(access.state_dir, of.clock)
        self._store = StoreTableSource(access, services) if engines["store"] == IN_TABLES else None
        self.keys = KeySource(access, services, sealing) if sealing.kind != "none" else None
        tables = {
            "checkpoint": TableSource("checkpoint", access.checkpoint_table, services),
            "used_permits": TableSource("used_permits", access.used_permits_table, services),
        }
        has_objects = access.state_bucket and of.is_in_tables
        self.by_part: list[BackupSource] = [
            FileSource(access.state_dir, "head.tar.gz", HEAD),
            *([tables["checkpoint"]] if engines["checkpoint"] == IN_TABLES else []),
            self._databases,
            FileSource(access.state_dir, "files.tar.gz", OTHERS),
            *([self._store] if self._store is not None else []),
            *([tables["used_permits"]] if engines["used_permits"] == IN_TABLES else []),
            *([ObjectSource(access.state_bucket, services)] if has_objects else []),
            *([MemoryRecordSource(access, services)] if engines["past_incidents"] == IN_MEMORY else []),
            ConfigurationSource(access, of.configuration),
            *([self.keys] if self.keys is not None else []),
        ]

    @property
    def as_of(self) -> datetime | None:
        """None where no moment is, because tables are read one after the other."""
        return None if self._store is not None else self._databases.as_of

    @property
    def record(self) -> int:
        return self._store.record if self._store is not None else self._databases.record

    @property
    def changed(self) -> ChangedMeanwhile:
        return self._store.changed if self._store is not None else ChangedMeanwhile()
