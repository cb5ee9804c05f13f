"""Questions, sweeps and metric alarms: the same judgement for each."""

from __future__ import annotations

from tests.worlds import objects, triggers
from tests.worlds.parts import App, Draw
from tests.worlds.situation import OPEN, Expect, Told, situation
from tests.worlds.workloads import calm, serving_app


@situation("claims")
def question_whether_a_calm_one_is_healthy(draw: Draw) -> Told:
    app = serving_app(draw)
    text = draw.pick(
        f"is {app.name} healthy?", f"Is {app.name} in {app.namespace} ok?", f"is everything fine with {app.name}"
    )
    return Told(draw.world(), triggers.question(text), Expect(("well", "answered"), never=("not healthy|unhealthy",)))


def refused_at_the_entrance(draw: Draw) -> App:
    """A workload that serves, and an entrance whose requests to it are refused."""
    app = serving_app(draw)
    host = f"{draw.pick('www', 'shop', 'api')}.{draw.pick('acme', 'contoso')}.example.com"
    service = app.service["metadata"]["name"]
    draw.objects.append(objects.ingress(app.name, app.namespace, host, service))
    name = draw.pick("ingress-nginx-controller", "edge-controller")
    entrance = draw.app(draw.pick("ingress-nginx", "gateways"), name=name)
    entrance.service["spec"]["type"] = "LoadBalancer"
    entrance.service["status"] = {"loadBalancer": {"ingress": [{"hostname": objects.BALANCER}]}}
    lines = [
        f"2026/03/11 14:1{i % 10}:07 [error] 31#31: *{900 + i} connect() failed (111: Connection refused) while connect"
        f'ing to upstream, client: 10.0.1.{i}, server: {host}, upstream: "http://10.2.3.4:{app.port}/"'
        for i in range(20)
    ]
    draw.log(entrance, lines)
    return app


@situation("claims")
def question_about_one_whose_entrance_fails(draw: Draw) -> Told:
    app = refused_at_the_entrance(draw)
    text = draw.pick(f"is {app.name} healthy?", f"Is {app.name} reachable for users?")
    says = ("refused|50\\d|entrance|ingress|upstream",)
    return Told(draw.world(), triggers.question(text), Expect(("answered", "open", "cause"), says=says))


@situation("claims")
def sweep_over_a_namespace_whose_entrance_fails(draw: Draw) -> Told:
    app = refused_at_the_entrance(draw)
    says = (app.name, "refused|entrance")
    return Told(draw.world(), triggers.sweep(f"namespace {app.namespace}"), Expect(("open", "cause"), says=says))


@situation("claims")
def question_about_one_that_serves_and_complains(draw: Draw) -> Told:
    app = draw.app()
    what = draw.pick("ledger", "rates", "stock")
    line = draw.pick(
        f"ERROR cannot load {what}: checksum mismatch", f'level=error msg="reading {what} failed" err="short read"'
    )
    draw.log(app, ["INFO served 200", line] * 20, every=15)
    draw.bystanders()
    text = draw.pick(f"what is wrong with {app.name}?", f"What's wrong with the {app.name} pods in {app.namespace}?")
    right = Expect(("answered", "open", "cause"), says=(what,), never=(r"\bis (?:healthy|well)\b",))
    return Told(draw.world(), triggers.question(text), right)


@situation("claims")
def question_why_it_is_slow(draw: Draw) -> Told:
    app = serving_app(draw)
    text = draw.pick(
        f"why is {app.name} slow?",
        f"Why does {app.name} take so long to answer?",
        f"users say {app.name} is slow, why?",
    )
    return Told(draw.world(), triggers.question(text), Expect(("answered", "open")))


@situation("claims")
def sweep_over_a_service_of_the_wrong_protocol(draw: Draw) -> Told:
    app = serving_app(draw)
    app.service["spec"]["ports"][0]["protocol"] = "UDP"
    return Told(
        draw.world(),
        triggers.sweep(f"namespace {app.namespace}"),
        Expect(("open", "answered", "cause"), says=(app.name,)),
    )


@situation("claims")
def sweep_over_what_is_well(draw: Draw) -> Told:
    app = serving_app(draw)
    return Told(draw.world(), triggers.sweep(f"namespace {app.namespace}"), Expect(("well", "answered")))


@situation("claims")
def metric_alarm_on_latency_that_is_over(draw: Draw) -> Told:
    app = serving_app(draw)
    where = {"Service": app.name, "ClusterName": "recorded", "Namespace": app.namespace}
    draw.cloudwatch(
        "App/Requests", "Latency", where, [*calm(draw, 120, 30), *calm(draw, 2400, 8), *calm(draw, 120, 25)]
    )
    trigger = triggers.cloudwatch_alarm(
        f"{app.name}-latency",
        "App/Requests",
        "Latency",
        where,
        statistic="Average",
        threshold=1000,
        value=2400,
        minutes=30,
    )
    return Told(draw.world(), trigger, Expect(("well", "open")))


@situation("claims")
def metric_alarm_on_errors_without_points(draw: Draw) -> Told:
    app = serving_app(draw)
    where = {"Service": app.name, "ClusterName": "recorded", "Namespace": app.namespace}
    trigger = triggers.cloudwatch_alarm(
        f"{app.name}-{draw.pick('5xx', 'errors')}",
        "App/Requests",
        draw.pick("HTTPCode_Target_5XX_Count", "Errors", "FaultCount"),
        where,
        statistic="Sum",
        threshold=10,
        value=draw.number(20, 400),
    )
    return Told(draw.world(), trigger, OPEN)
