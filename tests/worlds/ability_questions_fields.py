"""Questions for fields of objects: limits, ports, ages, addresses, owners, schedules, sizes and labels."""

from __future__ import annotations

from tests.worlds import calling, controllers, objects, past, triggers
from tests.worlds.ability_questions_counting import ZERO, answer, ask, restart
from tests.worlds.parts import Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import autoscaler, break_app, claim_volume, serving_app, sick


@situation("questions")
def limits_of_one(draw: Draw) -> Told:
    app = serving_app(draw)
    text = draw.pick(
        f"what is the memory limit of {app.name}?",
        f"how much memory may {app.name} use",
        f"memory limit {app.name} in {app.namespace}?",
        f"what are the resource limits of deployment {app.name}",
    )
    return ask(draw, text, answer("256Mi"))


@situation("questions")
def port_of_a_service(draw: Draw) -> Told:
    app = serving_app(draw)
    text = draw.pick(
        f"which port does service {app.name} use?",
        f"on what port is the service {app.name} in {app.namespace}",
        f"what port does {app.name} listen on?",
        f"ports of svc {app.name}",
    )
    return ask(draw, text, answer(rf"\b(?:80|{app.port})\b"))


@situation("questions")
def selector_of_a_service(draw: Draw) -> Told:
    app = serving_app(draw)
    (key, value), *_ = app.service["spec"]["selector"].items()
    text = draw.pick(f"what does service {app.name} select?", f"selector of service {app.name} in {app.namespace}?")
    return ask(draw, text, answer(f"{key}.{{0,4}}{value}"))


@situation("questions")
def image_tag_of_one(draw: Draw) -> Told:
    app = serving_app(draw)
    tag = app.image.rsplit(":", 1)[1].replace(".", r"\.")
    text = draw.pick(
        f"which version of {app.name} is running?",
        f"what image tag does {app.name} run",
        f"image of {app.name}?",
        f"which image is deployed for {app.name} in {app.namespace}?",
    )
    return ask(draw, text, answer(tag))


@situation("questions")
def schedule_of_a_cronjob(draw: Draw) -> Told:
    place = serving_app(draw).namespace
    name = controllers.run(draw, place, cron=True).split("/")[2]
    text = draw.pick(
        f"what is the schedule of cronjob {name}?",
        f"when does {name} run",
        f"how often does the cronjob {name} in {place} run?",
    )
    return ask(draw, text, answer(r"40 \* \* \* \*|every hour|hourly"))


@situation("questions")
def size_of_a_claim(draw: Draw) -> Told:
    app = serving_app(draw)
    name = claim_volume(draw, app)
    text = draw.pick(
        f"how big is the pvc {name}?",
        f"what size does {name} have in {app.namespace}",
        f"capacity of persistentvolumeclaim {name}?",
        f"which storage class does {name} use and how big is it?",
    )
    return ask(draw, text, answer("10 ?Gi"))


@situation("questions")
def owner_of_a_pod(draw: Draw) -> Told:
    app = serving_app(draw)
    text = draw.pick(
        f"which deployment does {app.pod} belong to?",
        f"who owns pod {app.pod}",
        f"what controls pod {app.pod} in {app.namespace}?",
    )
    return ask(draw, text, answer(rf"\b{app.name}\b(?!-{app.hash})"))


@situation("questions")
def pods_on_a_node(draw: Draw) -> Told:
    app = serving_app(draw)
    node = app.pods[0]["spec"]["nodeName"]
    here = [o["metadata"]["name"] for o in draw.objects if o["kind"] == "Pod" and o["spec"].get("nodeName") == node]
    text = draw.pick(
        f"how many pods run on node {node}?",
        f"number of pods on {node}",
        f"how many pods does the node {node} have?",
    )
    return ask(draw, text, answer(rf"\b{len(here)}\b"))


@situation("questions")
def nodes_and_their_state(draw: Draw) -> Told:
    serving_app(draw)
    count = sum(o["kind"] == "Node" for o in draw.objects)
    text = draw.pick(
        "how many nodes are there and are all of them ready?",
        "How many nodes does the cluster have? Are they ready?",
        "are all nodes ready, and how many are there",
    )
    return ask(draw, text, answer(rf"\b{count}\b", "ready|yes"))


@situation("questions")
def configuration_value_of_one(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    host = f"http://{callee.service['metadata']['name']}:80"
    calling.told_of(draw, caller, "BACKEND_URL", host, "env")
    text = draw.pick(
        f"what is BACKEND_URL of {caller.name}?",
        f"which value does the env BACKEND_URL have in {caller.name}",
        f"what is the environment variable BACKEND_URL of deployment {caller.name} in {caller.namespace} set to?",
    )
    return ask(draw, text, answer(host))


@situation("questions")
def quoted_name_of_one(draw: Draw) -> Told:
    app = serving_app(draw)
    text = draw.pick(
        f'how many replicas does "{app.name}" have?',
        f"are all pods of '{app.name}' ready?",
        f"how many pods has `{app.name}` in `{app.namespace}`?",
    )
    return ask(draw, text, answer(rf"\b{app.replicas}\b"))


@situation("questions")
def range_of_an_autoscaler(draw: Draw) -> Told:
    app = serving_app(draw)
    most = draw.number(4, 12)
    draw.objects.append(autoscaler(draw, app, most=most, desired=2))
    text = draw.pick(
        f"how far may {app.name} scale?",
        f"what are min and max of the hpa {app.name}",
        f"how many replicas can the autoscaler of {app.name} go up to?",
    )
    return ask(draw, text, answer(rf"\b{most}\b"))


@situation("questions")
def restarts_and_reason_in_two_sentences(draw: Draw) -> Told:
    app = draw.app()
    bad = sick(draw, app.namespace)
    text = draw.pick(
        f"How often did {bad.name} restart? And why?",
        f"How many restarts has {bad.name}? What is the reason?",
        f"restart count of {bad.name}, and why does it restart?",
    )
    return ask(draw, text, Expect(("answered", "cause"), says=(r"\b9\b", "nil map|cannot read rates|bad schema")))


@situation("questions")
def when_one_was_rolled_out(draw: Draw) -> Told:
    app = serving_app(draw)
    past.rolled_out(draw, app, 75)
    past.renew(app, 75)
    text = draw.pick(
        f"when was {app.name} last deployed?",
        f"when was the last rollout of {app.name}",
        f"what changed on {app.name} in the last two hours?",
        f"was {app.name} deployed recently?",
    )
    return ask(draw, text, answer(r"13:05|\b(?:75 min|1 ?h(?:our)?|an hour)|revision 2"))


@situation("questions")
def ready_of_a_kind_and_how_many(draw: Draw) -> Told:
    app = draw.app(replicas=draw.number(1, 3))
    controllers.stateful(draw, app)
    controllers.fresh(draw, app)
    text = draw.pick(
        f"is the statefulset {app.name} healthy?",
        f"how many replicas of statefulset {app.name} are ready",
        f"status of sts {app.name} in {app.namespace}?",
    )
    return ask(draw, text, answer(rf"\b{app.replicas} of {app.replicas}\b"))


@situation("questions")
def daemon_on_every_node(draw: Draw) -> Told:
    app = draw.app()
    controllers.daemon(draw, app)
    text = draw.pick(
        f"does the daemonset {app.name} run on all nodes?",
        f"is daemonset {app.name} complete",
        f"on how many nodes does {app.name} run?",
    )
    return ask(draw, text, answer(rf"\b{app.replicas}\b"))


@situation("questions")
def events_of_one(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders()
    message = draw.pick(
        "Volume is already exclusively attached to one node", "node had taint that pod did not tolerate"
    )
    draw.objects.append(objects.event(app.pods[0], "FailedScheduling", message))
    text = draw.pick(
        f"any events for {app.pod}?",
        f"show events of {app.name} in {app.namespace}",
        f"what events are there for pod {app.pod}",
    )
    return ask(draw, text, answer(message[:20]))


@situation("questions")
def word_in_a_pod_and_how_often(draw: Draw) -> Told:
    app = draw.app(replicas=1)
    word = draw.pick("timeout", "retrying", "checksum")
    count = draw.number(3, 9)
    draw.log(app, ["INFO served in 3 ms"] * 10 + [f"WARN {word} of segment 7"] * count + ["INFO served in 5 ms"] * 6)
    text = draw.pick(
        f'how often does "{word}" appear in the logs of {app.name}?',
        f"how many log lines of {app.pod} contain '{word}'?",
        f"count lines with {word} in the log of {app.name}",
    )
    return ask(draw, text, answer(rf"\b{count}\b"))


@situation("questions")
def cluster_that_is_well(draw: Draw) -> Told:
    serving_app(draw)
    serving_app(draw)
    text = draw.pick("is the cluster healthy?", "anything wrong in the cluster", "how is the cluster doing?")
    return ask(draw, text, answer(rf"{ZERO}|well|healthy"))


@situation("questions")
def oldest_pod_of_a_place(draw: Draw) -> Told:
    app = draw.app(replicas=1)
    other = draw.app(app.namespace, replicas=1)
    for one, age in ((app, 90000), (other, 300)):
        one.pods[0]["metadata"]["creationTimestamp"] = one.pods[0]["status"]["startTime"] = objects.at(age)
    text = draw.pick(
        f"which is the oldest pod in {app.namespace}?",
        f"oldest pod in namespace {app.namespace}",
        f"what pod runs longest in {app.namespace}?",
    )
    return ask(draw, text, answer(rf"^(?:(?!{other.pod}).)*{app.pod}"))


@situation("questions")
def exit_code_of_one(draw: Draw) -> Told:
    app = draw.app()
    code = draw.pick(3, 17, 78)
    break_app(app, exit_code=code)
    text = draw.pick(
        f"with which exit code does {app.name} crash?",
        f"what was the last exit code of {app.pod}",
        f"exit code of {app.name} in {app.namespace}?",
    )
    return ask(draw, text, Expect(("answered", "cause"), says=(rf"\b{code}\b",)))


@situation("questions")
def restarts_of_all_in_a_place(draw: Draw) -> Told:
    app = draw.app(replicas=1)
    other = draw.app(app.namespace, replicas=1)
    one, two = draw.number(2, 5), draw.number(6, 9)
    restart(draw, app, one)
    restart(draw, other, two)
    text = draw.pick(
        f"how many restarts were there in {app.namespace} in total?",
        f"total restarts in namespace {app.namespace}",
        f"sum of all restarts of pods in {app.namespace}?",
    )
    return Told(draw.world(), triggers.question(text), answer(rf"\b{one + two}\b"))
