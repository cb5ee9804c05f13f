"""A liveness probe that kills what starts slowly is let begin later; what it kills for another reason is not."""

from __future__ import annotations

from tests.worlds import controllers, objects, unstarted
from tests.worlds.ability_remedies import NOTHING, does
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import break_app, serving_app

TOOL = "kubectl_set_probe"
QUIET = ("INFO reading index", "INFO index read to 40 %", "INFO warming up")
GRACE = 2  # seconds that a process takes to end


def kill_by_probe(
    draw: Draw,
    reply: str = "dial tcp {at}: connect: connection refused",
    *,
    lines: tuple[str, ...] = QUIET,
    lifetime: float = 0,
    kind: str = "livenessProbe",
) -> tuple[App, int]:
    """Pods that are killed by a probe again and again, and the seconds that it allows. `lifetime`: of the last run."""
    app = serving_app(draw)
    delay, period, times = draw.pick(5, 10, 20), draw.pick(3, 5), draw.pick(3, 4)
    allowed = delay + period * times
    asks = {"httpGet": {"path": draw.pick("/live", "/healthz"), "port": app.port}}
    spec = {**asks, "initialDelaySeconds": delay, "periodSeconds": period, "failureThreshold": times}
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"] = [{**one["spec"]["containers"][0], kind: spec}]
    break_app(app, exit_code=draw.pick(137, 143), restarts=draw.number(5, 15))
    draw.logs = [one for one in draw.logs if one["namespace"] != app.namespace]
    for pod in app.pods:
        _kill(draw, app, pod, reply, lines, lifetime or allowed + GRACE, kind.removesuffix("Probe"))
    controllers.unready(app)
    return app, allowed


def _kill(draw: Draw, app: App, pod: Obj, reply: str, lines: tuple[str, ...], lifetime: float, probe: str) -> None:
    at, name = f"10.2.3.4:{app.port}", pod["spec"]["containers"][0]["name"]
    message = f'{probe.capitalize()} probe failed: Get "http://{at}/live": {reply.format(at=at)}'
    if reply.startswith("HTTP"):
        message = f"{probe.capitalize()} probe failed: {reply}"
    draw.objects.append(objects.event(pod, "Unhealthy", message, count=draw.number(9, 40), minutes=1))
    text = f"Container {name} failed {probe} probe, will be restarted"
    draw.objects.append(objects.event(pod, "Killing", text, kind="Normal"))
    [status] = pod["status"]["containerStatuses"]
    status["lastState"]["terminated"].update(startedAt=objects.at(2 + lifetime / 60), finishedAt=objects.at(2))
    draw.log(app, list(lines), pod=pod, every=4)


def story_of(draw: Draw, app: App, expect: Expect) -> Told:
    return Told(draw.world(), unstarted.alarm(draw, app), expect)


@situation("remedies")
def liveness_probe_that_kills_a_slow_start(draw: Draw) -> Told:
    app, allowed = kill_by_probe(draw)
    return story_of(draw, app, does(TOOL, name=app.name, probe="livenessProbe", initial_delay_seconds=4 * allowed))


@situation("remedies")
def liveness_probe_without_a_reply_in_its_time(draw: Draw) -> Told:
    app, allowed = kill_by_probe(draw, "context deadline exceeded (Client.Timeout exceeded while awaiting headers)")
    return story_of(draw, app, does(TOOL, name=app.name, probe="livenessProbe", initial_delay_seconds=4 * allowed))


@situation("remedies")
def liveness_probe_of_what_had_answered_and_hangs_now(draw: Draw) -> Told:
    """A later probe would only leave it hanging for longer."""
    app, _ = kill_by_probe(
        draw, "context deadline exceeded (Client.Timeout exceeded while awaiting headers)", lifetime=900
    )
    return story_of(draw, app, Expect(("cause", "open"), may_propose=True))


@situation("remedies")
def liveness_probe_of_a_path_that_is_not_there(draw: Draw) -> Told:
    app, _ = kill_by_probe(draw, "HTTP probe failed with statuscode: 404")
    return story_of(draw, app, NOTHING)


@situation("remedies")
def liveness_probe_of_a_program_with_a_problem_of_its_own(draw: Draw) -> Told:
    lines = ("INFO starting", "ERROR cannot open /data/index: permission denied", "ERROR giving up, retrying")
    app, _ = kill_by_probe(draw, lines=lines)
    return story_of(draw, app, Expect(("cause", "open"), may_propose=True))


@situation("remedies")
def liveness_probe_of_a_port_that_is_not_declared(draw: Draw) -> Told:
    """The port is corrected, and no time is added."""
    app, _ = kill_by_probe(draw)
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"][0]["ports"] = [{"containerPort": app.port}]
        one["spec"]["containers"][0]["livenessProbe"]["httpGet"]["port"] = app.port + 1
    return story_of(draw, app, does(TOOL, name=app.name, probe="livenessProbe", port=str(app.port)))


@situation("remedies")
def startup_probe_that_kills_a_slow_start(draw: Draw) -> Told:
    """Its first question later would also hold back readiness: how long it may take its owner says."""
    app, _ = kill_by_probe(draw, kind="startupProbe")
    return story_of(draw, app, NOTHING)
