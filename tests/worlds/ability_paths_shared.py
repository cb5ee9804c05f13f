"""Several that fail at once: what they share, in one namespace or in many, and namespaces of which errors are told."""

from __future__ import annotations

from tests.worlds import calling, controllers, triggers, workloads
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation


def of_a_namespace(draw: Draw, place: str) -> Obj:
    """Only the namespace is told."""
    share = draw.number(12, 80)
    text = draw.pick(
        f"{share}% of requests in namespace {place} fail",
        f"Error rate of {place} is {share} %",
        f"workloads in {place} return 5xx",
    )
    name = draw.pick("NamespaceErrorRate", "ErrorBudgetBurn", "TooManyErrors")
    return triggers.alertmanager(name, {"namespace": place}, {"summary": text})


def crash(draw: Draw, app: App) -> None:
    workloads.break_app(app, exit_code=draw.pick(1, 2, 134))
    for pod in app.pods:
        draw.log(app, ["starting", draw.pick("panic: bad index", "FATAL no such table")], pod=pod)
    controllers.fresh(draw, app)


def cause(subject: str, *says: str) -> Expect:
    return Expect(("cause",), subjects=(subject,), says=says, may_propose=True)


@situation("paths")
def namespace_that_fails_for_one_of_its_own(draw: Draw) -> Told:
    callee = draw.app()
    crash(draw, callee)
    for _ in range(draw.number(2, 3)):
        one = draw.app(callee.namespace)
        draw.log(one, draw.pick(calling.refusals, calling.timeouts)(draw, calling.host_of(draw, callee, one)))
    draw.app()
    return Told(draw.world(), of_a_namespace(draw, callee.namespace), cause(callee.subject))


@situation("paths")
def namespace_that_fails_for_one_elsewhere(draw: Draw) -> Told:
    """Nothing in the namespace is unhealthy: its programs say whom they cannot reach, in another namespace."""
    callee = draw.app()
    crash(draw, callee)
    place = draw.place()
    for _ in range(draw.number(2, 3)):
        one = draw.app(place)
        draw.log(one, draw.pick(calling.refusals, calling.timeouts)(draw, calling.host_of(draw, callee, one)))
    draw.chatter(draw.app(place))
    return Told(draw.world(), of_a_namespace(draw, place), cause(callee.subject))


@situation("paths")
def namespace_whose_names_nobody_answers(draw: Draw) -> Told:
    dns = calling.name_server(draw)
    workloads.break_app(dns, exit_code=1)
    place = draw.place()
    for _ in range(draw.number(2, 3)):
        one = draw.app(place)
        draw.log(one, calling.no_dns_answer(draw, f"{draw.name()}.{draw.place()}.svc.cluster.local"))
    expect = Expect(("cause",), ("cluster_dns_broken", "crash_loop"), says=("dns",), may_propose=True)
    return Told(draw.world(), of_a_namespace(draw, place), expect)


@situation("paths")
def namespace_that_a_policy_closed(draw: Draw) -> Told:
    calling.name_server(draw)
    place = draw.place()
    policy = calling.policy(draw, None, place, egress=[{"ports": [{"port": 53, "protocol": "UDP"}]}])
    for _ in range(draw.number(2, 3)):
        callee, one = draw.app(), draw.app(place)
        draw.log(one, calling.timeouts(draw, calling.host_of(draw, callee, one)))
    expect = Expect(("cause",), ("network_policy_blocks",), says=(policy["metadata"]["name"],), may_propose=True)
    return Told(draw.world(), of_a_namespace(draw, place), expect)


@situation("paths")
def namespace_of_which_errors_are_told_and_none_are_seen(draw: Draw) -> Told:
    place = draw.place()
    for _ in range(draw.number(2, 4)):
        draw.chatter(draw.app(place))
    return Told(draw.world(), of_a_namespace(draw, place), Expect(("open",)))


@situation("paths")
def namespace_with_two_that_complain_of_a_host_outside(draw: Draw) -> Told:
    place = draw.place()
    host = f"{draw.pick('orders', 'ledger')}.{draw.suffix(6)}.cache.amazonaws.com"
    for _ in range(2):
        draw.log(draw.app(place), calling.timeouts(draw, host, 6379))
    draw.chatter(draw.app(place))
    expect = Expect(("open", "cause"), ("dependency_unreachable",), says=(host,))
    return Told(draw.world(), of_a_namespace(draw, place), expect)


@situation("paths")
def clients_of_two_namespaces_and_the_database_of_a_third(draw: Draw) -> Told:
    base = draw.app(port=5432)
    base.service["spec"]["ports"][0]["port"] = 5432
    subject = controllers.stateful(draw, base)
    workloads.break_app(base, exit_code=137)
    for pod in base.pods:
        pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["reason"] = "OOMKilled"
    base.deployment["status"].update(readyReplicas=0)
    base.deployment["status"].pop("conditions", None)
    controllers.fresh(draw, base)
    clients = [draw.app(), draw.app()]
    for one in clients:
        draw.log(one, calling.refusals(draw, calling.host_of(draw, base, one), 5432))
    trigger = calling.complaint(draw, clients[0], "its database")
    first = trigger["payload"]["alerts"][0]
    where = {"alertname": first["labels"]["alertname"], "severity": "warning", **workloads.labels(draw, clients[1])}
    second = {**first, "labels": where, "annotations": {"summary": f"{clients[1].name} answers with errors"}}
    trigger["payload"]["alerts"].append(second)
    trigger["payload"]["commonLabels"], trigger["payload"]["commonAnnotations"] = {"severity": "warning"}, {}
    return Told(draw.world(), trigger, cause(subject))


@situation("paths")
def worker_whose_broker_is_down(draw: Draw) -> Told:
    """The error names no host; the address stands in a variable with a user and a password."""
    worker, broker = calling.pair(draw)
    crash(draw, broker)
    host = calling.host_of(draw, broker, worker)
    url = draw.pick(f"amqp://app:guest@{host}:5672/%2f", f"redis://:pw@{host}:6379/0", f"nats://{host}:4222")
    calling.told_of(draw, worker, draw.pick("BROKER_URL", "QUEUE", "CELERY_BROKER"), url, "env", "config")
    line = draw.pick(
        "ERROR consumer: connection refused, trying again in 5 s",
        "pika.exceptions.AMQPConnectionError: connection refused",
        'level=error msg="cannot connect to broker" err="connection refused"',
    )
    draw.log(worker, [line] * draw.number(12, 25))
    text = {"summary": f"{worker.name} has not processed a message for {draw.number(10, 40)} minutes"}
    trigger = triggers.alertmanager("ConsumerStuck", workloads.labels(draw, worker), text)
    return Told(draw.world(), trigger, cause(broker.subject))


@situation("paths")
def sweep_of_callers_and_the_one_that_is_down(draw: Draw) -> Told:
    callee = draw.app()
    crash(draw, callee)
    for _ in range(2):
        one = draw.app(callee.namespace)
        draw.log(one, calling.refusals(draw, calling.host_of(draw, callee, one)))
        calling.told_of(draw, one, "PEER_URL", f"http://{calling.host_of(draw, callee, one)}")
    return Told(
        draw.world(),
        triggers.sweep(f"namespace {callee.namespace}"),
        Expect(("open", "answered", "cause"), says=(callee.name,)),
    )
