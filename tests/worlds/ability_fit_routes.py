"""Ports, protocols, hosts and routes: what one object says beside what the other has."""

from __future__ import annotations

from tests.worlds import calling, objects, triggers, waiting
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import labels


def listening(draw: Draw, port: int, host: str = "0.0.0.0") -> str:
    """What a server says when it is up: each framework in its own way."""
    return str(
        draw.pick(
            f"INFO: Uvicorn running on http://{host}:{port} (Press CTRL+C to quit)",
            f"Listening on {host}:{port}",
            f'level=info msg="server started" addr={host}:{port}',
            f"Tomcat started on port {port} (http) with context path ''",
            f"[INFO] Listening at: http://{host}:{port} (1)",
            f"* Running on http://{host}:{port}",
        )
    )


def fail_probe(draw: Draw, app: App, port: int, kind: str = "readinessProbe") -> None:
    """Its probe asks this port and is refused."""
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"][0][kind] = {"httpGet": {"path": "/healthz", "port": port}, "periodSeconds": 10}
    name = "Readiness" if kind == "readinessProbe" else "Liveness"
    for pod in app.pods:
        address = f"10.2.3.4:{port}"
        message = (
            f'{name} probe failed: Get "http://{address}/healthz": dial tcp {address}: connect: connection refused'
        )
        draw.objects.append(objects.event(pod, "Unhealthy", message, count=draw.number(20, 300), minutes=1))
        pod["status"]["conditions"][0].update(
            status="False", reason="ContainersNotReady", lastTransitionTime=objects.at(30)
        )
        pod["status"]["containerStatuses"][0].update(ready=False)
    app.deployment["status"].update(readyReplicas=0, availableReplicas=0, unavailableReplicas=app.replicas)
    app.replica_set["status"].update(readyReplicas=0, availableReplicas=0)
    waiting.empty(draw, app)


@situation("fit")
def probe_of_a_port_where_the_program_does_not_listen(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    wrong = app.port + draw.pick(1, 8, 100)
    fail_probe(draw, app, wrong)
    for pod in app.pods:
        draw.log(app, ["starting", listening(draw, app.port), "INFO ready"], pod=pod)
    return Told(
        draw.world(),
        waiting.complaint(draw, app),
        Expect(("cause",), ("readiness_wrong",), (app.subject,), (str(wrong), str(app.port)), may_propose=True),
    )


@situation("fit")
def program_that_listens_elsewhere_than_declared(draw: Draw) -> Told:
    """Probe, container and Service agree with each other; the program says that it listens on another port."""
    app = draw.app()
    draw.bystanders(2)
    real = app.port + draw.pick(1, 8, 100)
    fail_probe(draw, app, app.port)
    for pod in app.pods:
        draw.log(app, ["starting", listening(draw, real), "INFO ready"], pod=pod)
    return Told(
        draw.world(),
        waiting.complaint(draw, app),
        Expect(("cause",), ("readiness_wrong",), (app.subject,), (str(real), str(app.port)), may_propose=True),
    )


@situation("fit")
def service_to_a_port_where_the_program_does_not_listen(draw: Draw) -> Told:
    """No port is declared and nothing probes: only the program's own line tells."""
    caller, callee = calling.pair(draw)
    real = callee.port + draw.pick(1, 8, 100)
    for one in (callee.deployment["spec"]["template"], callee.replica_set["spec"]["template"], *callee.pods):
        one["spec"]["containers"][0].pop("ports", None)
    for pod in callee.pods:
        draw.log(callee, ["starting", listening(draw, real), "INFO ready"], pod=pod)
    draw.log(caller, calling.refusals(draw, calling.host_of(draw, callee, caller)))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, callee.name),
        Expect(("cause",), ("service_misdirected",), says=(str(real), str(callee.port)), may_propose=True),
    )


@situation("fit")
def program_that_listens_for_itself_alone(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    fail_probe(draw, app, app.port)
    line = draw.pick(
        f"Listening on 127.0.0.1:{app.port}",
        f"INFO: Uvicorn running on http://127.0.0.1:{app.port} (Press CTRL+C to quit)",
        f"server listening at localhost:{app.port}",
    )
    for pod in app.pods:
        draw.log(app, ["starting", line], pod=pod)
    return Told(
        draw.world(),
        waiting.complaint(draw, app),
        Expect(("open", "cause"), says=("127\\.0\\.0\\.1|localhost",), may_propose=True),
    )


@situation("fit")
def ports_that_fit(draw: Draw) -> Told:
    """The program listens where everybody asks."""
    app = draw.app()
    draw.bystanders(2)
    for pod in app.pods:
        draw.log(app, ["starting", listening(draw, app.port), "INFO ready"], pod=pod)
    text = {"summary": f"{app.name} cannot be reached"}
    return Told(
        draw.world(),
        triggers.alertmanager("ServiceUnreachable", labels(draw, app), text),
        Expect(("open",), never=("does not listen|another port",)),
    )


@situation("fit")
def named_target_port_that_no_pod_has(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    callee.service["spec"]["ports"][0]["targetPort"] = draw.pick("web", "http-api", "grpc")
    draw.log(caller, calling.refusals(draw, calling.host_of(draw, callee, caller)))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, callee.name),
        Expect(
            ("cause",),
            ("service_misdirected",),
            says=(str(callee.service["spec"]["ports"][0]["targetPort"]),),
            may_propose=True,
        ),
    )


@situation("fit")
def environment_names_a_service_that_is_not_there(draw: Draw) -> Told:
    """The program crashes and says little; its variable names a host that is near to a Service."""
    caller, callee = calling.pair(draw)
    real = callee.service["metadata"]["name"]
    wrong = draw.pick(real[:-1], real + "s", real + "-svc")
    calling.told_of(draw, caller, "BACKEND_URL", f"http://{wrong}:80", "env", "args")
    line = draw.pick("ERROR backend not available", "ERROR cannot fetch items", "ERROR upstream failed")
    draw.log(caller, [line] * 9)
    return Told(
        draw.world(),
        calling.complaint(draw, caller, "its backend"),
        Expect(("open", "cause"), says=(f"{wrong}", f"{real}\\b", "not exist|no Service|no such"), may_propose=True),
    )


@situation("fit")
def environment_names_services_that_are_there(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    calling.told_of(draw, caller, "BACKEND_URL", f"http://{calling.host_of(draw, callee, caller)}:80")
    draw.log(caller, ["ERROR cannot parse item 17", "INFO next item"] * 9)
    return Told(
        draw.world(),
        calling.complaint(draw, caller, "something"),
        Expect(("open",), never=("not exist|no such Service",)),
    )


def _asks(draw: Draw, app: App, host: str) -> Obj:
    text = draw.pick(f"https://{host}/ answers 503", f"{host} is not available", f"5xx at {host}")
    return triggers.alertmanager(
        "IngressErrors", labels(draw, app), {"summary": draw.pick(f"{app.name}: {text}", text)}
    )


@situation("fit")
def ingress_to_a_service_that_is_not_there(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    host = f"{draw.pick('www', 'shop')}.{draw.pick('acme', 'contoso')}.example.com"
    wrong = app.service["metadata"]["name"] + draw.pick("-svc", "s", "-web")
    draw.objects.append(objects.ingress(app.name, app.namespace, host, wrong))
    return Told(
        draw.world(),
        _asks(draw, app, host),
        Expect(("cause", "open"), ("ingress_misrouted",), says=(wrong,), may_propose=True),
    )


@situation("fit")
def ingress_to_a_port_that_is_not_there(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    host = f"{draw.pick('www', 'shop')}.{draw.pick('acme', 'contoso')}.example.com"
    draw.objects.append(objects.ingress(app.name, app.namespace, host, app.service["metadata"]["name"], 8443))
    where = {"namespace": app.namespace, "ingress": app.name}
    trigger = triggers.alertmanager("IngressErrors", where, {"summary": f"503 at {host}"})
    return Told(
        draw.world(),
        trigger,
        Expect(("cause",), ("ingress_misrouted",), says=("8443",), may_propose=True),
    )
