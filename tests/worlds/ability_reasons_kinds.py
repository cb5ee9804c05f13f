"""The same reasons on workloads of other kinds, in init containers and in one container of several."""

from __future__ import annotations

from tests.worlds import controllers, objects, triggers, unstarted
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import break_app, serving_app

KINDS = (controllers.stateful, controllers.daemon)


def new_app(draw: Draw) -> App:
    """A StatefulSet or a DaemonSet that nobody has heard of trouble with."""
    app = draw.app()
    draw.pick(*KINDS)(draw, app)
    draw.bystanders(2)
    return app


def alarm(draw: Draw, app: App) -> Obj:
    kind = app.deployment["kind"]
    where = {"namespace": app.namespace, kind.lower(): app.name}
    name, text = draw.pick(
        (f"Kube{kind}ReplicasMismatch", f"{kind} {app.name} has not matched the expected number of replicas"),
        ("KubePodNotReady", f"Pods of {app.name} have been in a non-ready state for longer than 15 minutes"),
    )
    return triggers.alertmanager(name, where, {"summary": text}, minutes=draw.number(6, 15))


def cause(app: App, classes: tuple[str, ...], *says: str, never: tuple[str, ...] = ()) -> Expect:
    return Expect(("cause",), classes, (app.subject,), says, never, may_propose=True)


@situation("reasons")
def image_without_such_a_tag_of_another_kind(draw: Draw) -> Told:
    app = new_app(draw)
    tag = app.image.rsplit(":", 1)[1]
    unstarted.fail_pull(draw, app, f"{app.image}: not found")
    controllers.unready(app)
    return Told(
        draw.world(), alarm(draw, app), cause(app, ("image_pull_failed",), tag.replace(".", r"\."), "not found")
    )


@situation("reasons")
def configuration_without_the_key_of_another_kind(draw: Draw) -> Told:
    app = new_app(draw)
    name, key = f"{app.name}-settings", draw.pick("mode", "rates.yaml", "LEVEL")
    unstarted.holds(draw, "ConfigMap", name, app.namespace, "other")
    for one in (app.deployment["spec"]["template"], *app.pods):
        variable = {"name": "X", "valueFrom": {"configMapKeyRef": {"name": name, "key": key}}}
        one["spec"]["containers"] = [{**one["spec"]["containers"][0], "env": [variable]}]
    text = f"couldn't find key {key} in ConfigMap {app.namespace}/{name}"
    unstarted.waiting(draw, app, "CreateContainerConfigError", text, ("Failed", f"Error: {text}"))
    controllers.unready(app)
    return Told(draw.world(), alarm(draw, app), cause(app, ("config_missing",), name, key))


@situation("reasons")
def memory_that_runs_out_of_another_kind(draw: Draw) -> Told:
    app = new_app(draw)
    break_app(app, exit_code=137, restarts=draw.number(4, 20))
    for pod in app.pods:
        pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["reason"] = "OOMKilled"
    controllers.unready(app)
    return Told(draw.world(), alarm(draw, app), cause(app, ("oom_killed",), "memory|OOM"))


@situation("reasons")
def claim_that_no_class_serves(draw: Draw) -> Told:
    """The second pod of a StatefulSet waits for a volume."""
    app = draw.app(replicas=2)
    controllers.stateful(draw, app)
    claim, missing = f"data-{app.name}-1", draw.pick("fast", "ssd-xl", "encrypted")
    body: Obj = {
        "kind": "PersistentVolumeClaim",
        "metadata": objects.meta(claim, app.namespace, 30, {}),
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "8Gi"}},
                 "storageClassName": missing},
        "status": {"phase": "Pending"},
    }  # fmt: skip
    event_message = f'storageclass.storage.k8s.io "{missing}" not found'
    draw.objects += [body, objects.event(body, "ProvisioningFailed", event_message)]
    pod = app.pods[1]
    pod["spec"]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}]
    pod["spec"].pop("nodeName")
    message = "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims."
    pod["status"] = {
        "phase": "Pending",
        "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message,
                        "lastTransitionTime": objects.at(29)}],
    }  # fmt: skip
    draw.objects.append(objects.event(pod, "FailedScheduling", message))
    app.deployment["status"].update(readyReplicas=1, availableReplicas=1)
    app.deployment["status"].pop("conditions", None)
    expect = Expect(("cause",), ("volume_unprovisioned",), says=(claim, missing), may_propose=True)
    app.pods, pods = app.pods[:1], app.pods
    controllers.fresh(draw, app)
    app.pods = pods
    return Told(draw.world(), alarm(draw, app), expect)


def before(draw: Draw, app: App, name: str, image: str, state: Obj, last: Obj | None = None, restarts: int = 0) -> None:
    """An init container in this state, for which the others wait."""
    container = {"name": name, "image": image}
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["initContainers"] = [container]
    for pod in app.pods:
        status = pod["status"]
        status["phase"] = "Pending"
        status["conditions"][0].update(status="False", reason="ContainersNotReady", lastTransitionTime=objects.at(20))
        init_status = {"name": name, "image": image, "ready": False, "restartCount": restarts, "state": state}
        status["initContainerStatuses"] = [init_status | ({"lastState": last} if last else {})]
        status["containerStatuses"][0].update(
            ready=False, started=False, state={"waiting": {"reason": "PodInitializing"}}
        )
    unstarted.unavailable(app)


@situation("reasons")
def init_container_whose_image_is_missing(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    image = f"registry.example.com/{draw.pick('migrate', 'setup')}:{draw.number(1, 9)}.{draw.number(0, 20)}"
    message = f'Back-off pulling image "{image}"'
    before(
        draw, app, draw.pick("migrate", "setup"), image, {"waiting": {"reason": "ImagePullBackOff", "message": message}}
    )
    for pod in app.pods:
        pull_error = (
            f'Failed to pull image "{image}": rpc error: code = NotFound desc = failed to pull and unpack image '
        )
        draw.objects.append(objects.event(pod, "Failed", f'{pull_error}"{image}": {image}: not found'))
    expect = cause(app, ("image_pull_failed",), image.replace(".", r"\."), "not found")
    return Told(draw.world(), unstarted.alarm(draw, app), expect)


@situation("reasons")
def init_container_whose_migration_fails(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    line = draw.pick(
        'ERROR: relation "orders" already exists',
        "django.db.utils.ProgrammingError: column accounts.kind does not exist",
        "Migration checksum mismatch for migration version 14",
    )
    last_run = {"exitCode": 1, "reason": "Error", "startedAt": objects.at(3), "finishedAt": objects.at(2.9)}
    state = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container=migrate"}}
    before(draw, app, "migrate", "registry.example.com/migrate:4", state, {"terminated": last_run}, draw.number(4, 9))
    for pod in app.pods:
        draw.logs.append(
            {"namespace": app.namespace, "pod": pod["metadata"]["name"], "container": "migrate", "previous": False,
             "text": f"{objects.at(3)} INFO applying migrations\n{objects.at(2.9)} {line}"}
        )  # fmt: skip
    expect = Expect(("cause", "open"), subjects=(app.subject,), says=("migrate", line[-20:].replace("(", ".")),
                    may_propose=True)  # fmt: skip
    return Told(draw.world(), unstarted.alarm(draw, app), expect)


@situation("reasons")
def run_of_a_job_with_a_command_that_is_not_there(draw: Draw) -> Told:
    place = serving_app(draw).namespace
    program = draw.pick("/app/report", "python4", "/srv/sync.sh")
    subject = controllers.run(draw, place, cron=draw.pick(True, False))
    draw.logs.pop()
    pod = next(o for o in draw.objects if o["kind"] == "Pod" and "job-name" in o["metadata"]["labels"])
    text = (
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
        f'unable to start container process: exec: "{program}": stat {program}: no such file or directory: unknown'
    )
    pod["status"]["containerStatuses"][0]["state"]["terminated"].update(exitCode=128, reason="StartError", message=text)
    draw.objects.append(objects.event(pod, "Failed", f"Error: {text}", minutes=21))
    kind, _, name = subject.split("/")
    where = {"namespace": place, "job_name": name} if kind == "Job" else {"namespace": place, "cronjob": name}
    trigger = triggers.alertmanager("KubeJobFailed", where, {"summary": f"{name} failed"})
    expect = Expect(("cause",), ("bad_command", "job_failing"), says=(program, "no such file"), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("reasons")
def run_of_a_job_that_lacks_a_right(draw: Draw) -> Told:
    place = serving_app(draw).namespace
    who = f"system:serviceaccount:{place}:default"
    what = draw.pick("configmaps", "secrets", "pods")
    line = f'Error from server (Forbidden): {what} is forbidden: User "{who}" cannot list resource "{what}" in API group "" in the namespace "{place}"'  # noqa: E501
    subject = controllers.run(draw, place, line, cron=True)
    where = {"namespace": place, "cronjob": subject.split("/")[2]}
    trigger = triggers.alertmanager("KubeJobFailed", where, {"summary": f"{subject.split('/')[2]} failed"})
    expect = Expect(
        ("cause",), ("rbac_denied", "job_failing"), says=("forbidden|may not|cannot", what), may_propose=True
    )
    return Told(draw.world(), trigger, expect)


@situation("reasons")
def run_of_a_job_that_takes_too_long(draw: Draw) -> Told:
    place = serving_app(draw).namespace
    subject = controllers.run(draw, place, "INFO working")
    limit = draw.pick(600, 900, 1200)
    for one in draw.objects:
        if one["kind"] == "Job":
            one["spec"]["activeDeadlineSeconds"] = limit
            one["status"]["conditions"][0].update(
                reason="DeadlineExceeded", message="Job was active longer than specified deadline"
            )
    where = {"namespace": place, "job_name": subject.split("/")[2]}
    trigger = triggers.alertmanager("KubeJobFailed", where, {"summary": f"{subject.split('/')[2]} failed"})
    expect = Expect(("cause",), ("job_failing",), says=("deadline|DeadlineExceeded",), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("reasons")
def one_container_of_two_runs_out_of_memory(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    side = {"name": draw.pick("proxy", "agent", "exporter"), "image": "registry.example.com/side:3"}
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"] = [*one["spec"]["containers"], {**side, "resources": {"limits": {"memory": "64Mi"}}}]
    last_run = {"exitCode": 137, "reason": "OOMKilled", "startedAt": objects.at(4), "finishedAt": objects.at(2)}
    for pod in app.pods:
        pod["status"]["conditions"][0].update(status="False", reason="ContainersNotReady")
        pod["status"]["containerStatuses"].append(
            {**side, "ready": False, "restartCount": draw.number(6, 30), "lastState": {"terminated": last_run},
             "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}}}
        )  # fmt: skip
    unstarted.unavailable(app)
    expect = cause(app, ("oom_killed", "sidecar_failed"), side["name"], "memory|OOM")
    return Told(draw.world(), unstarted.alarm(draw, app), expect)


@situation("reasons")
def daemon_whose_port_is_taken_on_its_node(draw: Draw) -> Told:
    app = draw.app()
    controllers.daemon(draw, app)
    port = draw.pick(9100, 8125, 4317)
    line = draw.pick(
        f"listen tcp 0.0.0.0:{port}: bind: address already in use",
        f"OSError: [Errno 98] Address already in use: ('0.0.0.0', {port})",
    )
    break_app(app)
    controllers.unready(app)
    for pod in app.pods:
        pod["spec"]["hostNetwork"] = True
        draw.log(app, ["starting", line], pod=pod, every=1)
    app.deployment["spec"]["template"]["spec"]["hostNetwork"] = True
    expect = Expect(("cause", "open"), subjects=(app.subject,), says=(str(port), "in use"), may_propose=True)
    return Told(draw.world(), alarm(draw, app), expect)


@situation("reasons")
def liveness_that_kills_what_starts_slowly(draw: Draw) -> Told:
    app = new_app(draw)
    break_app(app, exit_code=137, restarts=draw.number(5, 15))
    seconds = draw.pick(5, 10)
    probe = {"httpGet": {"path": "/live", "port": app.port}, "initialDelaySeconds": seconds, "periodSeconds": 3}
    for one in (app.deployment["spec"]["template"], *app.pods):
        one["spec"]["containers"] = [{**one["spec"]["containers"][0], "livenessProbe": probe}]
    for pod in app.pods:
        at = f"10.2.3.4:{app.port}"
        message = f'Liveness probe failed: Get "http://{at}/live": dial tcp {at}: connect: connection refused'
        name = pod["spec"]["containers"][0]["name"]
        draw.objects.append(objects.event(pod, "Unhealthy", message, count=draw.number(9, 40), minutes=1))
        draw.objects.append(
            objects.event(pod, "Killing", f"Container {name} failed liveness probe, will be restarted", kind="Normal")
        )
        draw.log(app, ["INFO loading model", "INFO loaded 40 %"], pod=pod, every=4)
    controllers.unready(app)
    return Told(draw.world(), alarm(draw, app), cause(app, ("liveness_wrong",), "liveness"))
