"""Questions for numbers and lists: how many, which, how often, with zero and none as answers like any other."""

from __future__ import annotations

from tests.worlds import objects, triggers
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import break_app, job, serving_app

ZERO = r"\b(?:0|no|none|nothing|nobody|zero)\b"


def answer(*says: str, never: tuple[str, ...] = ()) -> Expect:
    """An answer that holds all of these."""
    return Expect(("answered", "well"), says=says, never=never)


def ask(draw: Draw, text: str, expect: Expect) -> Told:
    return Told(draw.world(), triggers.question(text), expect)


def restart(draw: Draw, app: App, times: int, *, init: int = 0) -> None:
    """The first pod's container restarted so often; its init container, where it has one, as `init` says."""
    pod = app.pods[0]
    last_run = {"exitCode": 1, "reason": "Error", "startedAt": objects.at(95), "finishedAt": objects.at(90)}
    pod["status"]["containerStatuses"][0].update(restartCount=times)
    if times:
        pod["status"]["containerStatuses"][0]["lastState"] = {"terminated": last_run}
    if init:
        name = draw.pick("migrate", "init-db", "wait-for-db")
        pod["spec"]["initContainers"] = [{"name": name, "image": "registry.example.com/init:1"}]
        done = {"exitCode": 0, "reason": "Completed", "startedAt": objects.at(200), "finishedAt": objects.at(199)}
        pod["status"]["initContainerStatuses"] = [
            {"name": name, "ready": True, "restartCount": init, "state": {"terminated": done},
             "lastState": {"terminated": last_run}}
        ]  # fmt: skip


@situation("questions")
def pods_of_a_namespace(draw: Draw) -> Told:
    app = draw.app()
    other = draw.app(app.namespace)
    draw.bystanders()
    place = app.namespace
    text = draw.pick(
        f"How many pods are in namespace {place}?",
        f"how many pods in {place}",
        f"pod count for ns {place} pls",
        f"number of pods running in the {place} namespace?",
    )
    return ask(draw, text, answer(rf"\b{app.replicas + other.replicas}\b"))


@situation("questions")
def two_counts_in_one_question(draw: Draw) -> Told:
    app = draw.app(replicas=draw.number(2, 4))
    bad = draw.app(app.namespace, replicas=draw.number(1, 3))
    break_app(bad)
    place = app.namespace
    text = draw.pick(
        f"how many pods are in {place} and how many of them are not ready?",
        f"How many pods does {place} have, and how many of these are crashing?",
        f"how many deployments are in {place} and how many pods",
    )
    second = 2 if "deployments" in text else bad.replicas
    return ask(draw, text, answer(rf"\b{app.replicas + bad.replicas}\b", rf"\b{second}\b"))


@situation("questions")
def two_kinds_in_one_count(draw: Draw) -> Told:
    app = draw.app(replicas=draw.number(2, 4))
    for _ in range(draw.number(1, 3)):
        draw.app(app.namespace, replicas=1)
    services = sum(o["kind"] == "Service" for o in draw.objects)
    pods = sum(o["kind"] == "Pod" for o in draw.objects)
    place = app.namespace
    text = draw.pick(
        f"how many pods and services are in {place}?",
        f"count of services and pods in namespace {place}",
        f"How many services are in {place}? And how many pods?",
    )
    return ask(draw, text, answer(rf"\b{pods} pods", rf"\b{services} services?"))


@situation("questions")
def none_of_a_kind(draw: Draw) -> Told:
    app = serving_app(draw)
    kind, word = draw.pick(("cronjobs", "CronJob"), ("statefulsets", "StatefulSet"), ("ingresses", "Ingress"))
    text = draw.pick(
        f"how many {kind} are in {app.namespace}?",
        f"any {kind} in {app.namespace}?",
        f"which {kind} are there in namespace {app.namespace}",
        f"list {kind} in {app.namespace}",
    )
    return ask(draw, text, answer(rf"{ZERO}.{{0,40}}(?:{word}|{kind})|(?:{word}|{kind}).{{0,30}}{ZERO}"))


@situation("questions")
def none_in_a_state(draw: Draw) -> Told:
    app = serving_app(draw)
    text = draw.pick(
        f"are any pods pending in {app.namespace}?",
        f"which pods in {app.namespace} are crashlooping",
        f"how many pods in {app.namespace} are evicted?",
        f"any oomkilled pods in {app.namespace}?",
        f"pods not ready in {app.namespace}?",
    )
    return ask(draw, text, answer(ZERO))


@situation("questions")
def restarts_of_one(draw: Draw) -> Told:
    app = serving_app(draw)
    times = draw.number(2, 9)
    restart(draw, app, times)
    text = draw.pick(
        f"how many times did {app.name} restart?",
        f"how often has {app.name} restarted",
        f"restart count of {app.name}",
        f"how many restarts does {app.pod} have?",
        f"did {app.name} restart?",
    )
    return ask(draw, text, answer(rf"\b{times}\b"))


@situation("questions")
def restarts_with_an_init_container(draw: Draw) -> Told:
    app = serving_app(draw)
    times, init = draw.number(2, 4), draw.number(5, 9)
    restart(draw, app, times, init=init)
    text = draw.pick(
        f"how many times did {app.name} restart, including init containers?",
        f"restarts of {app.name} with its init containers?",
        f"how often did the init container of {app.name} restart?",
        f"how many restarts do the containers of pod {app.pod} have",
    )
    return ask(draw, text, answer(rf"\b(?:{times + init}|{init})\b"))


@situation("questions")
def no_restarts(draw: Draw) -> Told:
    app = serving_app(draw)
    text = draw.pick(
        f"did {app.name} restart today?",
        f"how many times has {app.name} restarted?",
        f"any restarts of {app.name}?",
        f"restart count {app.name}",
    )
    return ask(draw, text, answer(rf"{ZERO}|never|not"))


@situation("questions")
def who_restarted_most(draw: Draw) -> Told:
    app = draw.app()
    restart(draw, app, draw.number(12, 30))
    other = draw.app(app.namespace)
    restart(draw, other, draw.number(1, 4))
    text = draw.pick(
        f"which pod in {app.namespace} restarted most?",
        f"who restarts the most in {app.namespace}",
        f"pods with the most restarts in {app.namespace}?",
        f"top 1 pod by restarts in {app.namespace}",
    )
    return ask(draw, text, answer(rf"^(?:(?!{other.name}).)*{app.name}"))


@situation("questions")
def which_are_not_ready(draw: Draw) -> Told:
    app = draw.app()
    bad = draw.app(app.namespace)
    break_app(bad)
    text = draw.pick(
        f"which pods are not ready in {app.namespace}?",
        f"list unhealthy pods in {app.namespace}",
        f"what pods in {app.namespace} arent running",
        f"show me the broken pods in {app.namespace}",
    )
    return ask(draw, text, answer(bad.name, never=(app.name,)))


@situation("questions")
def failed_jobs(draw: Draw) -> Told:
    app = draw.app()
    bad, good = f"{draw.name()}-1", f"{draw.name()}-2"
    draw.objects += [*job(draw, bad, app.namespace, failed=True), *job(draw, good, app.namespace, failed=False)]
    text = draw.pick(
        f"which jobs failed in {app.namespace}?",
        f"did any job fail in {app.namespace}",
        f"failed jobs {app.namespace}?",
        f"how many jobs failed in {app.namespace}, and which?",
    )
    return ask(draw, text, answer(bad, never=(good,)))


@situation("questions")
def replicas_of_one(draw: Draw) -> Told:
    app = serving_app(draw)
    text = draw.pick(
        f"how many replicas does {app.name} have?",
        f"replica count of {app.name}",
        f"how many pods does {app.name} run",
        f"how many {app.name} pods are there?",
        f"how many pods are ready in deployment {app.name}",
    )
    return ask(draw, text, answer(rf"\b{app.replicas}\b"))


@situation("questions")
def image_and_node_of_one(draw: Draw) -> Told:
    app = serving_app(draw)
    node = app.pods[0]["spec"]["nodeName"]
    app.deployment["spec"]["replicas"] = 1
    text = draw.pick(
        f"which image does {app.pod} use and on which node does it run?",
        f"What node is {app.pod} on? And what image does it use?",
        f"image and node of pod {app.pod}?",
    )
    return ask(draw, text, answer(app.image, node))


@situation("questions")
def labels_select(draw: Draw) -> Told:
    app = draw.app(replicas=draw.number(2, 5))
    draw.app(app.namespace)
    for one in app.pods:
        one["metadata"]["labels"]["tier"] = "gold"
    text = draw.pick(
        f"how many pods have the label tier=gold in {app.namespace}?",
        f"pods with label tier=gold in ns {app.namespace}",
        f'how many pods in {app.namespace} are labelled tier: "gold"',
    )
    return ask(draw, text, answer(rf"\b{app.replicas}\b"))
