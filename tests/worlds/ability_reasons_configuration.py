"""Containers that wait for configuration or cannot start their program, in the words of the kubelet and the runtime."""

from __future__ import annotations

from tests.worlds import objects, unstarted
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.unstarted import holds, mounts, takes, waiting
from tests.worlds.workloads import serving_app

KEYS = ("password", "api-key", "dsn", "token.txt", "ca.crt")


def story_of(draw: Draw, app: App, classes: tuple[str, ...], *says: str, never: str = "") -> Told:
    alarm = unstarted.alarm(draw, app)
    return Told(draw.world(), alarm, Expect(("cause",), classes, (), says, (never,) if never else (), may_propose=True))


@situation("reasons")
def secret_without_the_key(draw: Draw) -> Told:
    app = serving_app(draw)
    key, other = draw.rng.sample(KEYS, 2)
    name = f"{app.name}-{draw.pick('auth', 'db', 'keys')}"
    holds(draw, "Secret", name, app.namespace, other)
    takes(app, {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": name, "key": key}}})
    text = f"couldn't find key {key} in Secret {app.namespace}/{name}"
    waiting(draw, app, "CreateContainerConfigError", text, ("Failed", f"Error: {text}"))
    return story_of(
        draw, app, ("config_missing",), key, name, "key", never=f'secret "?{name}"? (?:does not exist|not found)'
    )


@situation("reasons")
def secret_that_is_not_there(draw: Draw) -> Told:
    app = serving_app(draw)
    name = f"{app.name}-{draw.pick('auth', 'db', 'keys')}"
    takes(app, {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": name, "key": draw.pick(*KEYS)}}})
    text = f'secret "{name}" not found'
    waiting(draw, app, "CreateContainerConfigError", text, ("Failed", f"Error: {text}"))
    return story_of(draw, app, ("config_missing",), f"Secret.*{name}", never="has no key|lacks the key")


@situation("reasons")
def configuration_that_is_not_there(draw: Draw) -> Told:
    app = serving_app(draw)
    name = f"{app.name}-{draw.pick('config', 'settings', 'rules')}"
    takes(app, {"configMapRef": {"name": name}})
    text = f'configmap "{name}" not found'
    waiting(draw, app, "CreateContainerConfigError", text, ("Failed", f"Error: {text}"))
    return story_of(draw, app, ("config_missing",), f"ConfigMap.*{name}")


@situation("reasons")
def volume_of_a_secret_without_the_key(draw: Draw) -> Told:
    app = serving_app(draw)
    key, other = draw.rng.sample(KEYS, 2)
    name = f"{app.name}-tls"
    holds(draw, "Secret", name, app.namespace, other)
    mounts(app, {"name": "files", "secret": {"secretName": name, "items": [{"key": key, "path": "x"}]}})
    text = f'MountVolume.SetUp failed for volume "files" : references non-existent secret key: {key}'
    waiting(draw, app, "ContainerCreating", "", ("FailedMount", text))
    return story_of(draw, app, ("config_missing",), key, name, never=f"Secret/\\S*{name} (?:does not exist|not found)")


@situation("reasons")
def volume_of_a_secret_that_is_not_there(draw: Draw) -> Told:
    app = serving_app(draw)
    name = f"{app.name}-tls"
    mounts(app, {"name": "files", "secret": {"secretName": name}})
    text = f'MountVolume.SetUp failed for volume "files" : secret "{name}" not found'
    waiting(draw, app, "ContainerCreating", "", ("FailedMount", text))
    return story_of(draw, app, ("config_missing",), name, never="has no key|lacks the key")


def unstartable(draw: Draw, app: App, problem: str) -> None:
    text = (
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
        f"unable to start container process: {problem}: unknown"
    )
    last_run = {
        "exitCode": 128,
        "reason": "StartError",
        "message": text,
        "startedAt": "1970-01-01T00:00:00Z",
        "finishedAt": objects.at(3),
    }
    for pod in app.pods:
        pod["status"]["containerStatuses"][0].update(restartCount=draw.number(4, 9), lastState={"terminated": last_run})
    message = "back-off 5m0s restarting failed container"
    waiting(draw, app, "CrashLoopBackOff", message, ("Failed", f"Error: {text}"))
    for pod in app.pods:
        pod["status"]["phase"] = "Running"


@situation("reasons")
def program_that_is_not_in_the_image(draw: Draw) -> Told:
    app = serving_app(draw)
    program = draw.pick("gunicorn", "/app/server", "/usr/local/bin/start.sh")
    draw.logs.clear()
    problem = f'exec: "{program}": executable file not found in $PATH'
    if program.startswith("/"):
        problem = f'exec: "{program}": stat {program}: no such file or directory'
    unstartable(draw, app, problem)
    return story_of(draw, app, ("bad_command",), program, "not found|no such file", never="permission|architecture")


@situation("reasons")
def program_that_may_not_be_run(draw: Draw) -> Told:
    app = serving_app(draw)
    program = draw.pick("/app/run.sh", "/entrypoint.sh", "/srv/serve")
    draw.logs.clear()
    unstartable(draw, app, f'exec: "{program}": permission denied')
    return story_of(draw, app, ("bad_command",), program, "permission denied", never="not found|no such file")


@situation("reasons")
def directory_that_the_program_is_to_start_in(draw: Draw) -> Told:
    app = serving_app(draw)
    place = draw.pick("/srv/app", "/workspace", "/opt/site")
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"][0]["workingDir"] = place
    draw.logs.clear()
    unstartable(draw, app, f'chdir to cwd ("{place}") set in config.json failed: no such file or directory')
    return story_of(draw, app, ("bad_command",), place, "director|chdir", never="executable file not found")


@situation("reasons")
def program_of_another_architecture(draw: Draw) -> Told:
    app = serving_app(draw)
    draw.logs.clear()
    unstartable(draw, app, f"exec {draw.pick('/app/server', '/bin/tool')}: exec format error")
    return story_of(draw, app, ("wrong_architecture",), "exec format error|architecture", never="not found")
