"""The right value stands in the cluster: in the revision before, in a sibling, under a near name; or nowhere."""

from __future__ import annotations

import copy

from tests.worlds import controllers, objects, past, triggers, unstarted, waiting
from tests.worlds.ability_proposals import NO_GUESS, alarm, containers, revise
from tests.worlds.ability_remedies import mistype
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import break_app, claim_volume

BACK = r"roll(?:ed|ing)? ?(?:it )?back|rollout undo|previous revision"


def second(draw: Draw, app: App) -> int:
    """As `revise`, with a hash of its own for what was before; the number of that revision."""
    number = revise(draw, app)
    before, digest = draw.objects[-1], draw.suffix(10)
    before["metadata"]["name"] = f"{app.name}-{digest}"
    for one in (before["metadata"], before["spec"]["template"]["metadata"]):
        one["labels"] = {**one["labels"], "pod-template-hash": digest}
    before["spec"]["selector"] = {"matchLabels": dict(before["metadata"]["labels"])}
    return number


def right(*says: str, classes: tuple[str, ...] = (), innocent: tuple[App, ...] = ()) -> Expect:
    names = tuple(one.name for one in innocent)
    return Expect(("cause",), classes, says=says, may_propose=True, innocent=names)


@situation("proposals")
def flag_whose_value_was_well_formed_a_revision_ago(draw: Draw) -> Told:
    app = draw.app()
    others = draw.bystanders()
    flag, good, bad, reason = draw.pick(
        ("cache-size", "512Mi", "512Mii", 'unknown unit "Mii" in size "512Mii"'),
        ("flush-interval", "30s", "30sec", 'time: unknown unit "sec" in duration "30sec"'),
        ("workers", "8", "8x", 'strconv.ParseInt: parsing "8x": invalid syntax'),
    )
    for container in containers(app):
        container["args"] = [f"--listen=:{app.port}", f"--{flag}={good}"]
    number = second(draw, app)
    for container in containers(app):
        container["args"] = [f"--listen=:{app.port}", f"--{flag}={bad}"]
    break_app(app, exit_code=2)
    controllers.fresh(draw, app)
    for pod in app.pods:
        lines = [f'invalid value "{bad}" for flag -{flag}: {reason}', f"Usage of /usr/bin/{app.name}:"]
        draw.log(app, [*lines, f"  -{flag} value"], pod=pod, every=1)
    expect = right(
        flag, rf"{flag}[ =]+\W*{good}\b|\b{good}\b(?!i|ec|x)|revision {number}|{BACK}", innocent=tuple(others)
    )
    return Told(draw.world(), alarm(draw, app), expect)


@situation("proposals")
def key_that_the_secret_spells_with_another_sign(draw: Draw) -> Told:
    app = draw.app()
    others = draw.bystanders()
    good, bad = draw.pick(("db-password", "db_password"), ("api_key", "api-key"), ("clientSecret", "client-secret"))
    name = f"{app.name}-credentials"
    unstarted.holds(draw, "Secret", name, app.namespace, good, "username")
    unstarted.takes(app, {"name": "SECRET_VALUE", "valueFrom": {"secretKeyRef": {"name": name, "key": bad}}})
    text = f"couldn't find key {bad} in Secret {app.namespace}/{name}"
    unstarted.waiting(draw, app, "CreateContainerConfigError", text, ("Failed", f"Error: {text}"))
    controllers.fresh(draw, app)
    expect = right(bad, rf"\b{good}\b", classes=("config_missing",), innocent=tuple(others))
    return Told(draw.world(), unstarted.alarm(draw, app), expect)


@situation("proposals")
def port_name_that_the_newest_release_calls_otherwise(draw: Draw) -> Told:
    """The Service targets the port by the name that it had until the last rollout."""
    app = draw.app()
    others = draw.bystanders(2)
    draw.chatter(app)
    old, new = draw.pick(("http", "http-web"), ("web", "http-api"), ("rest", "http-public"))
    for container in containers(app):
        container["ports"] = [{"name": old, "containerPort": app.port, "protocol": "TCP"}]
    second(draw, app)
    for container in containers(app):
        container["ports"] = [{"name": new, "containerPort": app.port, "protocol": "TCP"}]
    app.service["spec"]["ports"][0]["targetPort"] = old
    waiting.empty(draw, app)
    draw.objects[-1]["ports"] = []
    text = draw.pick(f"{app.name} refuses connections", f"Service {app.service['metadata']['name']} has no endpoints")
    trigger = triggers.alertmanager("TargetDown", {"namespace": app.namespace, "service": app.name}, {"summary": text})
    expect = right(rf"\b{new}\b|\b{app.port}\b|{BACK}", r"target ?port|port", innocent=tuple(others),
                   classes=("service_misdirected", "bad_rollout"))  # fmt: skip
    return Told(draw.world(), trigger, expect)


@situation("proposals")
def liveness_path_that_a_release_changed_and_does_not_serve(draw: Draw) -> Told:
    app = draw.app()
    others = draw.bystanders()
    old, new = draw.pick(
        ("/healthz", "/health"), ("/actuator/health/liveness", "/actuator/liveness"), ("/ping", "/live")
    )
    for container in containers(app):
        container["livenessProbe"] = {"httpGet": {"path": old, "port": app.port}, "periodSeconds": 10}
    number = second(draw, app)
    for container in containers(app):
        container["livenessProbe"] = {"httpGet": {"path": new, "port": app.port}, "periodSeconds": 10}
    break_app(app, exit_code=143, restarts=draw.number(5, 8))
    controllers.fresh(draw, app)
    for pod in app.pods:
        name = pod["spec"]["containers"][0]["name"]
        failed = "Liveness probe failed: HTTP probe failed with statuscode: 404"
        draw.objects += [
            objects.event(pod, "Unhealthy", failed, minutes=2.2, count=18),
            objects.event(pod, "Killing", f"Container {name} failed liveness probe, will be restarted", minutes=2.1,
                          kind="Normal"),
        ]  # fmt: skip
        lines = [f"INFO listening on :{app.port}", *[f"INFO GET {new} 404 0.2 ms kube-probe/1.31"] * 3]
        draw.log(app, [*lines, "INFO received SIGTERM, shutting down"], pod=pod, every=10)
    expect = right(new, rf"{old}(?![\w/])|revision {number}|{BACK}", classes=("liveness_wrong", "bad_rollout"),
                   innocent=tuple(others))  # fmt: skip
    return Told(draw.world(), alarm(draw, app), expect)


@situation("proposals")
def claim_that_is_there_under_a_name_almost_the_same(draw: Draw) -> Told:
    app = draw.app(replicas=1)
    others = draw.bystanders(2)
    good = claim_volume(draw, app)
    bad = mistype(draw, good)
    waiting.in_templates(app, volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": bad}}])
    text = f'0/2 nodes are available: persistentvolumeclaim "{bad}" not found. preemption: 0/2 nodes are available: 2 '
    waiting.leave_without_node(draw, app, f"{text}Preemption is not helpful for scheduling.")
    classes = ("volume_unprovisioned", "config_missing", "volume_unattachable", "config_wrong", "placement_impossible")
    expect = right(bad, good, classes=classes, innocent=tuple(others))
    return Told(draw.world(), waiting.complaint(draw, app), expect)


@situation("proposals")
def route_to_a_service_whose_name_is_mistyped(draw: Draw) -> Told:
    app = draw.app(service=f"{draw.name()}-svc")
    draw.chatter(app)
    others = draw.bystanders(2)
    host, good = f"www.{draw.suffix(5)}.example.org", str(app.service["metadata"]["name"])
    bad = mistype(draw, good)
    route = objects.ingress(f"{app.name}-edge", app.namespace, host, bad)
    kind: Obj = {"kind": "IngressClass", "metadata": {"name": "nginx"}, "spec": {"controller": "k8s.io/ingress-nginx"}}
    front = draw.app("ingress-nginx", name="ingress-nginx-controller", replicas=1)
    key = f"{app.namespace}/{bad}"
    why = f'Error obtaining Endpoints for Service "{key}": no object matching key "{key}" in local store'
    draw.log(front, [f"W0311 14:0{n}:11.018 7 controller.go:1112] {why}" for n in range(10)])
    draw.objects += [route, kind]
    trigger = triggers.alertmanager(
        "SiteDown", {"namespace": app.namespace, "ingress": route["metadata"]["name"]},
        {"summary": f"https://{host}/ answers 503"},
    )  # fmt: skip
    expect = right(bad, good, classes=("ingress_misrouted", "service_deleted"), innocent=(*others, front))
    return Told(draw.world(), trigger, expect)


@situation("proposals")
def registry_host_that_a_sibling_spells_rightly(draw: Draw) -> Told:
    app = draw.app()
    sibling = draw.app(app.namespace)
    draw.chatter(sibling)
    draw.bystanders(2)
    typo = draw.pick("registry.exmaple.com", "registy.example.com")
    good, wrong = app.image, app.image.replace("registry.example.com", typo)
    host = wrong.partition("/")[0]
    for one in (sibling.deployment["spec"]["template"], sibling.replica_set["spec"]["template"], *sibling.pods):
        one["spec"]["containers"] = copy.deepcopy(one["spec"]["containers"])
        one["spec"]["containers"][0]["image"] = good
    for pod in sibling.pods:
        pod["status"]["containerStatuses"][0]["image"] = good
    for container in containers(app):
        container["image"] = wrong
    for pod in app.pods:
        pod["status"]["containerStatuses"][0]["image"] = wrong
    path = wrong.partition("/")[2].replace(":", "/manifests/")
    problem = (
        f'failed to do request: Head "https://{host}/v2/{path}": dial tcp: lookup {host} on 10.0.0.2:53: no such host'
    )
    unstarted.fail_pull(draw, app, problem)
    controllers.fresh(draw, app)
    expect = Expect(("cause",), ("image_pull_failed", "registry_unreachable"), says=(host,), innocent=(sibling.name,),
                    remedy=("kubectl_set_image", {"name": app.name, "image": good}))  # fmt: skip
    return Told(draw.world(), unstarted.alarm(draw, app), expect)


@situation("proposals")
def tag_that_somebody_set_right_before_the_alarm_was_read(draw: Draw) -> Told:
    """The wrong tag is in the revision before; the present one serves, and nothing is left to change."""
    app = draw.app()
    draw.chatter(app)
    draw.bystanders(2)
    minutes = draw.number(9, 14)
    wrong = f"{app.image}-rc{draw.number(1, 9)}"
    before = past.rolled_out(draw, app, minutes, image=wrong)
    past.renew(app, minutes)
    before["metadata"]["creationTimestamp"] = objects.at(minutes + 20)
    pod = past.old_pod(draw, app, str(before["metadata"]["name"]))
    text = (
        f'Failed to pull image "{wrong}": rpc error: code = NotFound desc = failed to pull and unpack image "{wrong}": '
        f'failed to resolve reference "{wrong}": {wrong}: not found'
    )
    draw.objects.append(objects.event(pod, "Failed", text, minutes=minutes + 2))
    where = {"namespace": app.namespace, "deployment": app.name}
    summary = {"summary": f"Pods of {app.name} cannot pull their image"}
    trigger = triggers.alertmanager("ImagePullFailing", where, summary, minutes=minutes + 6)
    return Told(draw.world(), trigger, Expect(("well",)))


@situation("proposals")
def configmap_asked_for_where_a_secret_of_that_name_is(draw: Draw) -> Told:
    app = draw.app()
    others = draw.bystanders()
    name = f"{app.name}-{draw.pick('env', 'settings', 'runtime')}"
    unstarted.holds(draw, "Secret", name, app.namespace, "API_TOKEN", "DB_DSN")
    unstarted.holds(draw, "ConfigMap", "kube-root-ca.crt", app.namespace, "ca.crt")
    unstarted.takes(app, {"configMapRef": {"name": name}})
    text = f'configmap "{name}" not found'
    unstarted.waiting(draw, app, "CreateContainerConfigError", text, ("Failed", f"Error: {text}"))
    controllers.fresh(draw, app)
    expect = right(name, r"\bsecret", classes=("config_missing", "config_wrong"), innocent=tuple(others))
    return Told(draw.world(), unstarted.alarm(draw, app), expect)


@situation("proposals")
def cpu_request_that_lost_its_unit_in_a_release(draw: Draw) -> Told:
    app = draw.app()
    others = draw.bystanders(2)
    good = draw.pick("250m", "400m", "600m")
    for container in containers(app):
        container["resources"] = {"requests": {"cpu": good, "memory": "64Mi"}, "limits": {"memory": "256Mi"}}
    number = second(draw, app)
    for container in containers(app):
        container["resources"]["requests"]["cpu"] = good.removesuffix("m")
    text = (
        "0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: 2 Preemption is not helpful "
        "for scheduling."
    )
    waiting.leave_without_node(draw, app, text)
    expect = right("cpu", rf"\b{good}\b|revision {number}|{BACK}", innocent=tuple(others),
                   classes=("capacity_insufficient", "placement_impossible", "bad_rollout",
                            "rollout_stuck"))  # fmt: skip
    return Told(draw.world(), waiting.complaint(draw, app), expect)


@situation("proposals")
def database_whose_files_are_damaged(draw: Draw) -> Told:
    """Whatever is changed in the cluster, the data need a person."""
    app = draw.app(replicas=1, port=5432)
    others = draw.bystanders(2)
    for container in containers(app):
        container["image"] = "postgres:15.8"
    claim_volume(draw, app)
    break_app(app, restarts=draw.number(6, 20))
    controllers.stateful(draw, app)
    controllers.unready(app)
    controllers.fresh(draw, app)
    stamp = "2026-03-11 14:18:03.412 UTC"
    lines = [
        f"{stamp} [1] LOG:  starting PostgreSQL 15.8 (Debian 15.8-1.pgdg120+1) on x86_64-pc-linux-gnu",
        f"{stamp} [29] LOG:  database system was interrupted; last known up at 2026-03-11 13:40:51 UTC",
        f"{stamp} [29] LOG:  invalid primary checkpoint record",
        f"{stamp} [29] PANIC:  could not locate a valid checkpoint record",
        f"{stamp} [1] LOG:  startup process (PID 29) was terminated by signal 6: Aborted",
        f"{stamp} [1] LOG:  aborting startup due to startup process failure",
        f"{stamp} [1] LOG:  database system is shut down",
    ]
    draw.log(app, lines, pod=app.pods[0], every=1)
    trigger = past.alarm(draw, app, past.RESTARTS, minutes=12)
    expect = Expect(("cause", "open"), says=("checkpoint",), never=NO_GUESS, innocent=tuple(o.name for o in others))
    return Told(draw.world(), trigger, expect)


@situation("proposals")
def public_registry_that_has_counted_enough_pulls(draw: Draw) -> Told:
    """The image is right; another name or tag would only be a guess."""
    app = draw.app()
    others = draw.bystanders(2)
    image = draw.pick("docker.io/library/redis:7.4.1", "docker.io/grafana/loki:3.1.1", "docker.io/library/nginx:1.27.2")
    for container in containers(app):
        container["image"] = image
    repository, _, tag = image.removeprefix("docker.io/").partition(":")
    problem = (
        f"unexpected status from HEAD request to https://registry-1.docker.io/v2/{repository}/manifests/{tag}: 429 Too "
        "Many Requests: toomanyrequests: You have reached your unauthenticated pull rate limit. "
        "https://www.docker.com/increase-rate-limit"
    )
    unstarted.fail_pull(draw, app, problem)
    controllers.fresh(draw, app)
    expect = Expect(("cause",), ("registry_unreachable", "image_pull_failed", "quota_exceeded"), never=NO_GUESS,
                    says=(r"rate limit|too ?many ?requests|429",), innocent=tuple(o.name for o in others))  # fmt: skip
    return Told(draw.world(), unstarted.alarm(draw, app), expect)
