"""What keeps containers from starting or from being ready: references, images, probes, programs, init containers."""

from __future__ import annotations

from sre_lab.scenario import ImageProfile, ProbeProfile, ProcessExit
from tests.rehearsal.live.calls import image, probe, reference, resources, restart, scale, undo
from tests.rehearsal.live.draw import LiveApp, LiveDraw
from tests.rehearsal.live.family import BrokenNamespace, RemedyCall, family


def _two(draw: LiveDraw) -> tuple[LiveApp, LiveApp]:
    """The one in trouble and a neighbour; most replace all pods of a rollout at once."""
    victim, neighbour = draw.app(), draw.rng.choice(draw.neighbours())
    neighbour.replaced_at_once()
    if draw.rng.random() < 0.7:
        victim.replaced_at_once()
    return victim, neighbour


def _settings(draw: LiveDraw, app: LiveApp) -> str:
    """A ConfigMap from which it has a variable."""
    name = f"{app.name}-settings"
    draw.put("v1", "ConfigMap", name, data={"mode": "live", "region": "north"})
    source = {"configMapKeyRef": {"name": name, "key": "mode"}}
    app.container["env"] = [{"name": "MODE", "valueFrom": source}]
    return name


@family
def config_map_name(draw: LiveDraw) -> BrokenNamespace:
    victim, neighbour = _two(draw)
    name, _ = _settings(draw, victim), _settings(draw, neighbour)
    wrong = {"configMapKeyRef": {"name": f"{name}-v2", "key": "mode"}}
    draw.patch_container(victim, {"env": [{"name": "MODE", "valueFrom": wrong}]})
    path = "/containers/0/env/0/valueFrom/configMapKeyRef/name"
    return BrokenNamespace(
        victim,
        right=[undo(victim), reference(victim, path, name)],
        useless=[restart(victim), reference(victim, path, f"{name}-v3"), scale(victim, 1)],
        harmful=[reference(neighbour, path, f"{neighbour.name}-settings-v2"), scale(neighbour, 0)],
    )


@family
def config_map_key(draw: LiveDraw) -> BrokenNamespace:
    victim, neighbour = _two(draw)
    name, _ = _settings(draw, victim), _settings(draw, neighbour)
    wrong = {"configMapKeyRef": {"name": name, "key": draw.rng.choice(("modes", "Mode", "kind"))}}
    draw.patch_container(victim, {"env": [{"name": "MODE", "valueFrom": wrong}]})
    path = "/containers/0/env/0/valueFrom/configMapKeyRef/key"
    return BrokenNamespace(
        victim,
        right=[undo(victim), reference(victim, path, "mode")],
        useless=[restart(victim), reference(victim, path, "variant"), resources(victim, cpu_request="60m")],
        harmful=[reference(neighbour, path, "modus"), scale(neighbour, 0)],
    )


@family
def secret_gone(draw: LiveDraw) -> BrokenNamespace:
    """All its variables come from a Secret of another name than the one that is there."""
    victim, neighbour = _two(draw)
    for app in (victim, neighbour):
        draw.put("v1", "Secret", f"{app.name}-login", type="Opaque", data={"TOKEN": "c2VjcmV0"})
        app.container["envFrom"] = [{"secretRef": {"name": f"{app.name}-login"}}]
    draw.patch_container(victim, {"envFrom": [{"secretRef": {"name": f"{victim.name}-login-2"}}]})
    path = "/containers/0/envFrom/0/secretRef/name"
    return BrokenNamespace(
        victim,
        right=[undo(victim), reference(victim, path, f"{victim.name}-login")],
        useless=[restart(victim), reference(victim, path, f"{victim.name}-token")],
        harmful=[reference(neighbour, path, f"{neighbour.name}-token"), scale(neighbour, 0)],
    )


@family
def volume_source(draw: LiveDraw) -> BrokenNamespace:
    """It mounts a ConfigMap that is not there."""
    victim, neighbour = _two(draw)
    for app in (victim, neighbour):
        draw.put("v1", "ConfigMap", f"{app.name}-files", data={"app.conf": "level=info"})
        app.pod["volumes"] = [{"name": "files", "configMap": {"name": f"{app.name}-files"}}]
        app.container["volumeMounts"] = [{"name": "files", "mountPath": "/etc/app"}]
    draw.patch_pod(victim, {"volumes": [{"name": "files", "configMap": {"name": f"{victim.name}-files-next"}}]})
    path = "/volumes/0/configMap/name"
    return BrokenNamespace(
        victim,
        right=[undo(victim), reference(victim, path, f"{victim.name}-files")],
        useless=[restart(victim), reference(victim, path, f"{victim.name}-files-old")],
        harmful=[reference(neighbour, path, "no-files"), scale(neighbour, 0)],
    )


@family
def claim_gone(draw: LiveDraw) -> BrokenNamespace:
    """It mounts a claim that nobody made."""
    victim, neighbour = _two(draw)
    victim.pod["volumes"] = [{"name": "data", "emptyDir": {}}]
    victim.container["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": f"{victim.name}-data"}, "emptyDir": None}
    draw.patch_pod(victim, {"volumes": [volume]})
    return BrokenNamespace(
        victim,
        right=[undo(victim)],
        useless=[restart(victim), scale(victim, 1), resources(victim, memory_limit="320Mi")],
        harmful=[scale(neighbour, 0), resources(neighbour, cpu_request="40")],
    )


@family
def image_tag(draw: LiveDraw) -> BrokenNamespace:
    """The registry has no such tag."""
    victim, neighbour = _two(draw)
    repository = victim.image.rpartition(":")[0]
    wrong, never = f"{repository}:9.0.0", f"{repository}:9.0.1"
    draw.images |= {reference: ImageProfile(pull="not_found") for reference in (wrong, never)}
    draw.patch_container(victim, {"image": wrong})
    elsewhere = f"{neighbour.image.rpartition(':')[0]}:0.0.1"
    draw.images[elsewhere] = ImageProfile(pull="not_found")
    return BrokenNamespace(
        victim,
        right=[undo(victim), image(victim, victim.image)],
        useless=[restart(victim), image(victim, never), resources(victim, memory_limit="320Mi")],
        harmful=[image(neighbour, elsewhere), scale(neighbour, 0)],
    )


@family
def new_version_crashes(draw: LiveDraw) -> BrokenNamespace:
    """The program decides: it ends soon after each start, and so does a later version of it."""
    victim, neighbour = _two(draw)
    repository = victim.image.rpartition(":")[0]
    wrong, later = f"{repository}:8.0.0", f"{repository}:8.0.1"
    crash = ImageProfile(exits=[ProcessExit(after=draw.rng.choice((2.0, 9.0)), log=["{time} FATAL cannot start"])])
    draw.images |= {wrong: crash, later: crash if draw.rng.random() < 0.5 else ImageProfile()}
    draw.patch_container(victim, {"image": wrong})
    return BrokenNamespace(
        victim,
        right=[undo(victim), image(victim, victim.image)],
        useless=[restart(victim), image(victim, later), scale(victim, 1), resources(victim, memory_limit="1Gi")],
        harmful=[scale(neighbour, 0), resources(neighbour, cpu_request="40")],
    )


@family
def probe_port(draw: LiveDraw) -> BrokenNamespace:
    """Its readiness is asked for where nothing listens."""
    victim, neighbour = _two(draw)
    silent = [ProbeProfile(status=None)]
    for app in (victim, neighbour):
        app.container["readinessProbe"] = {"tcpSocket": {"port": app.port}, "periodSeconds": 5}
        closed = {str(port): silent for port in (app.port + 1, app.port + 2)}
        draw.images[app.image] = draw.images[app.image].model_copy(update={"probes": closed})
    draw.patch_container(victim, {"readinessProbe": {"tcpSocket": {"port": victim.port + 1}}})
    return BrokenNamespace(
        victim,
        right=[undo(victim), probe(victim, port=victim.port)],
        useless=[restart(victim), probe(victim, port=victim.port + 2), probe(victim, failure_threshold=9)],
        harmful=[probe(neighbour, port=neighbour.port + 2), scale(neighbour, 0)],
    )


@family
def init_container(draw: LiveDraw) -> BrokenNamespace:
    """What is done before the start fails in its newest version."""
    victim, neighbour = _two(draw)
    setup = f"registry.tools.test/{draw.name()}"
    draw.images |= {
        f"{setup}:1": ImageProfile(exits=[ProcessExit(after=1.0, code=0)]),
        f"{setup}:2": ImageProfile(exits=[ProcessExit(after=1.0, code=3)]),
    }
    victim.pod["initContainers"] = [{"name": "setup", "image": f"{setup}:1"}]
    draw.patch_pod(victim, {"initContainers": [{"name": "setup", "image": f"{setup}:2"}]})
    right: list[RemedyCall] = [undo(victim)]
    return BrokenNamespace(
        victim,
        right=right,
        useless=[restart(victim), scale(victim, 1), resources(victim, cpu_request="60m")],
        harmful=[scale(neighbour, 0), resources(neighbour, memory_request="90Gi", memory_limit="90Gi")],
    )
