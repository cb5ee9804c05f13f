"""Sweeps that were asked of the service."""

from __future__ import annotations

from typing import Final

from sre_agent.domain.sweep_run import SweepRun
from sre_agent.store.contract.bodies import sortable
from sre_agent.store.dynamodb.attributes import Value, pack, put
from sre_agent.store.dynamodb.parts import BODY, Part, bodies, body_of, in_a_thread

SWEEPS: Final = "sweep_run"


class SweepRunItems(Part):
    @in_a_thread
    def keep_sweep_run(self, run: SweepRun) -> None:
        place = f"{sortable(run.started_at)}#{run.id}"
        fields = {"namespace": run.namespace, "state": run.state, BODY: pack(run.model_dump_json())}
        self.items.write(put({"pk": f"sweep#{run.id}", "sk": BODY, **fields, "list": SWEEPS, "place": place}))

    @in_a_thread
    def sweep_run(self, run: str) -> SweepRun | None:
        return body_of(SweepRun, self.items.get(f"sweep#{run}", BODY))

    @in_a_thread
    def sweep_runs(
        self, *, namespace: str | None = None, done: bool = False, limit: int = 50, before: str = ""
    ) -> list[SweepRun]:
        last = self.items.get(f"sweep#{before}", BODY) if before else None
        if before and last is None:
            return []
        place = "" if last is None else str(last["place"])
        values: dict[str, Value] = {} if namespace is None else {"namespace": namespace}
        values |= {"state": "done"} if done else {}
        only = " AND ".join(f"#{name} = :{name}" for name in values)
        rows = self.items.in_list(SWEEPS, before=place, newest_first=True, most=limit, only=only, values=values)
        return bodies(SweepRun, rows)
