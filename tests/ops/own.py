"""A responder's own installation on the lab's clock: a store of its own, an account in moto, what happened in it."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sre_agent.aws_services.clients import AwsServices
from sre_agent.backup.installation import Installation
from sre_agent.backup.opening import open_place, sealing_of
from sre_agent.backup.writing import make_backup
from sre_agent.domain.base import Correctness, IncidentId
from sre_agent.domain.incident import Incident, Reason
from sre_agent.domain.incident_grade import IncidentGrade
from sre_agent.domain.message import Message
from sre_agent.domain.model_call import ModelCall
from sre_agent.domain.run import Outcome
from sre_agent.domain.signal import Signal
from sre_agent.ops.check import Occasion, OpsResult
from sre_agent.ops.checks import checks
from sre_agent.ops.installation import InstallationView
from sre_agent.ops.running import OpsReport, run
from sre_agent.progress import Event, Happening
from sre_agent.settings import ConfigurationCopy, Settings
from sre_agent.slots import open_store
from sre_agent.store import Store
from sre_lab.clock import VirtualClock
from tests.slots import moto

BEGIN: Final = datetime(2026, 9, 1, 6, tzinfo=UTC)  # a Tuesday
USUAL: Final[dict[str, Any]] = {"state_region": moto.REGION, "listen_port": 0}


class OwnClock:
    """The lab's clock as the responder reads it."""

    def __init__(self, start: datetime) -> None:
        self.virtual = VirtualClock(start.timestamp())

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.virtual.now(), UTC)

    def move_to(self, when: datetime) -> None:
        self.virtual.advance_to(when.timestamp())

    async def sleep_until(self, when: datetime) -> None:
        self.move_to(when)


class OwnInstallation:
    """`installation` is what checks get; the methods are what happens to it."""

    def __init__(self, installation: InstallationView, store: Store, clock: OwnClock) -> None:
        self.installation, self.store, self.clock = installation, store, clock
        self._numbers = itertools.count(1)

    async def report(self, occasion: Occasion) -> OpsReport:
        return await run(occasion, checks(occasion), self.installation)

    async def result(self, name: str) -> OpsResult:
        """Of the check of this name, now."""
        (row,) = [row for row in checks() if row.name == name]
        (result,) = (await run(row.occasion, [row], self.installation)).results
        return result

    async def incident(self, reason: Reason = "no_fault", *, diagnosis_after: float | None = 30.0) -> IncidentId:
        """One that was opened two minutes ago and has ended now."""
        name, at = IncidentId(f"inc-{next(self._numbers)}"), self.clock.now() - timedelta(minutes=2)
        signal = Signal(id=name, source="webhook", title="it is slow", received_at=at, fingerprint=name)
        new = Incident(id=name, fingerprint=name, title=signal.title, severity="SEV2", opened_at=at, signals=[signal])
        await self.store.attach_or_create(signal, new)
        await self.event("incident.opened", name, at)
        if diagnosis_after is not None:
            await self.event("diagnosis", name, at + timedelta(seconds=diagnosis_after))
        epoch = await self.store.lease(name, "holder", self.clock.now(), 60)
        assert epoch is not None
        status = Outcome.of(reason).status
        await self.store.update(name, epoch, status=status, reason=reason, ended_at=self.clock.now())
        await self.store.release(name, epoch)
        return name

    async def event(
        self, kind: Happening, incident: str, at: datetime | None = None, name: str = "", **data: Any
    ) -> None:
        self.store.record(Event(kind=kind, incident=incident, at=at or self.clock.now(), name=name, data=data))
        await self.store.recorded()

    async def dead_letter(self, incident: IncidentId) -> str:
        now, dedup = self.clock.now(), f"signal:{incident}:dead"
        await self.store.add_message(Message(kind="signal", incident=incident, dedup=dedup, not_before=now))
        epoch = await self.store.lease(incident, "holder", now, 60)
        assert epoch is not None
        delivery = await self.store.take_message(incident, epoch, now, 60)
        assert delivery is not None
        await self.store.bury_message(delivery, "failed five times")
        await self.store.release(incident, epoch)
        return dedup

    async def spend(self, dollars: float, *, model: str = "large", agent: str = "metrics") -> None:
        await self.store.keep_model_call(
            ModelCall(
                id=f"call-{next(self._numbers)}", agent=agent, model=model, tier="large", at=self.clock.now(),
                seconds=1.0, outcome="answered", dollars=dollars,
            )
        )  # fmt: skip

    async def grade(self, incident: IncidentId, correctness: Correctness, confidence: float = 0.9) -> None:
        await self.store.keep_grade(
            IncidentGrade(
                correctness=correctness, incident=incident, by="ada", at=self.clock.now(), verdict="cause",
                failure_class="bad_rollout", confidence=confidence,
            )
        )  # fmt: skip

    def back_up(self) -> None:
        settings, services = self.installation.settings, self.installation.services
        target = Installation(settings.state_access, ConfigurationCopy.of(settings), services, self.clock)
        place = open_place(settings.backup.backup_to, services, settings.state_access)
        make_backup(target, place, sealing_of(settings.backup, services), with_keys=True, tell=lambda part: None)

    async def ask(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """Somebody else's call in the account."""
        return await self.installation.services.call(service, operation, **params)


@asynccontextmanager
async def own_installation(folder: Path, start: datetime = BEGIN, **settings: Any) -> AsyncIterator[OwnInstallation]:
    clock = OwnClock(start)
    fields: dict[str, Any] = {"state_dir": folder / "state", "state_endpoint_url": moto.address(), **USUAL, **settings}
    own = Settings(**fields)
    services, store = AwsServices(own.state_access), open_store(own.state_access)
    try:
        yield OwnInstallation(
            InstallationView(own, clock, services, state_store=store, open_store=open_store), store, clock
        )
    finally:
        services.close()
        await store.close()
