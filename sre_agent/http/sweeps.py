"""Health sweeps over HTTP: one look over a namespace or the cluster, and what changed since another. They only read."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from sre_agent.domain.namespace_grade import GRADE_RULE, NamespaceGrade
from sre_agent.domain.sweep import Sweep
from sre_agent.domain.sweep_run import SweepComparison, SweepRun, compared
from sre_agent.errors import AbsentError, NotNowError
from sre_agent.http.callers import Operator, Viewer
from sre_agent.http.idempotency import KeyedRoute
from sre_agent.http.service import Service
from sre_agent.http.sweep_runner import SweepRunner, as_it_stands

router: Final = APIRouter(prefix="/sweeps", tags=["sweeps"], route_class=KeyedRoute)
MOST: Final = 200  # sweeps of one page


class SweepRequest(BaseModel):
    """`namespace` empty: the whole cluster. `cluster`: one of the setting `clusters`; empty: the one that is meant
    anyway. `hygiene`: also bad practice that has not broken anything yet. `summary`: a few
    sentences by the chat model, where one is configured."""

    namespace: str = Field("", max_length=63)
    cluster: str = Field("", max_length=100)
    hygiene: bool = False
    summary: bool = False


class SweepAccepted(BaseModel):
    task_id: str
    status_url: str


class SweepLine(BaseModel):
    """A sweep in a list. `troubles` and `new` count what it found; both None while it is under way."""

    id: str
    cluster: str
    namespace: str
    schedule: str
    state: Literal["running", "done", "failed"]
    started_at: datetime
    ended_at: datetime | None
    troubles: int | None
    new: int | None


class GradePage(BaseModel):
    grades: list[NamespaceGrade]
    rule: str


class SweepPage(BaseModel):
    """`next` is the cursor of the page after this one; empty on the last."""

    sweeps: list[SweepLine]
    next: str = ""


@router.post("", status_code=202)
async def begin(request: Request, response: Response, caller: Operator, body: SweepRequest) -> SweepAccepted:
    """Start a sweep. The response does not wait for its end: poll `status_url` until `state` is not `running`."""
    runner: SweepRunner = request.app.state.sweeps
    run = await runner.start(
        body.namespace, hygiene=body.hygiene, summary=body.summary, by=caller.name, cluster=body.cluster
    )
    status_url = f"/sweeps/{run.id}"
    response.headers["location"] = status_url
    return SweepAccepted(task_id=run.id, status_url=status_url)


@router.get("")
async def list_sweeps(
    request: Request,
    caller: Viewer,
    namespace: Annotated[str | None, Query(max_length=63, description="empty: sweeps of the whole cluster")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    before: Annotated[str, Query(max_length=100, description="cursor: the last sweep of the previous page")] = "",
) -> SweepPage:
    """Newest first."""
    service: Service = request.app.state.service
    sweep_runs = await service.store.sweep_runs(namespace=namespace, limit=limit + 1, before=before)
    return SweepPage(
        sweeps=[_line(as_it_stands(one, service.clock.now())) for one in sweep_runs[:limit]],
        next=sweep_runs[limit - 1].id if sweep_runs[limit:] else "",
    )


@router.get("/grades")
async def list_grades(
    request: Request,
    caller: Viewer,
    namespace: Annotated[str | None, Query(max_length=63)] = None,
    cluster: Annotated[str, Query(max_length=100, description="empty: the only one")] = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> GradePage:
    """How namespaces were graded, newest first: an entry whenever a grade changed."""
    service: Service = request.app.state.service
    grades = await service.store.namespace_grades(cluster=cluster, namespace=namespace, limit=limit)
    return GradePage(grades=grades, rule=GRADE_RULE)


@router.get("/{sweep_id}")
async def get_sweep(request: Request, sweep_id: str, caller: Viewer) -> SweepRun:
    """The state of a sweep, and what it found."""
    service: Service = request.app.state.service
    sweep_run = await service.store.sweep_run(sweep_id)
    if sweep_run is None:
        raise AbsentError(f"There is no sweep {sweep_id!r}. GET /sweeps lists them.")
    return as_it_stands(sweep_run, service.clock.now())


@router.get("/{sweep_id}/comparison")
async def compare(
    request: Request,
    sweep_id: str,
    caller: Viewer,
    earlier: Annotated[
        str,
        Query(
            max_length=100, description="id of the sweep to compare with; empty: the previous sweep of the same place"
        ),
    ] = "",
) -> SweepComparison:
    """What is new, worse, unchanged, and fixed since an earlier sweep."""
    service: Service = request.app.state.service
    later = await get_sweep(request, sweep_id, caller)
    if earlier:
        other: SweepRun | None = await get_sweep(request, earlier, caller)
    else:
        before = await service.store.sweep_runs(namespace=later.namespace, done=True, limit=1, before=later.id)
        other = before[0] if before else None
    if other is None:
        raise AbsentError(f"There is no sweep before {sweep_id!r} of the same place. Name one with ?earlier=ID.")
    return compared(_sweep_of(other), _sweep_of(later))


def _sweep_of(run: SweepRun) -> Sweep:
    if run.sweep is None:
        raise NotNowError(f"The sweep {run.id} is {run.state}: there is nothing to compare. {run.why}".strip())
    return run.sweep


def _line(run: SweepRun) -> SweepLine:
    troubles = run.sweep.troubles if run.sweep is not None else None
    return SweepLine(
        id=run.id,
        cluster=run.cluster,
        namespace=run.namespace,
        schedule=run.schedule,
        state=run.state,
        started_at=run.started_at,
        ended_at=run.ended_at,
        troubles=None if troubles is None else len(troubles),
        new=None if troubles is None else sum(trouble.new for trouble in troubles),
    )
