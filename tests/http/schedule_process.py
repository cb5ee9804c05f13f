"""A process with the schedules of a service on a store that it shares, told by its parent what time it is.

A line in is a time at which it looks at its schedules; a line out is the number of sweeps that it then took. One that
`hangs` says so in the middle of a sweep and stays there, until it is killed.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime
from types import SimpleNamespace
from typing import cast

from sre_agent import logs
from sre_agent.domain.sweep import Sweep, SweepOptions
from sre_agent.http.service import Service
from sre_agent.http.sweep_runner import SweepRunner
from sre_agent.http.sweep_scheduler import SweepScheduler
from sre_agent.settings import Settings, StateAccess, SweepSettings
from sre_agent.slots import open_store
from sre_agent.sweep.changes import since

IN_A_SWEEP = "in a sweep"


class SetClock:
    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


class Sweeps:
    """An engine that finds nothing; one that hangs never says so."""

    def __init__(self, clock: SetClock, *, hangs: bool) -> None:
        self._clock, self._hangs = clock, hangs

    async def sweep(self, options: SweepOptions) -> Sweep:
        if self._hangs:
            print(IN_A_SWEEP, flush=True)
            await asyncio.Event().wait()
        at = self._clock.now()
        sweep = Sweep(id="sweep", cluster=options.cluster, namespace=options.namespace, taken_at=at, troubles=[])
        return since(options.before, sweep)


async def look_when_asked(access: StateAccess, sweeps: SweepSettings, begin: datetime, *, hangs: bool) -> None:
    clock, store = SetClock(begin), open_store(access)
    service = SimpleNamespace(clock=clock, store=store, sweeps=sweeps, engine=Sweeps(clock, hangs=hangs))
    scheduler = SweepScheduler(cast(Service, service), SweepRunner(cast(Service, service)))
    print("ready", flush=True)
    while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
        clock.moment = datetime.fromisoformat(line)
        print(len(await scheduler.look()), flush=True)
    await store.close()


def main() -> None:
    arguments = json.loads(sys.argv[1])
    settings = Settings(**arguments["settings"])
    begin = datetime.fromisoformat(arguments["begin"])
    with logs.write_to(settings.state.state_dir / "log.jsonl"):
        asyncio.run(look_when_asked(settings.state_access, settings.sweeps, begin, hangs=arguments["hangs"]))


if __name__ == "__main__":
    main()
