"""Who stands where on a path: the chain of callers, how each knows the next, who looks on, and where people notice."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Final

from tests.worlds import calling, controllers, objects, triggers, workloads
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.path_lines import Manner, lines
from tests.worlds.path_links import BrokenLink


def chain(draw: Draw, hops: int, *, kinds: bool) -> list[App]:
    """Client, so many in between, and the one at the end; `kinds`: they may be no Deployments."""
    place = draw.place()
    apps: list[App] = []
    for _ in range(hops + 2):
        namespace = draw.pick(place, place, draw.place())
        apps.append(draw.app(namespace, service=draw.pick("", draw.name())))
    if kinds:
        for app in apps:
            draw.pick(_as_is, _as_is, _as_is, controllers.stateful)(draw, app)
            controllers.fresh(draw, app)
    return apps


def _as_is(draw: Draw, app: App) -> None:
    """A Deployment."""


def host_of(draw: Draw, callee: App, namespace: str) -> str:
    name, place = callee.service["metadata"]["name"], callee.namespace
    forms = [f"{name}.{place}", f"{name}.{place}.svc", f"{name}.{place}.svc.cluster.local"]
    return str(draw.pick(*forms, *([name] * 3 if place == namespace else [])))


Known = Callable[[Draw, App, str, int, Manner], None]


def by_log(draw: Draw, caller: App, host: str, port: int, manner: Manner) -> None:
    """The caller's own log names whom it misses."""
    _write(draw, caller, lines(draw, manner, host, port))


def _write(draw: Draw, caller: App, text: list[str]) -> None:
    """Every replica meets the same."""
    every = draw.number(5, 25)
    for pod in caller.pods:
        draw.log(caller, text, pod=pod, every=every)


def by_log_and_configuration(draw: Draw, caller: App, host: str, port: int, manner: Manner) -> None:
    calling.told_of(draw, caller, _key(draw), f"http://{host}:{port}")
    by_log(draw, caller, host, port, manner)


def by_configuration(draw: Draw, caller: App, host: str, port: int, manner: Manner) -> None:
    """The log tells of errors and names nobody."""
    calling.told_of(draw, caller, _key(draw), draw.pick(f"http://{host}:{port}", f"{host}:{port}", f"http://{host}/v1"))
    _write(draw, caller, lines(draw, "nameless", host, port))


def by_alias(draw: Draw, caller: App, host: str, port: int, manner: Manner) -> None:
    """The caller knows an ExternalName Service of its own namespace."""
    name, _, rest = host.partition(".")
    place = (rest or caller.namespace).split(".")[0]
    alias: Obj = {
        "kind": "Service",
        "metadata": objects.meta(draw.name(), caller.namespace, 4000, {}),
        "spec": {"type": "ExternalName", "externalName": f"{name}.{place}.svc.cluster.local"},
    }
    draw.objects.append(alias)
    by_log(draw, caller, alias["metadata"]["name"], port, manner)


def in_two_lines(draw: Draw, caller: App, host: str, port: int, manner: Manner) -> None:
    """Whom it calls, and what came of it, stand in different lines."""
    call = draw.pick(
        f"INFO calling http://{host}:{port}/v1", f"connecting to {host}:{port} ...", f"GET http://{host}:{port}/v1"
    )
    what = {
        "refused": "curl: (7) Failed to connect: Connection refused",
        "timeout": "curl: (28) Operation timed out after 5001 milliseconds with 0 bytes received",
    }.get(manner)
    _write(draw, caller, [call, what] * draw.number(8, 16) if what else lines(draw, manner, host, port))


def _key(draw: Draw) -> str:
    return str(draw.pick("BACKEND_URL", "ORDERS_ADDR", "UPSTREAM", "API_BASE_URL", "PEER_HOST", "SERVICE_ENDPOINT"))


NAMED: Final[tuple[Known, ...]] = (by_log, by_log, by_log_and_configuration, in_two_lines)


def connect(draw: Draw, apps: list[App], broken_link: BrokenLink, last: Known) -> None:
    """What each of the chain writes: those before the last caller are answered badly by the next."""
    *_, caller, callee = apps
    host = broken_link.host or host_of(draw, callee, caller.namespace)
    last(draw, caller, host, broken_link.port or 80, draw.pick(*broken_link.felt))
    for one, after in itertools.pairwise(apps[:-1]):
        way = draw.pick(by_log, by_log_and_configuration, by_configuration)
        way(draw, one, host_of(draw, after, one.namespace), 80, "answered")


def onlookers(draw: Draw, apps: list[App], *ways: str) -> None:
    """Who has nothing to do with it, though it stands near."""
    first, place = apps[0], apps[-1].namespace
    if "well" in ways:
        for _ in range(draw.number(1, 3)):
            draw.chatter(draw.app(place))
    if "sick" in ways:  # crashes elsewhere, and nobody on the path calls it
        workloads.sick(draw, draw.pick(place, draw.place()))
    if "policy" in ways:
        other = draw.app(place)
        calling.policy(draw, other, place, ingress=[], age=draw.number(20, 9000))
    if "callee" in ways:  # the client calls another one, which is well
        other = draw.app(first.namespace)
        draw.chatter(other)
        variable = {"name": "OTHER_URL", "value": f"http://{host_of(draw, other, first.namespace)}"}
        for one in (first.deployment["spec"]["template"], first.replica_set["spec"]["template"], *first.pods):
            container = one["spec"]["containers"][0]
            one["spec"]["containers"][0] = {**container, "env": [*container.get("env", []), variable]}


def clients(draw: Draw, apps: list[App], broken_link: BrokenLink, *, hurt: bool) -> list[App]:
    """More of those who call the last one, each in its own words. `hurt`: the client itself crashes for want of it."""
    if hurt:
        first = apps[0]
        workloads.break_app(first)
        if first.deployment["kind"] != "Deployment":
            controllers.unready(first)
        controllers.fresh(draw, first)
        return []
    caller = apps[-2]
    others = [draw.app(caller.namespace) for _ in range(draw.number(1, 2))]
    for one in others:
        host = broken_link.host or host_of(draw, apps[-1], one.namespace)
        by_log(draw, one, host, broken_link.port or 80, draw.pick(*broken_link.felt))
    return others


def together(draw: Draw, trigger: Obj, others: list[App]) -> None:
    """One group of alerts: about the first client, and about each of the others."""
    alerts = trigger["payload"]["alerts"]
    for one in others:
        where = {"alertname": alerts[0]["labels"]["alertname"], "severity": "warning", **workloads.labels(draw, one)}
        alerts.append({**alerts[0], "labels": where, "annotations": {"summary": f"{one.name} answers with errors"}})
    trigger["payload"]["commonLabels"] = {"severity": "warning"}
    trigger["payload"]["commonAnnotations"] = {}


def complaint_about(draw: Draw, apps: list[App], where: str) -> Obj:
    """The alarm or question, in the words of whoever notices. `where`: workload, route, namespace, question, hook,
    metric, or several clients at once."""
    first, after = apps[0], apps[1].name
    share, code = draw.number(12, 96), draw.pick(500, 502, 503, 504)
    if where == "route":
        at = f"{draw.pick('www', 'my', 'portal')}.{draw.suffix(5)}.example.org"
        route = objects.ingress(f"{draw.name()}-edge", first.namespace, at, first.service["metadata"]["name"])
        kind = {"kind": "IngressClass", "metadata": {"name": "nginx"}, "spec": {"controller": "k8s.io/ingress-nginx"}}
        draw.objects += [route, kind]
        text = draw.pick(f"https://{at} returns {code}", f"probe of {at} fails: status {code}")
        labels = {"namespace": first.namespace, "ingress": route["metadata"]["name"]}
        return triggers.alertmanager(draw.pick("SiteDown", "ProbeFailed"), labels, {"summary": text})
    if where == "namespace":
        text = draw.pick(f"{share}% of requests in {first.namespace} fail", f"errors in namespace {first.namespace}")
        return triggers.alertmanager("NamespaceErrors", {"namespace": first.namespace}, {"summary": text})
    if where == "question":
        text = draw.pick(
            f"why does {first.name} in {first.namespace} answer with {code}?",
            f"users of {first.name} (namespace {first.namespace}) see errors, what is the cause?",
            f"{first.name} in {first.namespace} cannot reach {after}, why?",
        )
        return triggers.question(text)
    if where == "hook":
        text = draw.pick(f"{first.name} answers {code}", f"{first.name}: {share}% errors", f"{first.name} is failing")
        return triggers.webhook(text, labels={"namespace": first.namespace, "service": first.name})
    if where == "metric":
        dimensions = {"Namespace": first.namespace, "Service": first.name}
        name = f"{first.name}-{draw.pick('5xx', 'errors')}"
        return triggers.cloudwatch_alarm(
            name, "Custom/Http", "5xxCount", dimensions, statistic="Sum", threshold=10, value=float(share)
        )
    text = draw.pick(
        f"{share}% of requests to {first.name} fail",
        f"Error rate of {first.name} is {share} %",
        f"{first.name} cannot reach {after}",
        f"{first.name} burns its error budget: {share}% of requests fail",
        f"success rate of {first.name} fell to {100 - share}%",
    )
    name = draw.pick("HighErrorRate", "RequestsFailing", "UpstreamErrors", "ErrorBudgetBurn")
    return triggers.alertmanager(name, workloads.labels(draw, first), {"summary": text})
