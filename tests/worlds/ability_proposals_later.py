"""The value that is evidently meant is proposed, exactly; where none is evident or safe, nothing is."""

from __future__ import annotations

import copy
from typing import Any

from tests.worlds import calling, controllers, objects, unstarted, waiting
from tests.worlds.ability_proposals import NO_GUESS, alarm, containers, revise
from tests.worlds.objects import Obj
from tests.worlds.outages import complains, uses
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import break_app, claim_volume


def among_others(draw: Draw) -> App:
    app = draw.app()
    draw.bystanders(2)
    return app


def set_all(app: App, **fields: Any) -> None:
    for container in containers(app):
        container.update(copy.deepcopy(fields))


def run_image(app: App, image: str) -> None:
    set_all(app, image=image)
    for pod in app.pods:
        pod["status"]["containerStatuses"][0]["image"] = image


def secret_key(name: str, key: str) -> Obj:
    return {"name": "API_TOKEN", "valueFrom": {"secretKeyRef": {"name": name, "key": key}}}


@situation("proposals")
def a_command_that_the_revision_before_had(draw: Draw) -> Told:
    app = among_others(draw)
    good, bad = draw.pick(
        ("/srv/bin/serve", "/srv/bin/server"), ("/app/start.sh", "/app/run.sh"), ("/opt/site/web", "/opt/web")
    )
    set_all(app, command=[good])
    number = revise(draw, app)
    set_all(app, command=[bad])
    break_app(app, exit_code=128)
    text = (
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
        f'unable to start container process: exec: "{bad}": stat {bad}: no such file or directory: unknown'
    )
    for pod in app.pods:
        last = pod["status"]["containerStatuses"][0]["lastState"]["terminated"]
        last.update(reason="StartError", message=text)
        draw.objects.append(objects.event(pod, "Failed", f"Error: {text}", count=draw.number(5, 12)))
    controllers.fresh(draw, app)
    says = (bad.replace(".", r"\."), rf"{good.replace('.', r'[.]')}\b|revision {number}\b")
    expect = Expect(("cause",), ("bad_command", "bad_rollout"), (app.subject,), says=says, may_propose=True)
    return Told(draw.world(), alarm(draw, app), expect)


@situation("proposals")
def a_secret_of_a_near_name(draw: Draw) -> Told:
    """One Secret alone is called nearly so, and it holds the key that is asked for."""
    app = among_others(draw)
    key = draw.pick("token", "api-key")
    good = f"{app.name}-{draw.pick('credentials', 'secrets', 'tokens')}"
    bad = draw.pick(good[:-1], good[:-2] + good[-1], good.replace("-", "", 1))
    set_all(app, env=[secret_key(bad, key)])
    unstarted.holds(draw, "Secret", good, app.namespace, key)
    unstarted.holds(draw, "Secret", f"{draw.name()}-tls", app.namespace, "tls.crt", "tls.key")
    text = f'secret "{bad}" not found'
    unstarted.waiting(draw, app, "CreateContainerConfigError", text, ("Failed", f"Error: {text}"))
    controllers.fresh(draw, app)
    remedy = ("kubectl_set_reference", {"name": app.name})
    expect = Expect(("cause",), ("config_missing",), says=(good,), remedy=remedy)
    return Told(draw.world(), alarm(draw, app), expect)


@situation("proposals")
def a_request_that_grew_a_thousandfold(draw: Draw) -> Told:
    """Somebody wrote Gi for Mi; the revision before tells what was meant."""
    app = among_others(draw)
    amount = draw.pick(256, 384, 512)
    right, wrong = f"{amount}Mi", f"{amount}Gi"
    set_all(app, resources={"requests": {"cpu": "50m", "memory": right}, "limits": {"memory": right}})
    number = revise(draw, app)
    set_all(app, resources={"requests": {"cpu": "50m", "memory": wrong}, "limits": {"memory": wrong}})
    waiting.leave_without_node(draw, app, "0/2 nodes are available: 2 Insufficient memory.")
    classes = ("capacity_insufficient", "placement_impossible", "bad_rollout", "rollout_stuck")
    says = (wrong, rf"{right}|revision {number}\b")
    return Told(draw.world(), alarm(draw, app), Expect(("cause",), classes, says=says, may_propose=True))


@situation("proposals")
def an_image_over_which_siblings_disagree(draw: Draw) -> Told:
    """Two others run the same image with two other tags: which of them was meant, nobody can tell."""
    app = among_others(draw)
    repository = app.image.rpartition(":")[0]
    for tag in draw.rng.sample(range(10, 99), 2):
        run_image(draw.app(app.namespace), f"{repository}:{tag}.0")
    bad = f"{repository}:{draw.number(100, 199)}.0"
    run_image(app, bad)
    unstarted.fail_pull(draw, app, f"{bad}: not found")
    controllers.fresh(draw, app)
    expect = Expect(("cause",), ("image_pull_failed",), says=(bad.replace(".", r"\."),), never=NO_GUESS)
    return Told(draw.world(), alarm(draw, app), expect)


@situation("proposals")
def a_probe_path_that_the_revision_before_had(draw: Draw) -> Told:
    app = among_others(draw)
    good, bad = draw.pick(("/healthz", "/health-check"), ("/internal/ready", "/ready"), ("/status/up", "/status/ok"))
    probe = {"periodSeconds": 10, "failureThreshold": 3}
    set_all(app, readinessProbe={**probe, "httpGet": {"path": good, "port": app.port}})
    number = revise(draw, app)
    set_all(app, readinessProbe={**probe, "httpGet": {"path": bad, "port": app.port}})
    for pod in app.pods:
        pod["status"]["conditions"][0].update(
            status="False", reason="ContainersNotReady", lastTransitionTime=objects.at(20)
        )
        pod["status"]["containerStatuses"][0]["ready"] = False
        text = "Readiness probe failed: HTTP probe failed with statuscode: 404"
        draw.objects.append(objects.event(pod, "Unhealthy", text, minutes=0.2, count=draw.number(80, 120)))
        draw.log(app, [f"INFO GET {bad} 404", "INFO served 1 request"] * 12, pod=pod, every=10)
    unstarted.unavailable(app, 20)
    controllers.fresh(draw, app)
    says = (bad, rf"{good}\b|revision {number}\b")
    classes = ("readiness_wrong", "bad_rollout")
    expect = Expect(("cause",), classes, (app.subject,), says=says, may_propose=True)
    return Told(draw.world(), alarm(draw, app), expect)


@situation("proposals")
def a_key_that_the_config_map_spells_otherwise(draw: Draw) -> Told:
    """The object is there, and holds one key, whose name differs by a little."""
    app = among_others(draw)
    good, bad = draw.pick(("app.yaml", "app.yml"), ("log-level", "loglevel"), ("settings.json", "setting.json"))
    name = f"{app.name}-{draw.pick('config', 'files')}"
    unstarted.holds(draw, "ConfigMap", name, app.namespace, good)
    variable = {"name": "SETTINGS", "valueFrom": {"configMapKeyRef": {"name": name, "key": bad}}}
    set_all(app, env=[variable])
    text = f"couldn't find key {bad} in ConfigMap {app.namespace}/{name}"
    unstarted.waiting(draw, app, "CreateContainerConfigError", text, ("Failed", f"Error: {text}"))
    controllers.fresh(draw, app)
    says = (rf"\b{bad.replace('.', r'[.]')}\b", rf"\b{good.replace('.', r'[.]')}\b")
    return Told(draw.world(), alarm(draw, app), Expect(("cause",), ("config_missing",), says=says, may_propose=True))


@situation("proposals")
def a_password_that_the_database_does_not_take(draw: Draw) -> Told:
    """The Secret is older than the pods: no restart helps, and the right password stands nowhere."""
    app = among_others(draw)
    host, user = f"{draw.name()}-db.{draw.suffix(9)}.eu-central-1.rds.amazonaws.com", draw.pick("web", "booking")
    name = f"{app.name}-db"
    unstarted.holds(draw, "Secret", name, app.namespace, "password")
    reference = {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": name, "key": "password"}}}
    set_all(app, env=[reference])
    uses(app, DB_HOST=host, DB_USER=user)
    complains(draw, app, f'FATAL:  password authentication failed for user "{user}" (server {host}, port 5432)')
    classes = ("login_refused", "secret_stale")
    expect = Expect(("cause", "open"), classes, says=("password|authentication|login",), never=NO_GUESS)
    return Told(draw.world(), calling.complaint(draw, app, "its database"), expect)


@situation("proposals")
def a_disk_that_is_full_and_cannot_grow(draw: Draw) -> Told:
    """Its class allows no growth, and what of the data may go is not for a machine to say."""
    app = draw.app(replicas=1)
    draw.bystanders(2)
    controllers.stateful(draw, app)
    claim_volume(draw, app)
    for one in draw.objects:
        if one["kind"] == "StorageClass":
            one["allowVolumeExpansion"] = False
    break_app(app)
    controllers.unready(app)
    controllers.fresh(draw, app)
    file = draw.pick("segment-00412", "index/7.cfs", "wal/000031")
    draw.log(app, ["opening data directory", f"FATAL: cannot write /data/{file}: No space left on device"], every=1)
    expect = Expect(("cause", "open"), ("volume_full", "crash_loop"), says=("no space|full",), never=NO_GUESS)
    return Told(draw.world(), unstarted.alarm(draw, app), expect)
