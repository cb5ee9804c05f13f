"""The refuser's own reason, where the alarm is about somebody who only waits for the one that was refused."""

from __future__ import annotations

from tests.worlds import calling, controllers, unstarted, waiting
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import break_app


def complaint(draw: Draw, caller: App, callee: App, classes: tuple[str, ...], *says: str, never: str = "") -> Told:
    """The caller's log and the alarm on it; the cause sits on the callee."""
    controllers.fresh(draw, callee)
    host = calling.host_of(draw, callee, caller)
    draw.log(caller, draw.pick(calling.refusals, calling.timeouts)(draw, host))
    expect = Expect(("cause",), classes, (callee.subject,), says, (never,) if never else (), may_propose=True)
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), expect)


def last_words(draw: Draw, app: App, *lines: str, exit_code: int = 1) -> None:
    break_app(app, exit_code=exit_code)
    for pod in app.pods:
        draw.log(app, ["starting", *lines], pod=pod, every=1)


@situation("reasons")
def callee_that_waits_for_a_key_of_its_secret(draw: Draw) -> Told:
    caller, callee = calling.pair(draw, apart=draw.pick(True, False))
    name, key = f"{callee.name}-{draw.pick('auth', 'db')}", draw.pick("password", "dsn", "api-key")
    unstarted.holds(draw, "Secret", name, callee.namespace, "user")
    unstarted.takes(callee, {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": name, "key": key}}})
    text = f"couldn't find key {key} in Secret {callee.namespace}/{name}"
    unstarted.waiting(draw, callee, "CreateContainerConfigError", text, ("Failed", f"Error: {text}"))
    return complaint(draw, caller, callee, ("config_missing",), key, name)


@situation("reasons")
def callee_whose_configuration_is_gone(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    name = f"{callee.name}-{draw.pick('config', 'rules')}"
    unstarted.takes(callee, {"configMapRef": {"name": name}})
    text = f'configmap "{name}" not found'
    unstarted.waiting(draw, callee, "CreateContainerConfigError", text, ("Failed", f"Error: {text}"))
    return complaint(draw, caller, callee, ("config_missing",), name)


@situation("reasons")
def callee_whose_password_is_refused(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    user = draw.pick("app", "svc_orders", "reader")
    last_words(draw, callee, f'FATAL: password authentication failed for user "{user}"')
    return complaint(draw, caller, callee, ("login_refused", "crash_loop"), user, "password")


@situation("reasons")
def callee_of_another_processor(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    last_words(draw, callee, exit_code=255)
    for one in draw.logs:
        if one["pod"] in [pod["metadata"]["name"] for pod in callee.pods]:
            one["text"] = one["text"].replace("starting", "exec /app/server: exec format error")
    return complaint(draw, caller, callee, ("wrong_architecture",), "architecture|exec format")


@situation("reasons")
def callee_that_the_registry_keeps_from_us(draw: Draw) -> Told:
    caller, callee = calling.pair(draw, apart=True)
    problem = draw.pick(
        "unexpected status from HEAD request: 401 Unauthorized", "pull access denied, authorization failed"
    )
    unstarted.fail_pull(draw, callee, problem)
    return complaint(draw, caller, callee, ("registry_auth_failed",), "auth|401|denied")


@situation("reasons")
def callee_beyond_its_quota_in_memory(draw: Draw) -> Told:
    caller, callee = calling.pair(draw, apart=True)
    quota = f"{callee.namespace}-{draw.pick('memory', 'team')}"
    refusal = (
        "exceeded quota: {}, requested: requests.memory=64Mi, used: requests.memory=8Gi, limited: requests.memory=8Gi"
    )
    unstarted.refuse(draw, callee, f'pods "{{pod}}" is forbidden: {refusal.format(quota)}')
    waiting.empty(draw, callee)
    return complaint(draw, caller, callee, ("quota_exceeded",), quota, "memory")


@situation("reasons")
def callee_with_a_program_that_is_not_there(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    program = draw.pick("/app/run", "gunicorn", "/bin/serve")
    text = f'exec: "{program}": executable file not found in $PATH: unknown'
    unstarted.waiting(draw, callee, "RunContainerError", text, ("Failed", f"Error: failed to start container: {text}"))
    return complaint(draw, caller, callee, ("bad_command",), program.replace("/", r"\/?"))


@situation("reasons")
def callee_whose_disk_is_full(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    path = draw.pick("/var/lib/data", "/data/wal")
    last_words(draw, callee, f"FATAL could not write {path}/0001: No space left on device")
    return complaint(draw, caller, callee, ("volume_full", "crash_loop"), "space")
