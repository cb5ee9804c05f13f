"""The figures that are looked up when `/metrics` is asked for: what waits, what it costs, and what works."""

from __future__ import annotations

from datetime import timedelta

from sre_agent.domain.degradation import LEVELS
from sre_agent.http.metrics import ServiceMetrics
from sre_agent.http.service import Service


async def update_metrics(service: Service, metrics: ServiceMetrics) -> None:
    """Set every gauge to what it is now."""
    now = service.clock.now()
    depth = await service.store.message_depth(now)
    counts = {"due": depth.due, "later": depth.later, "taken": depth.in_flight, "dead": depth.dead_letters}
    for state, count in counts.items():
        metrics.depth.labels(state).set(count)
    metrics.dead_letters.set(depth.dead_letters)
    metrics.oldest.set((now - depth.oldest_due).total_seconds() if depth.oldest_due is not None else 0.0)
    metrics.active.set(service.engine.busy)
    open_now = await service.store.incidents(only_open=True, limit=10_000)
    metrics.approvals.set(sum(bool(one.question) for one in open_now))
    metrics.cost.set(await service.store.model_dollars(since=now - timedelta(days=1)))
    level = await service.health.degradation()
    for name in LEVELS:
        metrics.level.labels(name).set(name == level.level)
    for model in service.health.models():
        metrics.provider.labels(model.provider, model.model).set(model.state == "closed")
    metrics.answers_reused(*service.health.reused_answers())
    for one in await service.health.dependencies():
        metrics.dependency.labels(one.kind, one.name).set(one.state not in ("failing", "left_alone"))
    if sweeps := await service.store.sweep_runs(done=True, limit=1):
        metrics.sweep_age.set((now - (sweeps[0].ended_at or sweeps[0].started_at)).total_seconds())
    if service.backup_age is not None:
        metrics.backup_age.set(await service.backup_age.seconds())
