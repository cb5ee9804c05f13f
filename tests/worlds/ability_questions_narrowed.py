"""Questions over all of a kind, narrowed by an attribute, summed or ordered by it; and what follows such an answer."""

from __future__ import annotations

from tests.worlds import objects
from tests.worlds.ability_questions_attributes import declare
from tests.worlds.ability_questions_counting import ZERO, answer, ask, restart
from tests.worlds.ability_questions_talk import talk
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import break_app, claim_volume, serving_app


def volumes(draw: Draw, app: App, *sizes: int) -> list[str]:
    """Claims of such sizes in Gi; their names."""
    claims: list[Obj] = []
    for size in sizes:
        name = f"disk-{draw.suffix()}"
        spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": f"{size}Gi"}},
                "storageClassName": "gp3", "volumeName": f"pvc-{draw.suffix(8)}"}  # fmt: skip
        claims.append({"kind": "PersistentVolumeClaim", "metadata": objects.meta(name, app.namespace, 900, {}),
                     "spec": spec, "status": {"phase": "Bound", "capacity": {"storage": f"{size}Gi"}}})  # fmt: skip
    draw.objects += claims
    return [one["metadata"]["name"] for one in claims]


@situation("questions")
def services_of_a_type(draw: Draw) -> Told:
    app = serving_app(draw)
    other = draw.app(app.namespace)
    kind = other.service["spec"]["type"] = draw.pick("LoadBalancer", "NodePort")
    text = draw.pick(
        f"which services are of type {kind} in {app.namespace}?",
        f"list {kind} services in {app.namespace}",
        f"any services of type {kind.lower()} in namespace {app.namespace}?",
    )
    return ask(draw, text, answer(other.service["metadata"]["name"], never=(rf"\b{app.name}:",)))


@situation("questions")
def claims_of_a_class(draw: Draw) -> Told:
    app = serving_app(draw)
    one, two = volumes(draw, app, 5, 6)
    class_name = draw.pick("fast-nvme", "io2-premium")
    for obj in draw.objects:
        if obj["metadata"]["name"] == two:
            obj["spec"]["storageClassName"] = class_name
    text = draw.pick(
        f"which pvcs use storage class {class_name}?",
        f"list claims with the storageclass {class_name} in {app.namespace}",
        f"pvcs of storage class {class_name}",
    )
    return ask(draw, text, answer(two, never=(one,)))


@situation("questions")
def workloads_without_a_probe(draw: Draw) -> Told:
    app, other = draw.app(replicas=1), None
    other = draw.app(app.namespace, replicas=1)
    probe = {"httpGet": {"path": "/ready", "port": app.port}, "periodSeconds": 5}
    app.deployment["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] = probe
    text = draw.pick(
        f"which deployments in {app.namespace} have no readiness probe?",
        f"deployments without a readiness probe in {app.namespace}",
        f"what deployments lack readiness probes in ns {app.namespace}?",
    )
    return ask(draw, text, answer(other.name, never=(app.name,)))


@situation("questions")
def storage_in_total(draw: Draw) -> Told:
    app = serving_app(draw)
    sizes = [draw.number(5, 40) for _ in range(3)]
    volumes(draw, app, *sizes)
    text = draw.pick(
        f"how much storage is claimed in {app.namespace} in total?",
        f"total size of all pvcs in {app.namespace}",
        f"sum of the pvc sizes in namespace {app.namespace}?",
    )
    return ask(draw, text, answer(rf"\b{sum(sizes)} ?Gi"))


@situation("questions")
def biggest_claim(draw: Draw) -> Told:
    app = serving_app(draw)
    small, big = volumes(draw, app, draw.number(2, 9), draw.number(100, 900))
    text = draw.pick(
        f"which pvc in {app.namespace} is the biggest?",
        f"what is the largest persistent volume claim in {app.namespace}",
        f"biggest pvc {app.namespace}?",
    )
    return ask(draw, text, answer(rf"^(?:(?!{small}).)*{big}"))


@situation("questions")
def pods_of_an_account(draw: Draw) -> Told:
    app = draw.app(replicas=2)
    draw.app(app.namespace, replicas=3)
    account = f"{draw.name()}-bot"
    declare(app, serviceAccountName=account)
    text = draw.pick(
        f"which pods run as service account {account} in {app.namespace}?",
        f"pods using the service account {account}",
        f"how many pods use serviceaccount {account}?",
    )
    return ask(draw, text, answer(rf"\b2\b|{app.pod}"))


@situation("questions")
def workloads_of_one_replica(draw: Draw) -> Told:
    app = draw.app(replicas=1)
    other = draw.app(app.namespace, replicas=draw.number(2, 4))
    text = draw.pick(
        f"which deployments have only one replica in {app.namespace}?",
        f"deployments with 1 replica in {app.namespace}",
        f"which deployments in {app.namespace} have less than 2 replicas?",
    )
    return ask(draw, text, answer(app.name, never=(other.name,)))


@situation("questions")
def and_in_another_place(draw: Draw) -> Told:
    app = draw.app(replicas=draw.number(1, 2))
    other = draw.app(replicas=draw.number(3, 4))
    opening = draw.pick(f"how many pods are in {app.namespace}?", f"number of pods in namespace {app.namespace}")
    text = draw.pick(f"and in {other.namespace}?", f"and {other.namespace}?", f"same for {other.namespace}")
    return talk(draw, opening, text, says=(rf"\b{other.replicas}\b", other.namespace))


@situation("questions")
def and_another_attribute(draw: Draw) -> Told:
    app = serving_app(draw)
    declare(app, serviceAccountName=f"{app.name}-runner", terminationGracePeriodSeconds=77)
    opening = draw.pick(f"which image does {app.name} use?", f"is {app.name} ready?", f"describe {app.name}")
    text, says = draw.pick(
        ("and the memory limit?", "256Mi"),
        ("what is its memory limit", "256Mi"),
        ("and its service account?", f"{app.name}-runner"),
        ("grace period?", r"\b77\b"),
        ("and the ports?", rf"\b(?:{app.port}|80)\b"),
    )
    return talk(draw, opening, text, says=(says,))


@situation("questions")
def which_of_them_most(draw: Draw) -> Told:
    app = draw.app(replicas=1)
    other = draw.app(app.namespace, replicas=1)
    restart(draw, app, 2)
    restart(draw, other, 8)
    opening = draw.pick(f"list pods in {app.namespace}", f"which pods are in {app.namespace}?")
    text = draw.pick(
        "which of them restarted most?", "which one has the most restarts?", "and which restarted the most"
    )
    return talk(draw, opening, text, says=(rf"^(?:(?!{app.pod}).)*{other.pod}",))


@situation("questions")
def denied_question(draw: Draw) -> Told:
    app = serving_app(draw)
    down = draw.app(app.namespace)
    break_app(down)
    one, says = draw.pick((app, r"^no\b"), (down, r"^yes\b"))
    text = draw.pick(f"isn't {one.name} ready?", f"is {one.name} not ready", f"is {one.name} not running?")
    return ask(draw, text, Expect(("answered", "well", "cause"), says=(says,)))


@situation("questions")
def mistyped_words(draw: Draw) -> Told:
    app = serving_app(draw)
    text, says = draw.pick(
        (f"wich imgae does {app.name} use", app.image),
        (f"memroy limit of {app.name}?", "256Mi"),
        (f"how many replcas does {app.name} hav", rf"\b{app.replicas}\b"),
        (f"on wich nodes is {app.name} runing?", app.pods[0]["spec"]["nodeName"]),
    )
    return ask(draw, text, answer(says))


@situation("questions")
def two_attributes_at_once(draw: Draw) -> Told:
    app = serving_app(draw)
    text = draw.pick(
        f"what are the cpu request and the memory limit of {app.name}?",
        f"memory limit and cpu request of {app.name} in {app.namespace}",
        f"What cpu does {app.name} request? And what is its memory limit?",
    )
    return ask(draw, text, answer("50m", "256Mi"))


@situation("questions")
def one_image_of_two(draw: Draw) -> Told:
    app = draw.app()
    other = draw.app(app.namespace)
    text = draw.pick(
        f"do {app.name} and {other.name} run the same image?",
        f"compare the images of {app.name} and {other.name}",
        f"which images do {app.name} and {other.name} use?",
    )
    return ask(draw, text, answer(app.image, other.image))


@situation("questions")
def expiry_that_cannot_be_seen(draw: Draw) -> Told:
    """A certificate lies in a Secret whose value nobody reads here: that is said."""
    app = serving_app(draw)
    claim_volume(draw, app)
    secret = {"kind": "Secret", "type": "kubernetes.io/tls", "data": {"tls.crt": "TUlJQg==", "tls.key": "TUlJQg=="}}
    secret |= {"metadata": objects.meta("web-tls", app.namespace, 900, {})}
    draw.objects.append(secret)
    text = draw.pick(
        f"when does the certificate of {app.name} expire?",
        f"certificate expiry of {app.name}?",
        f"how long is the tls certificate web-tls in {app.namespace} valid",
    )
    says = (r"\bno\b|\bnot\b|cannot|never",)
    never = (r"\bexpires (?:on|at) \d", r"\bis healthy")
    return ask(draw, text, Expect(("answered", "open"), says=says, never=never))


@situation("questions")
def pods_of_nobody(draw: Draw) -> Told:
    app = serving_app(draw)
    account = f"{draw.name()}-ghost"
    text = draw.pick(
        f"which pods use priority class {account} in {app.namespace}?",
        f"are there pods with node selector pool={account} in {app.namespace}?",
        f"how many deployments in {app.namespace} have a liveness probe?",
    )
    return ask(draw, text, answer(ZERO))
