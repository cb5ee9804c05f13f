"""The health of a service that runs: its models and tool servers as the last calls met them. It asks none itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from sre_agent import degradation
from sre_agent.domain.degradation import Degradation, Limitation
from sre_agent.http.dependencies import DependencyKind, DependencyState, DependencyView
from sre_agent.http.service import RunEngine
from sre_agent.store import Store
from sre_agent.store.contract.storage_errors import STORAGE_ERRORS
from sre_agent.toolbox.server_health import ServerHealth

if TYPE_CHECKING:
    from sre_agent.model import Models
    from sre_agent.model.models import ModelHealth
    from sre_agent.toolbox.toolbox import Toolbox

_STATES: Final[dict[str, DependencyState]] = {
    "idle": "not_asked",
    "starting": "starting",
    "up": "ok",
    "cut_off": "failing",
    "failing": "failing",
}


class RunningHealth:
    """`writes` says whether anything may be changed, `left_out` of servers that are not there why. `clusters` tells of
    those of the table, and of their accounts."""

    def __init__(
        self,
        engine: RunEngine,
        store: Store,
        models: Models,
        toolbox: Toolbox,
        *,
        writes: bool,
        left_out: Mapping[str, str],
        clusters: Callable[[], list[DependencyView]] = list,
    ) -> None:
        self._engine, self._store = engine, store
        self._clusters = clusters
        self._models, self._toolbox, self._writes, self._left_out = models, toolbox, writes, left_out

    async def degradation(self) -> Degradation:
        if self._engine.state != "running":
            why = f"The engine is {self._engine.state}."
            return Degradation.of([Limitation(level="intake_only", why=why)])
        return await degradation.current(self._models, self._toolbox, writes=self._writes)

    def models(self) -> list[ModelHealth]:
        return self._models.health()

    def reused_answers(self) -> tuple[int, int]:
        return self._models.reused

    async def dependencies(self) -> list[DependencyView]:
        left_out = self._left_out.items()
        return [
            await self._storage(),
            DependencyView(kind="engine", name="engine", state=self._engine_state(), why=self._engine.state),
            *(_server("tool_server", one) for one in self._toolbox.health()),
            *(DependencyView(kind="tool_server", name=name, state="left_out", why=why) for name, why in left_out),
            *self._clusters(),
            *(_server("write_server", one) for one in self._toolbox.writers_health()),
            *(_model(one) for one in self._models.health()),
        ]

    async def _storage(self) -> DependencyView:
        try:
            await self._store.last_event()
            await self._store.next_message()
        except STORAGE_ERRORS as problem:
            return DependencyView(kind="storage", name="store", state="failing", why=str(problem))
        return DependencyView(kind="storage", name="store", state="ok")

    def _engine_state(self) -> DependencyState:
        if self._engine.state == "running":
            return "ok"
        return "starting" if self._engine.state == "starting" else "failing"


def _server(kind: DependencyKind, server_health: ServerHealth) -> DependencyView:
    state = "left_alone" if server_health.left_alone else _STATES[server_health.state]
    return DependencyView(
        kind=kind, name=server_health.name, state=state, why=server_health.why, until=server_health.until
    )


def _model(model_health: ModelHealth) -> DependencyView:
    if model_health.state != "closed":
        why = f"{model_health.failures} failures in a row"
        return DependencyView(
            kind="model", name=model_health.model, state="left_alone", why=why, until=model_health.until
        )
    return DependencyView(kind="model", name=model_health.model, state="ok" if not model_health.failures else "failing")
