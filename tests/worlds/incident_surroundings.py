"""What stands around an incident and has nothing to do with it: old defects, changes that did no harm, blind spots.

Each of `SURROUNDINGS` gives the names on which no cause may sit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.worlds import calling, controllers, objects, past, workloads
from tests.worlds.ability_several_faults import configless, crashing, fail_pull
from tests.worlds.ability_time_causes import old
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw

Names = tuple[str, ...]
UNREAD: Final = ("pods/log", "services", "endpoints", "networkpolicies", "nodes", "events", "configmaps", "replicasets")


def broken_for_weeks(draw: Draw, apps: list[App]) -> Names:
    """A neighbour in the same namespace."""
    other = draw.app(apps[0].namespace)
    old(draw, other)
    controllers.fresh(draw, other)
    return (other.name,)


def callee_broken_for_weeks(draw: Draw, apps: list[App]) -> Names:
    """The first is configured with it, has lived without it all the time, and names it in no line."""
    other = draw.app(draw.pick(apps[0].namespace, draw.place()))
    old(draw, other)
    controllers.fresh(draw, other)
    also_calls(apps[0], f"{other.service['metadata']['name']}.{other.namespace}.svc.cluster.local")
    return (other.name, str(other.service["metadata"]["name"]))


def also_calls(app: App, host: str) -> None:
    variable = {"name": "AUDIT_URL", "value": f"http://{host}"}
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        container = one["spec"]["containers"][0]
        one["spec"]["containers"][0] = {**container, "env": [*container.get("env", []), variable]}


def broken_by_chance(draw: Draw, apps: list[App]) -> Names:
    """A neighbour that broke in these minutes too; nobody calls it."""
    return (draw.pick(crashing, fail_pull, configless)(draw, apps[0].namespace).name,)


def claim_without_volume(draw: Draw, apps: list[App]) -> Names:
    name, age = f"data-{draw.suffix()}", draw.number(20, 90) * 1440
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}, "storageClassName": "gone"}
    claim: Obj = {"kind": "PersistentVolumeClaim", "metadata": objects.meta(name, apps[0].namespace, age, {})}
    draw.objects.append({**claim, "spec": spec, "status": {"phase": "Pending"}})
    return (name,)


def route_to_nowhere(draw: Draw, apps: list[App]) -> Names:
    stale = objects.ingress(draw.name(), apps[0].namespace, "old.example.com", draw.name())
    stale["metadata"]["creationTimestamp"] = objects.at(draw.number(40, 90) * 1440)
    draw.objects.append(stale)
    return (str(stale["metadata"]["name"]),)


def service_of_nobody(draw: Draw, apps: list[App]) -> Names:
    """It has selected no pod for weeks."""
    other = draw.app(apps[0].namespace)
    (key, value), *_ = other.service["spec"]["selector"].items()
    other.service["spec"]["selector"] = {key: f"{value}-old"}
    keep = [o for o in draw.objects if o["kind"] != "EndpointSlice" or o["metadata"]["name"] != f"{other.name}-abcde"]
    draw.objects[:] = keep
    return (other.name,)


def run_that_failed_days_ago(draw: Draw, apps: list[App]) -> Names:
    name = f"{draw.name()}-{draw.pick('import', 'report')}"
    objs = workloads.job(draw, name, apps[0].namespace, failed=True)
    days = draw.number(2, 9) * 1440
    for one in objs:
        one["metadata"]["creationTimestamp"] = one["status"]["startTime"] = objects.at(days)
    objs[0]["status"]["conditions"][0]["lastTransitionTime"] = objects.at(days - 10)
    termination = objs[1]["status"]["containerStatuses"][0]["state"]["terminated"]
    termination.update(startedAt=objects.at(days), finishedAt=objects.at(days - 9))
    draw.objects += objs
    return (name,)


def policy_over_another(draw: Draw, apps: list[App]) -> Names:
    other = draw.app(apps[-1].namespace)
    network_policy = calling.policy(draw, other, other.namespace, ingress=[], age=draw.number(20, 9000))
    return (other.name, str(network_policy["metadata"]["name"]))


def quota_that_is_full(draw: Draw, apps: list[App]) -> Names:
    """It refused nothing."""
    name, hard = f"all-{draw.suffix(4)}", {"services": "9"}
    meta = objects.meta(name, apps[0].namespace, 9000, {})
    draw.objects.append({"kind": "ResourceQuota", "metadata": meta, "spec": {"hard": hard},
                         "status": {"hard": hard, "used": hard}})  # fmt: skip
    return (name,)


def node_that_was_away(draw: Draw, apps: list[App]) -> Names:
    node = draw.node()
    past.back(draw, node, draw.number(90, 200), draw.number(5, 12))
    return (node,)


def rollout_of_a_neighbour(draw: Draw, apps: list[App]) -> Names:
    other = draw.app(apps[0].namespace)
    minutes = draw.number(16, 30)
    past.rolled_out(draw, other, minutes)
    past.renew(other, minutes)
    draw.chatter(other)
    return (other.name,)


def restart_hours_ago(draw: Draw, apps: list[App]) -> Names:
    """A neighbour ran out of memory once, and has served since."""
    other = draw.app(apps[0].namespace)
    past.end_run(other, draw.number(150, 900), code=137, reason="OOMKilled", restarts=draw.number(1, 2))
    draw.chatter(other)
    return (other.name,)


def rollout_that_did_no_harm(draw: Draw, apps: list[App]) -> Names:
    """The workload itself was rolled out before the alarm, and its new pods serve: where the fault is elsewhere."""
    minutes = draw.number(26, 55)
    past.rolled_out(draw, apps[0], minutes)
    past.renew(apps[0], minutes)
    return ()


def callee_broken_by_chance(draw: Draw, apps: list[App]) -> Names:
    """Configured, broken in these minutes, and not the one of which the log speaks."""
    other = crashing(draw, apps[0].namespace)
    controllers.fresh(draw, other)
    also_calls(apps[0], f"{other.service['metadata']['name']}.{other.namespace}")
    return (other.name, str(other.service["metadata"]["name"]))


def complaint_for_hours(draw: Draw, apps: list[App]) -> Names:
    """The first has always complained of something that it can do without, at the same pace."""
    host = f"{draw.pick('statsd', 'audit', 'hints')}-{draw.suffix(4)}"
    line = draw.pick(
        f"WARN metrics push failed: dial tcp {host}:8125: connect: connection refused",
        f'level=error msg="audit sink" err="dial tcp: lookup {host}: no such host"',
        f"[warn] could not reach {host}:9411: Connection timed out",
    )
    for pod in apps[0].pods:
        name, container = pod["metadata"]["name"], pod["spec"]["containers"][0]["name"]
        old_lines = [f"{objects.at(2 * n)} {line}" for n in range(200, 0, -1)]
        logs = [log for log in draw.logs if (log["namespace"], log["pod"]) == (apps[0].namespace, name)]
        draw.logs[:] = [log for log in draw.logs if not any(log is one for one in logs)]
        text = sorted([*old_lines, *(ln for log in logs for ln in log["text"].splitlines())], key=lambda ln: ln[:19])
        draw.logs.append({"namespace": apps[0].namespace, "pod": name, "container": container, "previous": False,
                          "text": "\n".join(text)})  # fmt: skip
    return (host,)


def line_gone_by(draw: Draw, apps: list[App]) -> Names:
    """A single old line of a neighbour who is well."""
    other, host = draw.app(apps[0].namespace), f"{draw.name()}.{apps[0].namespace}"
    draw.log(other, [f"ERROR dial tcp {host}:6379: connect: connection refused", *["INFO served"] * 60], every=60)
    return (other.name,)


def run_that_failed_today(draw: Draw, apps: list[App]) -> Names:
    """Of a CronJob that nobody waits for."""
    line = draw.pick("ERROR no rates for today", "FATAL: input file is empty", "KeyError: 'total'")
    return (controllers.run(draw, apps[0].namespace, line, cron=True).rpartition("/")[2],)


def autoscaler_at_its_limit(draw: Draw, apps: list[App]) -> Names:
    """Of a neighbour, as long as anybody remembers."""
    other = draw.app(apps[0].namespace, replicas=3)
    scaler = workloads.autoscaler(draw, other, most=3, desired=3)
    for condition in scaler["status"]["conditions"]:
        condition["lastTransitionTime"] = objects.at(9000)
    draw.objects.append(scaler)
    return (other.name,)


def database_that_is_always_busy(draw: Draw, apps: list[App]) -> Names:
    """Somebody else's, at the same level for hours."""
    name = f"{draw.name()}-db"
    draw.cloudwatch("AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": name}, workloads.calm(draw, 88.0, 170))
    other = draw.app(apps[0].namespace)
    host = f"{name}.{draw.suffix(9)}.eu-central-1.rds.amazonaws.com"
    calling.told_of(draw, other, "DATABASE_URL", f"postgres://app@{host}:5432/x", "env")
    return (name, other.name)


def rollout_of_the_callee(draw: Draw, apps: list[App]) -> Names:
    """A neighbour that the first is configured to call was rolled out, and is well."""
    other = draw.app(apps[0].namespace)
    minutes = draw.number(16, 30)
    past.rolled_out(draw, other, minutes)
    past.renew(other, minutes)
    draw.chatter(other)
    also_calls(apps[0], f"{other.name}.{other.namespace}")
    return (other.name,)


def neighbour_on_its_node(draw: Draw, apps: list[App]) -> Names:
    """It crashes on the node of the first, in another namespace."""
    other = crashing(draw, draw.place())
    if apps[0].pods and "nodeName" in apps[0].pods[0]["spec"]:
        for pod in other.pods:
            pod["spec"]["nodeName"] = apps[0].pods[0]["spec"]["nodeName"]
    return (other.name,)


SURROUNDINGS: Final[tuple[Callable[[Draw, list[App]], Names], ...]] = (
    broken_for_weeks,
    callee_broken_for_weeks,
    broken_by_chance,
    claim_without_volume,
    route_to_nowhere,
    service_of_nobody,
    run_that_failed_days_ago,
    policy_over_another,
    quota_that_is_full,
    node_that_was_away,
    rollout_of_a_neighbour,
    restart_hours_ago,
    callee_broken_by_chance,
    complaint_for_hours,
    line_gone_by,
    run_that_failed_today,
    autoscaler_at_its_limit,
    database_that_is_always_busy,
    rollout_of_the_callee,
    neighbour_on_its_node,
)


def deny(draw: Draw, apps: list[App], resource: str) -> None:
    """The responder may not read this in the last one's namespace, or nowhere."""
    verb = "get" if "/" in resource else "list"
    message = f'{resource} is forbidden: User "sre-agent" cannot {verb} resource "{resource}"'
    scope = draw.pick("", apps[-1].namespace)
    draw.deny.append({"verb": verb, "resource": resource, "scope": scope, "message": message})
