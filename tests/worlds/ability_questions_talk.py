"""Conversations: what follows an answer, several sentences at once, and who did what."""

from __future__ import annotations

from tests.worlds import objects, triggers
from tests.worlds.ability_questions_counting import answer, ask, restart
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Told, situation
from tests.worlds.workloads import break_app, near, serving_app, sick


def talk(draw: Draw, *texts: str, says: tuple[str, ...], never: tuple[str, ...] = ()) -> Told:
    return Told(draw.world(), triggers.conversation(*texts), answer(*says, never=never))


def first(draw: Draw, app: App) -> str:
    return str(draw.pick(
        f"what is wrong with {app.name}?", f"why is {app.name} down", f"{app.name} is broken, why?",
        f"whats up with deployment {app.name} in {app.namespace}",
    ))  # fmt: skip


def written_by(one: Obj, who: str, minutes: float) -> None:
    """Who wrote the pod template last, and when."""
    one["metadata"]["managedFields"] = [
        {"manager": who, "operation": "Update", "apiVersion": "apps/v1", "time": objects.at(minutes),
         "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:template": {"f:spec": {"f:containers": {}}}}}}
    ]  # fmt: skip


@situation("questions")
def since_when(draw: Draw) -> Told:
    app = draw.app()
    bad = sick(draw, app.namespace)
    text = draw.pick("since when?", "Since when", "when did it start?", "and when did that begin?", "how long already?")
    return talk(draw, first(draw, bad), text, says=(r"\d\d:\d\d",))


@situation("questions")
def show_me_the_logs(draw: Draw) -> Told:
    app = draw.app()
    bad = sick(draw, app.namespace)
    text = draw.pick(
        "show me the logs",
        "logs?",
        "and the logs",
        "can i see its logs",
        "what do the logs say",
        "show logs pls",
    )
    return talk(draw, first(draw, bad), text, says=(r"nil map|cannot read rates|bad schema",))


@situation("questions")
def logs_after_a_status(draw: Draw) -> Told:
    app = serving_app(draw)
    draw.logs.clear()
    word = draw.pick("heliograph", "sextant", "astrolabe")
    draw.log(app, [f"INFO calibrated the {word}"] * 8)
    opening = draw.pick(f"is {app.name} ready?", f"describe {app.name}", f"how many replicas does {app.name} have?")
    text = draw.pick("show me the logs", "logs", "last 5 log lines", "tail the logs")
    return talk(draw, opening, text, says=(word,))


@situation("questions")
def and_its_restarts(draw: Draw) -> Told:
    app = serving_app(draw)
    times = draw.number(3, 9)
    restart(draw, app, times)
    opening = draw.pick(f"is {app.name} ready?", f"show deployment {app.name}", f"image of {app.name}?")
    text = draw.pick("how often did it restart?", "restarts?", "and how many restarts?", "did it restart")
    return talk(draw, opening, text, says=(rf"\b{times}\b",))


@situation("questions")
def and_the_other_one(draw: Draw) -> Told:
    app = serving_app(draw)
    other = draw.app(app.namespace)
    opening = draw.pick(f"which image does {app.name} use?", f"image of deployment {app.name}")
    text = draw.pick(f"and {other.name}?", f"and what about {other.name}", f"same for {other.name}")
    return talk(draw, opening, text, says=(other.image,))


@situation("questions")
def which_one_and_the_choice(draw: Draw) -> Told:
    name = draw.name()
    app, other = draw.app(name=name), draw.app(name=name)
    opening = draw.pick(f"which image does {name} use?", f"how many replicas does {name} have", f"describe {name}")
    text = draw.pick(
        f"the one in {other.namespace}",
        f"{other.namespace}",
        f"in {other.namespace}",
        f"in namespace {other.namespace}",
    )
    says = (other.image,) if "image" in opening else (rf"{other.namespace}", rf"\b{other.replicas}\b")
    assert app.namespace != other.namespace
    return talk(draw, opening, text, says=says, never=("not understood", "there is nothing"))


@situation("questions")
def several_sentences(draw: Draw) -> Told:
    app = draw.app()
    bad = sick(draw, app.namespace)
    text = draw.pick(
        f"Users complain. Something with {bad.name} in {bad.namespace} seems off. What is wrong with it?",
        f"Hi! We have an outage. Please look at deployment {bad.name}. Why does it crash?",
        f"we just got paged for {bad.name}. pls check what is going on there. thanks!",
    )
    return ask(draw, text, answer(r"nil map|cannot read rates|bad schema|exit", bad.name))


@situation("questions")
def remark_behind_the_question(draw: Draw) -> Told:
    app = serving_app(draw)
    text = draw.pick(
        f"How many replicas does {app.name} have? Answer with a number.",
        f"replicas of {app.name}? keep it short please",
        f"How many replicas does {app.name} have? I need it for the postmortem.",
    )
    return ask(draw, text, answer(rf"\b{app.replicas}\b", never=("nothing named",)))


@situation("questions")
def two_things_two_questions(draw: Draw) -> Told:
    app = serving_app(draw)
    other = draw.app(app.namespace)
    restart(draw, other, 7)
    text = draw.pick(
        f"What image does {app.name} use? And how often did {other.name} restart?",
        f"which image runs in {app.name}, and how many restarts does {other.name} have?",
        f"image of {app.name}; restarts of {other.name}",
    )
    return ask(draw, text, answer(app.image, r"\b7\b"))


@situation("questions")
def nonsense_is_said_to_be_not_understood(draw: Draw) -> Told:
    serving_app(draw)
    text = draw.pick(
        "sing me a song",
        "what's the weather like",
        "purple monkey dishwasher",
        "lorem ipsum dolor sit amet",
        "tell me a joke about pirates",
    )
    question = ask(draw, text, answer())
    says = ("not (?:understood|clear)|understand|nothing named|cannot|help",)
    return Told(question.world, question.trigger, type(question.expect)(("open", "answered"), says=says))


@situation("questions")
def who_changed_it(draw: Draw) -> Told:
    app = serving_app(draw)
    who = draw.pick("argocd-controller", "kim-kubectl-edit", "helm", "flux")
    written_by(app.deployment, who, 35)
    text = draw.pick(
        f"who changed {app.name}?",
        f"who edited deployment {app.name} last",
        f"who touched {app.name} today?",
        f"who did the last change on {app.name}",
        f"by whom was {app.name} modified",
    )
    return ask(draw, text, answer(who))


@situation("questions")
def what_changed_lately(draw: Draw) -> Told:
    app = near(draw)
    who = draw.pick("argocd-controller", "kubectl-edit", "helm")
    written_by(app.deployment, who, draw.number(10, 50))
    text = draw.pick(
        f"what changed in {app.namespace} in the last hour?",
        f"anything deployed to {app.namespace} in the last 60 min?",
        f"recent changes in ns {app.namespace}",
        f"did someone change something in {app.namespace} within the last hour",
    )
    return ask(draw, text, answer(app.name))


@situation("questions")
def which_of_them(draw: Draw) -> Told:
    app = draw.app(replicas=2)
    bad = draw.app(app.namespace)
    break_app(bad)
    opening = draw.pick(f"how many pods are in {app.namespace}?", f"list pods in {app.namespace}")
    text = draw.pick("which of them are not ready?", "and which are crashing?", "how many of these are not ready?")
    says = (rf"\b{bad.replicas}\b",) if "many" in text else (bad.name,)
    return talk(draw, opening, text, says=says)
