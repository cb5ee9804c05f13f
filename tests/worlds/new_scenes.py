"""What the situations of the new round share: releases, states of pods, logs in their programs' own forms."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from tests.worlds import objects, triggers
from tests.worlds.objects import NOW, Obj, at
from tests.worlds.parts import App, Draw
from tests.worlds.workloads import labels

FORMS: Final = {
    "@iso": "%Y-%m-%dT%H:%M:%S.%f",
    "@sql": "%Y-%m-%d %H:%M:%S.%f",
    "@go": "%Y/%m/%d %H:%M:%S",
    "@clf": "%d/%b/%Y:%H:%M:%S +0000",
    "@fpm": "%d-%b-%Y %H:%M:%S",
    "@sec": "%Y-%m-%dT%H:%M:%SZ",
    "@day": "%Y-%m-%d %H:%M:%S",
    "@redis": "%d %b %Y %H:%M:%S.%f",
    "@klog": "%m%d %H:%M:%S.%f",
}
WORK: Final = {
    "java": "@sql  INFO 1 --- [nio-8080-exec-{n}] c.acme.web.AccessLog : GET /v1/{item} -> 200 ({ms} ms)",
    "go": 'time=@isoZ level=INFO msg="request served" path=/v1/{item} status=200 took={ms}ms',
    "node": '{{"level":30,"time":"@isoZ","pid":1,"msg":"request completed","url":"/v1/{item}","status":200,"ms":{ms}}}',
    "python": '10.0.3.{n} - - [@clf] "GET /v1/{item} HTTP/1.1" 200 {ms}1 "-" "python-requests/2.32"',
    "dotnet": "info: Acme.Web.Access[1] HTTP GET /v1/{item} responded 200 in {ms}.4 ms",
    "nginx": '10.0.3.{n} - - [@clf] "GET /v1/{item} HTTP/1.1" 200 {ms}3 "-" "Mozilla/5.0"',
    "rust": "@isoZ  INFO worker::serve: done item={item} elapsed_ms={ms}",
    "ruby": 'I, [@iso #1]  INFO -- : Completed 200 OK in {ms}ms path="/v1/{item}"',
}


def bodies(app: App) -> list[Obj]:
    return [app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods]


def containers(app: App) -> list[Obj]:
    """The first container of the template, of the ReplicaSet and of every pod; each a copy of its own."""
    for body in bodies(app):
        body["spec"]["containers"] = copy.deepcopy(body["spec"]["containers"])
    return [body["spec"]["containers"][0] for body in bodies(app)]


def edit(app: App, **fields: Any) -> None:
    for container in containers(app):
        container.update(copy.deepcopy(fields))


def in_specs(app: App, **fields: Any) -> None:
    for body in bodies(app):
        body["spec"].update(copy.deepcopy(fields))


def container_of(app: App) -> str:
    return str(app.pods[0]["spec"]["containers"][0]["name"])


def bumped(image: str) -> str:
    base, _, tag = image.rpartition(":")
    major, minor, _ = tag.split(".")
    return f"{base}:{major}.{int(minor) + 1}.0"


def note(
    draw: Draw, about: Obj, reason: str, message: str, *, minutes: float = 1, first: float = 0, count: int = 1,
    kind: str = "Warning", by: str = "kubelet",
) -> None:  # fmt: skip
    event = objects.event(about, reason, message, minutes=minutes, count=count, kind=kind)
    event["firstTimestamp"], event["source"] = at(max(first, minutes)), {"component": by}
    draw.objects.append(event)


def _set_older(draw: Draw, app: App, minutes: float) -> int:
    """The Deployment got its next revision that many minutes ago; the revision before."""
    number = draw.number(2, 30)
    app.replica_set["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = str(number)
    app.deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = str(number + 1)
    app.deployment["metadata"]["generation"] = app.deployment["status"]["observedGeneration"] = number + 1
    return number


def surge(draw: Draw, app: App, minutes: float, *, image: str = "") -> App:
    """A release that many minutes ago of which the first pod is there, beside all of the old; the part that is new."""
    number = _set_older(draw, app, minutes)
    edit(app)  # so that old and new share no container
    digest = draw.suffix(10)
    new_set = copy.deepcopy(app.replica_set)
    new_set["metadata"]["name"] = f"{app.name}-{digest}"
    new_set["metadata"]["creationTimestamp"] = at(minutes)
    new_set["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = str(number + 1)
    hash_text = {**app.deployment["spec"]["selector"]["matchLabels"], "pod-template-hash": digest}
    new_set["metadata"]["labels"] = new_set["spec"]["template"]["metadata"]["labels"] = hash_text
    new_set["spec"]["selector"] = {"matchLabels": hash_text}
    new_set["spec"]["replicas"] = 1
    container = copy.deepcopy(app.replica_set["spec"]["template"]["spec"]["containers"][0])
    owner = ("ReplicaSet", f"{app.name}-{digest}")
    pod = objects.pod(
        f"{app.name}-{digest}-{draw.suffix()}", app.namespace, minutes, hash_text, container, draw.node(), owner
    )
    draw.objects += [new_set, pod]
    image = image or bumped(app.image)
    new = App(app.name, app.namespace, app.port, app.replicas, app.age, image, digest, [pod], app.deployment, new_set,
              app.service)  # fmt: skip
    edit(new, image=image)
    pod["status"]["containerStatuses"][0]["image"] = image
    note(draw, app.deployment, "ScalingReplicaSet", f"Scaled up replica set {app.name}-{digest} from 0 to 1",
         minutes=minutes, kind="Normal", by="deployment-controller")  # fmt: skip
    return new


def renew(draw: Draw, app: App, minutes: float) -> str:
    """A release that many minutes ago that took the place of all pods; the image before it."""
    number = _set_older(draw, app, minutes)
    edit(app)
    before, old = app.image, copy.deepcopy(app.replica_set)
    old["spec"]["replicas"], old["status"] = 0, {"replicas": 0}
    draw.objects.append(old)
    digest, app.image = draw.suffix(10), bumped(app.image)
    hash_text = {**app.deployment["spec"]["selector"]["matchLabels"], "pod-template-hash": digest}
    whole = app.replica_set
    whole["metadata"].update(name=f"{app.name}-{digest}", labels=hash_text, creationTimestamp=at(minutes))
    whole["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = str(number + 1)
    whole["spec"]["selector"] = {"matchLabels": hash_text}
    whole["spec"]["template"]["metadata"]["labels"] = hash_text
    app.hash = digest
    for pod in app.pods:
        pod["metadata"].update(name=f"{app.name}-{digest}-{draw.suffix()}", labels=hash_text,
                               creationTimestamp=at(minutes))  # fmt: skip
        pod["metadata"]["ownerReferences"][0]["name"] = f"{app.name}-{digest}"
        pod["status"]["startTime"] = at(minutes)
        pod["status"]["containerStatuses"][0].update(
            image=app.image, state={"running": {"startedAt": at(minutes - 0.1)}}
        )
        for condition in pod["status"]["conditions"]:
            condition["lastTransitionTime"] = at(minutes - 0.4)
    edit(app, image=app.image)
    note(draw, app.deployment, "ScalingReplicaSet",
         f"Scaled up replica set {app.name}-{digest} from 0 to {app.replicas}",
         minutes=minutes, kind="Normal", by="deployment-controller")  # fmt: skip
    return before


def relabel(app: App, new: dict[str, str]) -> None:
    """Deployment, ReplicaSet and pods carry these and are chosen by them."""
    app.deployment["metadata"]["labels"] = dict(new)
    app.deployment["spec"]["selector"] = {"matchLabels": dict(new)}
    app.deployment["spec"]["template"]["metadata"]["labels"] = dict(new)
    hash_text = {**new, "pod-template-hash": app.hash}
    app.replica_set["spec"]["selector"] = {"matchLabels": hash_text}
    for one in (app.replica_set, app.replica_set["spec"]["template"], *app.pods):
        one["metadata"]["labels"] = dict(hash_text)


def unready(pod: Obj, minutes: float) -> None:
    names = [one["name"] for one in pod["status"]["containerStatuses"]]
    pod["status"]["conditions"][0].update(
        status="False", reason="ContainersNotReady", lastTransitionTime=at(minutes),
        message=f"containers with unready status: [{' '.join(names)}]",
    )  # fmt: skip
    pod["status"]["containerStatuses"][0]["ready"] = False


def crash(
    draw: Draw, pod: Obj, since: float, *, code: int = 1, reason: str = "Error", ran: float = 0.1, restarts: int = 7
) -> float:
    """It ends and starts again since then; how many minutes ago it ended last."""
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    container, uid = pod["spec"]["containers"][0]["name"], f"{draw.suffix(8)}-71c2-4d0e-9f3a-{draw.suffix(12)}"
    pod["metadata"]["uid"] = uid
    unready(pod, since)
    end_state = round(draw.rng.uniform(1.2, 3.8), 2)
    over = {"exitCode": code, "reason": reason, "startedAt": at(end_state + ran), "finishedAt": at(end_state)}
    back_off = f"back-off 5m0s restarting failed container={container} pod={name}_{namespace}({uid})"
    pod["status"]["containerStatuses"][0].update(
        started=False, restartCount=restarts, lastState={"terminated": over},
        state={"waiting": {"reason": "CrashLoopBackOff", "message": back_off}},
    )  # fmt: skip
    note(draw, pod, "BackOff", f"Back-off restarting failed container {container} in pod {name}_{namespace}({uid})",
         minutes=0.4, first=since - 0.5, count=draw.number(30, 60))  # fmt: skip
    return end_state


def kept_waiting(draw: Draw, pod: Obj, since: float, reason: str, message: str, *said_text: tuple[str, str]) -> None:
    """Its container is not made, for this reason; with the kubelet's events."""
    unready(pod, since)
    pod["status"]["phase"] = "Pending"
    pod["status"]["containerStatuses"][0].update(
        started=False, imageID="", state={"waiting": {"reason": reason, "message": message}}
    )
    for kind, text in said_text or (("Failed", f"Error: {message}"),):
        note(draw, pod, kind, text, minutes=0.5, first=since, count=draw.number(9, 60))


def unplaced(draw: Draw, pod: Obj, since: float, message: str) -> None:
    pod["spec"].pop("nodeName", None)
    pod["metadata"]["creationTimestamp"] = at(since)
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message,
                 "lastTransitionTime": at(since)}  # fmt: skip
    pod["status"] = {"phase": "Pending", "conditions": [condition]}
    note(draw, pod, "FailedScheduling", message, minutes=1, first=since, count=5, by="default-scheduler")


def is_ready(pod: Obj) -> bool:
    return any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"]["conditions"])


def settle(*apps: App, since: float = 15, is_stuck: bool = False) -> None:
    """The Deployment and its ReplicaSets count their pods. Several: the last is the newest of one Deployment."""
    pods = [pod for app in apps for pod in app.pods]
    deployment, ready, wanted_value = apps[-1].deployment, sum(map(is_ready, pods)), apps[-1].replicas
    for app in apps:
        count = sum(map(is_ready, app.pods))
        app.replica_set["spec"]["replicas"] = len(app.pods)
        app.replica_set["status"] = {"replicas": len(app.pods), "readyReplicas": count, "availableReplicas": count}
    enough = ready >= wanted_value - wanted_value // 4
    name = apps[-1].replica_set["metadata"]["name"]
    progress = (
        {"status": "False", "reason": "ProgressDeadlineExceeded",
         "message": f'ReplicaSet "{name}" has timed out progressing.', "lastTransitionTime": at(max(since - 10, 1))}
        if is_stuck else
        {"status": "True", "reason": "NewReplicaSetAvailable",
         "message": f'ReplicaSet "{name}" has successfully progressed.', "lastTransitionTime": at(since + 30)}
    )  # fmt: skip
    deployment["status"].update(
        replicas=len(pods), readyReplicas=ready, availableReplicas=ready, updatedReplicas=len(apps[-1].pods),
        unavailableReplicas=max(len(pods), wanted_value) - ready,
        conditions=[
            {"type": "Available", "status": "True" if enough else "False",
             "reason": "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
             "lastTransitionTime": at(apps[-1].age - 1 if enough else since)},
            {"type": "Progressing", **progress},
        ],
    )  # fmt: skip


def work(draw: Draw, form: str, count: int) -> list[str]:
    return [WORK[form].format(item=draw.suffix(6), ms=draw.number(2, 60), n=draw.number(1, 9)) for _ in range(count)]


def amid(draw: Draw, form: str, *lines: str, turns: int = 12) -> list[str]:
    """These lines among those of its work, again and again."""
    return [one for _ in range(turns) for one in (*work(draw, form, draw.number(1, 3)), *lines)]


def say(
    draw: Draw, pod: Obj, lines: Iterable[str], *, until: float = 0.1, every: float = 15, container: str = "",
    previous: bool = False,
) -> None:  # fmt: skip
    """Its log up to so many minutes ago. `@iso` and the like become the line's own time."""
    said_text, text = list(lines), []
    for place, entry in enumerate(said_text):
        moment = NOW - timedelta(minutes=until, seconds=every * (len(said_text) - 1 - place) + draw.rng.uniform(0, 0.9))
        for token, form in FORMS.items():
            written_text = moment.strftime(form)
            entry = entry.replace(token, written_text[:-3] if form.endswith("%f") else written_text)
        text += [f"{moment.strftime('%Y-%m-%dT%H:%M:%S.%fZ')} {line}" for line in entry.split("\n")]
    draw.logs.append({
        "namespace": pod["metadata"]["namespace"], "pod": pod["metadata"]["name"], "previous": previous,
        "container": container or pod["spec"]["containers"][0]["name"], "text": "\n".join(text),
    })  # fmt: skip


def last_words(draw: Draw, pod: Obj, lines: Iterable[str], end_state: float, *, every: float = 1) -> None:
    """What the run that ended then has said: the log that is there, and that of the run before."""
    said_text = list(lines)
    say(draw, pod, said_text, until=end_state, every=every)
    say(draw, pod, said_text, until=end_state, every=every, previous=True)


def others(draw: Draw, namespace: str, count: int = 2) -> tuple[str, ...]:
    """Neighbours that do their work; their names."""
    apps = [draw.app(namespace) for _ in range(count)]
    for app in apps:
        draw.chatter(app)
    return tuple(app.name for app in apps)


def alarm(draw: Draw, app: App, name: str, summary: str, minutes: float, **more: str) -> Obj:
    """It speaks of the workload, or of its first pod where that is not ready."""
    where = labels(draw, app, **more)
    while "pod" in where and is_ready(app.pods[0]):
        where = labels(draw, app, **more)
    return triggers.alertmanager(name, where, {"summary": summary}, minutes=minutes)
