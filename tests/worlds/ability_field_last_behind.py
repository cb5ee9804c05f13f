"""More incidents as people tell them: what is slow or down stands behind the one that is complained of, or is over."""

from __future__ import annotations

from tests.worlds import calling, controllers, objects, past, triggers
from tests.worlds.ability_field_last import errors, slowness
from tests.worlds.ability_proposals import containers
from tests.worlds.outages import calls, complains, outage, uses
from tests.worlds.parts import Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import autoscaler, break_app, calm, labels, rule


@situation("field reports")
def release_that_asks_once_for_every_row(draw: Draw) -> Told:
    """The front is slow because a callee, since its release, makes hundreds of queries for one request."""
    front, callee = calling.pair(draw)
    store = draw.app(callee.namespace, replicas=1, port=5432)
    draw.chatter(store)
    host = calls(draw, front, callee)
    calls(draw, callee, store, "DB_URL", "postgres")
    minutes = draw.number(17, 30)
    past.rolled_out(draw, callee, minutes)
    past.renew(callee, minutes)
    path = draw.pick("/v1/products", "/v1/basket", "/v1/history")
    complains(draw, callee, f"WARN GET {path} took {draw.number(3100, 6200)} ms: {draw.number(300, 900)} queries, "
              f"{draw.number(2900, 3050)} ms in the database")  # fmt: skip
    complains(draw, front, draw.pick(
        f"WARN upstream http://{host}{path} took {draw.number(3200, 6300)} ms",
        f'level=warning msg="slow upstream" url=http://{host}{path} took=4.{draw.number(10, 99)}s',
    ))  # fmt: skip
    return outage(draw, [front, callee, store], slowness(draw, front), says=(callee.name,), innocent=(store.name,),
                  classes=("bad_rollout", "calls_slow", "database_degraded"))  # fmt: skip


@situation("field reports")
def login_service_that_was_given_a_tenth_of_its_processor(draw: Draw) -> Told:
    gateway, auth = calling.pair(draw)
    host = calls(draw, gateway, auth, "AUTH_URL")
    minutes = draw.number(18, 35)
    for container in containers(auth):
        container["resources"] = {"requests": {"cpu": "50m", "memory": "64Mi"},
                                  "limits": {"cpu": "600m", "memory": "256Mi"}}  # fmt: skip
    past.rolled_out(draw, auth, minutes)
    past.renew(auth, minutes)
    for container in containers(auth):
        container["resources"]["limits"]["cpu"] = "60m"
    for pod in auth.pods:
        own = {
            "namespace": auth.namespace,
            "pod": pod["metadata"]["name"],
            "container": pod["spec"]["containers"][0]["name"],
        }
        before, after = 60 - minutes, minutes
        periods = [600.0 * n for n in range(60)]
        throttled = [3.0 * n for n in range(before)] + [3.0 * before + 560.0 * n for n in range(after)]
        draw.prometheus("container_cpu_cfs_periods_total", own, periods)
        draw.prometheus("container_cpu_cfs_throttled_periods_total", own, throttled)
    complains(draw, auth, f"WARN verifying a password took {draw.number(2900, 5100)} ms")
    complains(draw, gateway, draw.pick(
        f'ERROR auth check failed: Post "http://{host}/verify": context deadline exceeded (Client.Timeout exceeded '
        "while awaiting headers)",
        f"ERROR auth check at http://{host}/verify timed out after 3000ms",
    ))  # fmt: skip
    classes = ("cpu_throttled", "limits_shrunk", "bad_rollout", "calls_slow", "dependency_unreachable", "config_wrong")
    return outage(draw, [gateway, auth], slowness(draw, gateway), classes=classes, says=(auth.name,))


@situation("field reports")
def workers_that_take_all_connections_since_they_are_more(draw: Draw) -> Told:
    """Every worker holds a pool of twenty; since the autoscaler made them twelve, the shop gets no connection."""
    shop = draw.app()
    workers = draw.app(shop.namespace, replicas=12)
    store = draw.app(shop.namespace, replicas=1, port=5432)
    for container in containers(store):
        container.update(image="postgres:16.4", args=["-c", "max_connections=200"])
    calls(draw, shop, store, "DB_URL", "postgres")
    calls(draw, workers, store, "DB_URL", "postgres")
    uses(workers, POOL_MIN="20", POOL_MAX="20")
    uses(shop, POOL_MAX="10")
    minutes = draw.number(16, 26)
    scaler = autoscaler(draw, workers, most=15, desired=12)
    text = "New size: 12; reason: cpu resource utilization (percentage of request) above target"
    draw.objects += [scaler, objects.event(scaler, "SuccessfulRescale", text, minutes=minutes, count=1, kind="Normal")]
    for pod in workers.pods[3:]:
        pod["metadata"]["creationTimestamp"] = pod["status"]["startTime"] = objects.at(minutes)
        pod["status"]["conditions"][0]["lastTransitionTime"] = objects.at(minutes - 0.4)
        pod["status"]["containerStatuses"][0]["state"] = {"running": {"startedAt": objects.at(minutes - 0.2)}}
    for pod in workers.pods:
        draw.log(workers, ["INFO pool ready: 20 of 20 connections", *["INFO took a batch of 100"] * 12], pod=pod)
    problem = "FATAL:  sorry, too many clients already"
    complains(draw, shop, draw.pick(f"ERROR psycopg2.OperationalError: connection to server failed: {problem}",
                                    f"ERROR org.postgresql.util.PSQLException: {problem}"))  # fmt: skip
    draw.log(store, [f"2026-03-11 14:1{n}:31.201 UTC [{4000 + n}] {problem}" for n in range(10)])
    return outage(draw, [shop, workers, store], errors(draw, shop), says=("too many clients|connection",),
                  classes=("pool_exhausted", "database_degraded", "traffic_surge", "config_wrong"))  # fmt: skip


@situation("field reports")
def confirmations_that_nobody_sends_any_more(draw: Draw) -> Told:
    """People complain of the shop; it hands its messages over, and who should take them ends at each one."""
    shop = draw.app()
    sender = draw.app(shop.namespace, replicas=draw.number(1, 2))
    broker = draw.app(shop.namespace, replicas=1, port=5672)
    draw.chatter(broker)
    queue = draw.pick("order-mails", "confirmations", "receipts")
    for one in (shop, sender):
        calls(draw, one, broker, "AMQP_URL", "amqp")
        uses(one, QUEUE=queue)
    minutes = draw.number(17, 29)
    past.rolled_out(draw, sender, minutes)
    past.renew(sender, minutes)
    break_app(sender, restarts=draw.number(5, 8))
    controllers.fresh(draw, sender)
    field = draw.pick("customer_email", "locale", "order_total")
    for pod in sender.pods:
        pod["status"]["conditions"][0]["lastTransitionTime"] = objects.at(minutes - 1)
        draw.log(sender, [
            f"INFO consuming {queue}", "Traceback (most recent call last):",
            '  File "/app/sender/render.py", line 58, in render', f'    return template.format(msg["{field}"])',
            f"KeyError: '{field}'",
        ], pod=pod, every=1)  # fmt: skip
    sender.deployment["status"]["conditions"][0]["lastTransitionTime"] = objects.at(minutes - 1)
    waiting = 40
    complains(
        draw, shop, f"INFO published to {queue}", f"WARN queue {queue} holds {waiting * draw.number(80, 300)} messages"
    )
    text = draw.pick(f"Order confirmations of {shop.name} are late", f"{shop.name}: queue {queue} grows")
    trigger = triggers.alertmanager("ConfirmationsDelayed", labels(draw, shop), {"summary": text})
    classes = ("bad_rollout", "crash_loop", "queue_backlog", "poison_message")
    return outage(draw, [shop, sender, broker], trigger, classes=classes, says=(sender.name,), innocent=(broker.name,))


@situation("field reports")
def address_of_one_instance_that_is_no_writer_since_a_failover(draw: Draw) -> Told:
    """One program was given the instance, its neighbour the cluster's own name, which follows the writer."""
    app = draw.app()
    other = draw.app(app.namespace)
    draw.chatter(other)
    draw.bystanders(1)
    name = draw.pick("orders", "ledger", "stock")
    domain = "cb4rtu2kqxyz.eu-central-1.rds.amazonaws.com"
    uses(app, DB_HOST=f"{name}-instance-1.{domain}")
    uses(other, DB_HOST=f"{name}.cluster-{domain}")
    complains(draw, app, draw.pick(
        "ERROR org.postgresql.util.PSQLException: ERROR: cannot execute UPDATE in a read-only transaction",
        "ERROR psycopg2.errors.ReadOnlySqlTransaction: cannot execute INSERT in a read-only transaction",
        'level=error msg="write failed" err="ERROR: cannot execute INSERT in a read-only transaction (SQLSTATE 25006)"',
    ))  # fmt: skip
    return outage(draw, [app, other], errors(draw, app), says=("read-only",), innocent=(other.name,),
                  classes=("database_read_only", "database_degraded", "env_wrong", "config_wrong"))  # fmt: skip


@situation("field reports")
def outage_of_a_partner_that_was_over_before_anybody_looked(draw: Draw) -> Told:
    """Half an hour ago the partner answered 503 for some minutes; since then everything works."""
    app = draw.app()
    draw.bystanders(2)
    host = f"{draw.pick('pay', 'cards', 'sepa')}.partner.example.net"
    uses(app, PARTNER_URL=f"https://{host}")
    minutes = draw.number(28, 36)
    per_minute = 3
    before = (60 - minutes) * per_minute
    work = [f"INFO POST https://{host}/v1/charge 201 in {draw.number(80, 190)} ms" for _ in range(60 * per_minute)]
    bad = [f"WARN POST https://{host}/v1/charge 503 Service Unavailable, retry-after 2"] * (5 * per_minute)
    for pod in app.pods:
        draw.log(app, [*work[:before], *bad, *work[before + len(bad) :]], pod=pod, every=60 / per_minute)
    own, metric = {"namespace": app.namespace, "service": app.name}, "http_error_ratio"
    draw.prometheus(metric, own, [*calm(draw, 0.003, 60 - minutes), *calm(draw, 0.5, 5),
                                  *calm(draw, 0.003, minutes - 5)])  # fmt: skip
    source = rule(f'{metric}{{namespace="{app.namespace}",service="{app.name}"}} > 0.05')
    text = {"summary": f"Error rate of {app.name} is high"}
    trigger = triggers.alertmanager("HighErrorRate", own, text, minutes=minutes - 1, generator=source)
    return Told(draw.world(), trigger, Expect(("well",)))
