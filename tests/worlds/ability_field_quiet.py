"""Field reports of quiet nights: alarms of systems that are well, and alarms whose trouble is over."""

from __future__ import annotations

from dataclasses import replace

from tests.worlds import controllers, past, triggers, workloads
from tests.worlds.field_scenes import System, link, slowly, system, unheard, writes
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import WELL, Told, situation


def _well(draw: Draw, *, replicas: int = 0) -> tuple[System, App, App]:
    """A front and a service behind it that do their work, among others that do."""
    scene = system(draw)
    front, service = scene.front(), scene.app(draw.pick("cart", "search", "profile", "order"), replicas=replicas)
    link(draw, front, service)
    for app in (front, service):
        writes(draw, app)
    scene.others()
    return scene, front, service


@situation("field reports")
def restarts_that_never_were(draw: Draw) -> Told:
    """The rule counts the restarts of last month; the pods have run for days without one."""
    _, _, service = _well(draw, replicas=draw.number(1, 3))
    name, text = draw.pick(
        ("KubePodCrashLooping", "Pod of {} is in waiting state (reason: CrashLoopBackOff)"),
        ("PodRestartsHigh", "{} restarts too often"),
    )
    trigger = triggers.alertmanager(name, workloads.labels(draw, service), {"summary": text.format(service.name)})
    return Told(draw.world(), trigger, WELL)


@situation("field reports")
def error_ratio_that_is_as_ever(draw: Draw) -> Told:
    """The alarm names its measurement, and the measurement has not moved."""
    _, front, _ = _well(draw)
    own = {"namespace": front.namespace, "service": front.name}
    metric = draw.pick("http_error_ratio", "request_errors_ratio")
    draw.prometheus(metric, own, workloads.calm(draw, 0.002))
    expression = f'{metric}{{namespace="{front.namespace}",service="{front.name}"}} > 0.05'
    text = draw.pick(f"Error rate of {front.name} is above 5%", f"{front.name} burns its error budget")
    trigger = triggers.alertmanager(
        draw.pick("HighErrorRate", "SLOErrorBudgetFastBurn"), workloads.labels(draw, front), {"summary": text},
        generator=workloads.rule(expression),
    )  # fmt: skip
    return Told(draw.world(), trigger, WELL)


@situation("field reports")
def replicas_that_are_all_there(draw: Draw) -> Told:
    """The exporter that the rule asks lags behind; every pod is ready, and has been for days."""
    _, front, service = _well(draw, replicas=3)
    app = draw.pick(front, service)
    text = draw.pick(f"{app.name} has not matched the expected number of replicas", f"Pods of {app.name} are not ready")
    name = draw.pick("KubeDeploymentReplicasMismatch", "KubePodNotReady")
    trigger = triggers.alertmanager(name, workloads.labels(draw, app), {"summary": text}, minutes=draw.number(16, 40))
    return Told(draw.world(), trigger, WELL)


@situation("field reports")
def memory_that_is_far_from_its_limit(draw: Draw) -> Told:
    """A rule with a decimal point in the wrong place."""
    _, _, service = _well(draw, replicas=draw.number(1, 2))
    own = {"namespace": service.namespace, "service": service.name}
    draw.prometheus("container_memory_usage_ratio", own, workloads.calm(draw, draw.pick(0.31, 0.44)))
    for pod in service.pods:
        where = {"namespace": service.namespace, "pod": pod["metadata"]["name"]}
        draw.prometheus("container_memory_working_set_bytes", where, workloads.calm(draw, 0.4 * 256 * 2**20))
    expression = f'container_memory_usage_ratio{{namespace="{service.namespace}",service="{service.name}"}} > 0.9'
    trigger = triggers.alertmanager(
        draw.pick("ContainerMemoryHigh", "MemoryNearLimit"), workloads.labels(draw, service),
        {"summary": f"Memory of {service.name} is close to its limit"}, generator=workloads.rule(expression),
    )  # fmt: skip
    return Told(draw.world(), trigger, WELL)


@situation("field reports")
def node_that_has_come_back(draw: Draw) -> Told:
    """It was away for some minutes; its pods were made anew elsewhere and serve."""
    _, front, service = _well(draw, replicas=2)
    node, minutes = draw.node(), draw.number(6, 8)
    past.back(draw, node, minutes, draw.number(5, 9))
    draw.logs[:] = [log for log in draw.logs if log["pod"] not in {pod["metadata"]["name"] for pod in service.pods}]
    past.renew(service, minutes + 1)
    controllers.fresh(draw, service)
    writes(draw, service, since=minutes)
    where = {"node": node}
    trigger: Obj = draw.pick(
        triggers.alertmanager("KubeNodeNotReady", where, {"summary": f"{node} has been unready"}, minutes=minutes + 3),
        triggers.alertmanager(
            "KubeDeploymentReplicasMismatch", workloads.labels(draw, service),
            {"summary": f"{service.name} has not matched the expected number of replicas"}, minutes=minutes + 3,
        ),
    )  # fmt: skip
    classes = ("node_not_ready", "hardware_degraded", "node_reclaimed")
    return Told(draw.world(), trigger, replace(WELL, ends=("well", "cause"), classes=classes, innocent=(front.name,)))


@situation("field reports")
def errors_that_ended_with_a_restart_of_the_store(draw: Draw) -> Told:
    """The cache was restarted; for some minutes its client wrote errors, and since then none."""
    scene = system(draw)
    front, service = scene.front(), scene.app(draw.pick("cart", "session"))
    store = scene.store("redis", draw.pick("cart", "main"))
    first_host, store_host = link(draw, front, service), link(draw, service, store)
    minutes = draw.number(9, 11)
    past.end_run(store, minutes, code=draw.pick(0, 143), reason=draw.pick("Completed", "Error"))
    controllers.fresh(draw, store)
    writes(draw, store, since=minutes - 0.5)
    writes(draw, service, unheard(draw, store_host, "refused"), minutes=minutes + 3, until=minutes)
    writes(draw, front, slowly(draw, first_host), minutes=minutes + 3, until=minutes)
    own = {"namespace": front.namespace, "service": front.name}
    errors = [*workloads.calm(draw, 0.002, 47), *workloads.calm(draw, 0.4, 3), *workloads.calm(draw, 0.002, 10)]
    draw.prometheus("http_error_ratio", own, errors)
    expression = f'http_error_ratio{{namespace="{front.namespace}",service="{front.name}"}} > 0.05'
    scene.others()
    trigger = triggers.alertmanager(
        draw.pick("HighErrorRate", "ErrorBudgetBurn"), workloads.labels(draw, front),
        {"summary": f"{front.name} answers with errors"}, minutes=minutes + 1, generator=workloads.rule(expression),
    )  # fmt: skip
    return Told(draw.world(), trigger, replace(WELL, ends=("well", "cause"), innocent=(front.name,)))
