"""Questions whether something is well, is there at all, or is as the question takes for granted."""

from __future__ import annotations

from tests.worlds import objects, triggers
from tests.worlds.ability_questions_counting import ZERO, answer, ask
from tests.worlds.parts import Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import autoscaler, break_app, job, near, serving_app, sick

HEALTHY = r"(?<!not )(?<!un)(?:\bis|\bare) (?:healthy|well)\b|\bno trouble\b|\bnothing is wrong\b"
ABSENT = r"there is no|nothing (?:is )?named|no such|does not exist|not found|not installed"


@situation("questions")
def healthy_one(draw: Draw) -> Told:
    app = serving_app(draw)
    text = draw.pick(
        f"is {app.name} ok?",
        f"is {app.name} healthy",
        f"{app.name} in {app.namespace} fine?",
        f"hows {app.name} doing",
        f"is everything alright with {app.name}?",
    )
    return ask(
        draw, text, answer(rf"\b{app.replicas} of {app.replicas}\b", never=(r"\bunhealthy", "something is wrong"))
    )


@situation("questions")
def healthy_pods_whose_log_tells_of_trouble(draw: Draw) -> Told:
    app = serving_app(draw)
    line = draw.pick("ERROR cannot write order: disk quota exceeded", "error: token of the ledger is rejected")
    draw.logs.clear()
    draw.log(app, ["INFO served", line] * 40, every=4)
    text = draw.pick(
        f"is {app.name} healthy?", f"is {app.name} ok", f"is everything fine with {app.name} in {app.namespace}?"
    )
    return ask(draw, text, Expect(("answered",), says=(line[-12:],), never=(HEALTHY, r"^yes\b(?!.*yet)")))


@situation("questions")
def healthy_job_that_fails(draw: Draw) -> Told:
    app = draw.app()
    name = f"{draw.name()}-import"
    objs = job(draw, name, app.namespace, failed=True)
    draw.objects += objs
    line = "could not connect to server ledger-db:5432: Connection refused"
    draw.logs.append({"namespace": app.namespace, "pod": objs[1]["metadata"]["name"], "container": "main",
                      "previous": False, "text": f"{objects.at(25)} {line}"})  # fmt: skip
    text = draw.pick(
        f"is job {name} ok?",
        f"what is the issue with job {name} in {app.namespace}?",
        f"did {name} work?",
        f"whats wrong with {name}",
    )
    return ask(draw, text, Expect(("answered", "cause"), says=("ledger-db",), never=(HEALTHY,)))


@situation("questions")
def doubted_one_that_is_well(draw: Draw) -> Told:
    app = serving_app(draw)
    text = draw.pick(
        f"Figure out why workload {app.name} in {app.namespace} is unhealthy",
        f"why is {app.name} not ready?",
        f"why is {app.name} crashing",
        f"why are the pods of {app.name} in CrashLoopBackOff?",
    )
    return ask(draw, text, answer(r"not so|ready|running|healthy", never=(r"\bcrash(?:es|ing)? because",)))


@situation("questions")
def one_that_is_down(draw: Draw) -> Told:
    app = draw.app()
    bad = sick(draw, app.namespace)
    text = draw.pick(
        f"is {bad.name} up?",
        f"is {bad.name} healthy",
        f"{bad.name} ok?",
        f"is deployment {bad.name} running in {bad.namespace}",
    )
    return ask(draw, text, Expect(("answered", "cause"), says=(r"\bno\b|not ready|0 of",), never=(HEALTHY,)))


@situation("questions")
def product_that_is_not_installed(draw: Draw) -> Told:
    """The question takes for granted a controller whose kinds the cluster does not serve."""
    app = serving_app(draw)
    word, kind = draw.pick(("KEDA", "ScaledObject"), ("Istio", "VirtualService"), ("Argo CD", "Application"),
                           ("Flagger", "Canary"), ("Karpenter", "NodePool"))  # fmt: skip
    text = draw.pick(
        f"why isn't {word} scaling the {app.name} deployment?"
        if word == "KEDA"
        else f"why is {word} not working for {app.name}?",
        f"is the {kind} of {app.name} ok?",
        f"which {kind}s are there in {app.namespace}?",
        f"describe the {kind} {app.name}",
        f"{kind} for {app.name}?",
    )
    return ask(draw, text, answer(ABSENT, rf"{word.split()[0]}|{kind}"))


@situation("questions")
def kind_that_nobody_knows(draw: Draw) -> Told:
    app = serving_app(draw)
    kind = draw.pick("RolloutPlan", "KafkaTopic", "BackupSchedule", "TenantQuota")
    text = draw.pick(
        f"is the {kind} {app.name} ready?",
        f"list all {kind}s in {app.namespace}",
        f"how many {kind}s are there?",
        f"why is the {kind} of {app.name} failing?",
    )
    return ask(draw, text, answer(ABSENT, kind))


@situation("questions")
def name_that_is_not_there(draw: Draw) -> Told:
    app = serving_app(draw)
    ghost = f"{draw.name()}-x"
    text = draw.pick(
        f"is {ghost} healthy?",
        f"how many replicas does {ghost} have?",
        f"show me the logs of {ghost}",
        f"what is wrong with {ghost} in {app.namespace}",
        f"describe deployment {ghost}",
    )
    return ask(draw, text, answer(ABSENT, ghost))


@situation("questions")
def namespace_that_is_not_there(draw: Draw) -> Told:
    app = serving_app(draw)
    place = f"{app.namespace}-{draw.pick('old', 'v3', 'qa')}"
    text = draw.pick(
        f"how many pods are in namespace {place}?",
        f"Get last logs from {app.name} in {place} namespace",
        f"what is wrong in namespace {place}",
        f"is {app.name} in namespace {place} ok?",
    )
    return ask(draw, text, answer(ABSENT, place))


@situation("questions")
def name_of_two(draw: Draw) -> Told:
    name = draw.name()
    places = [draw.app(name=name).namespace for _ in range(2)]
    text = draw.pick(
        f"is {name} healthy?",
        f"logs of {name}",
        f"how many replicas does {name} have?",
        f"why is {name} slow",
        f"restart count of deployment {name}",
    )
    return ask(draw, text, answer(*places))


@situation("questions")
def misspelt_name(draw: Draw) -> Told:
    app = serving_app(draw)
    at = draw.number(2, len(app.name) - 3)
    typo = app.name[:at] + app.name[at + 1 :]
    text = draw.pick(f"is {typo} ok?", f"how many replicas does {typo} have?", f"show logs of {typo}")
    return ask(draw, text, answer(app.name))


@situation("questions")
def what_is_wrong_in_a_place(draw: Draw) -> Told:
    app = near(draw)
    bad = next(o for o in draw.objects if o["kind"] == "Deployment" and o["metadata"]["name"] != app.name)
    text = draw.pick(
        f"what is wrong in {app.namespace}?",
        f"anything broken in namespace {app.namespace}",
        f"any problems in {app.namespace}?",
        f"whats going on in {app.namespace}",
        f"is {app.namespace} ok?",
    )
    return ask(draw, text, Expect(("answered", "cause"), says=(bad["metadata"]["name"],), never=(HEALTHY,)))


@situation("questions")
def nothing_wrong_in_a_place(draw: Draw) -> Told:
    app = serving_app(draw)
    text = draw.pick(
        f"what is wrong in {app.namespace}?",
        f"anything broken in namespace {app.namespace}?",
        f"is namespace {app.namespace} healthy",
        f"any issues in {app.namespace} right now?",
    )
    return ask(draw, text, answer(rf"{ZERO}|well|healthy"))


@situation("questions")
def autoscaler_at_its_limit(draw: Draw) -> Told:
    app = serving_app(draw)
    most = draw.number(3, 6)
    draw.objects.append(autoscaler(draw, app, most=most, desired=most))
    text = draw.pick(
        f"why doesn't {app.name} scale up?",
        f"is the hpa of {app.name} at its limit?",
        f"why is {app.name} not scaling any further",
        f"max replicas of hpa {app.name}?",
    )
    return ask(draw, text, Expect(("answered", "cause"), says=(rf"\b{most}\b|max|limit",)))


@situation("questions")
def pod_that_is_over(draw: Draw) -> Told:
    """A completed pod whose log says why it gave up, though its exit code is zero."""
    app = draw.app()
    name = f"{draw.name()}-sync"
    objs = job(draw, name, app.namespace, failed=False)
    draw.objects += objs
    line = draw.pick("ERROR environment variable REGION_CODE is not set", "Error: REGION_CODE undefined")
    draw.logs.append({"namespace": app.namespace, "pod": objs[1]["metadata"]["name"], "container": "main",
                      "previous": False, "text": f"{objects.at(25)} starting\n{objects.at(24.9)} {line}"})  # fmt: skip
    text = draw.pick(
        f"what is the issue with {name}?",
        f"whats wrong with pod {objs[1]['metadata']['name']}",
        f"why did {name} not work?",
    )
    return ask(draw, text, Expect(("answered", "cause"), says=("REGION_CODE",), never=(HEALTHY,)))


@situation("questions")
def sidecar_alone_is_broken(draw: Draw) -> Told:
    app = draw.app()
    break_app(app)
    draw.log(app, ["FATAL lease lost"] * 3)
    text = draw.pick(f"is {app.name} ready", f"are all pods of {app.name} running?", f"{app.name} ready?")
    return ask(draw, text, Expect(("answered", "cause"), says=(r"\bno\b|not ready|0 of",), never=(HEALTHY,)))


@situation("questions")
def metric_that_was_asked_of_no_source(draw: Draw) -> Told:
    app = serving_app(draw)
    text = draw.pick(
        f"why is {app.name} slow?",
        f"why does {app.name} answer so slowly",
        f"users see errors from {app.name}, why?",
    )
    return Told(draw.world(), triggers.question(text), Expect(("answered", "open"), never=(HEALTHY,)))
