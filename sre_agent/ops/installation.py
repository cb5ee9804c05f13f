"""What checks look at: the settings, the store and the AWS account of this responder, as of one moment."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sre_agent.aws_services.clients import AwsServices
from sre_agent.clock import Clock
from sre_agent.domain.incident import Incident
from sre_agent.errors import SettingsError
from sre_agent.progress import Event
from sre_agent.settings import Settings, StateAccess
from sre_agent.store import IncidentFilter, Store

PAGE: Final = 500
EVENTS: Final = 50_000  # that one check reads at most
INCIDENTS: Final = 10_000
FileFault = tuple[Literal["warning", "problem"], str]  # how bad, and what
LONGEST_RUN: Final = timedelta(days=7)  # from opening to end; an approval question is over long before


@dataclass(frozen=True)
class InstallationView:
    """`folder_faults` are those of the state folder as they were before anything opened it; `services` asks the account
    that keeps the state. `open_store` opens another store; `environment` are this process's variables."""

    settings: Settings
    clock: Clock
    services: AwsServices
    state_store: Store | None = None
    open_store: Callable[[StateAccess], Store] | None = None
    store_problem: str = ""
    folder_faults: Sequence[FileFault] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        """Raises SettingsError where it could not be opened."""
        if self.state_store is None:
            raise SettingsError(self.store_problem or "There is no store.")
        return self.state_store

    @property
    def name(self) -> str:
        """Of the installation on AWS; empty where it is not there."""
        return self.settings.operations.installation

    def since(self, days: float) -> datetime:
        return self.clock.now() - timedelta(days=days)

    async def incidents(self, since: datetime) -> list[Incident]:
        """Opened or ended since then, newest first; INCIDENTS at most."""
        result: list[Incident] = []
        before, which = "", IncidentFilter(opened_from=since - LONGEST_RUN)
        while page := await self.store.incidents(limit=PAGE, before=before, which=which):
            result += [one for one in page if max(one.opened_at, one.ended_at or one.opened_at) >= since]
            before = page[-1].id
            if len(result) >= INCIDENTS:
                return result[:INCIDENTS]
        return result

    async def events(self, since: datetime) -> AsyncIterator[Event]:
        """Of the record since then, newest page first; EVENTS at most."""
        last, read = await self.store.last_event(), 0
        while last > 0 and read < EVENTS:
            first = max(0, last - PAGE)
            page = [one for one in await self.store.events(after=first, limit=PAGE) if one.seq <= last]
            for one in page:
                if one.event.at >= since:
                    yield one.event
            if page and page[0].event.at < since:
                return
            last, read = first, read + PAGE

    async def record_begins(self, since: datetime) -> datetime:
        """Since when the record is there to be read, at the earliest since then."""
        last = await self.store.last_event()
        first = await self.store.events(after=max(0, last - EVENTS), limit=1)
        return max(since, first[0].event.at) if first else self.clock.now()

    async def ask(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """One operation in the installation's own account; raises as `AwsServices.ask`."""
        return await self.services.call(service, operation, **params)

    async def pages(self, service: str, operation: str, key: str, **params: Any) -> list[Any]:
        """All that an operation lists under `key`; raises as `AwsServices.ask`."""

        def read() -> list[Any]:
            return [one for page in self.services.pages(service, operation, **params) for one in page.get(key, [])]

        return await self.services.run(read)
