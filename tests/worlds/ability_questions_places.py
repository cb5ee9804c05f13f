"""Several names in one question, and namespaces beside them: a namespace is that of the name that it stands beside."""

from __future__ import annotations

from tests.worlds.ability_questions_counting import ZERO, answer, ask
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import serving_app

LOST = ("nothing named", "no namespace", "no similar name")


def pair(draw: Draw) -> tuple[App, App]:
    """A client and what it calls, in two namespaces, whose path nothing blocks."""
    return serving_app(draw), serving_app(draw)


def in_place(draw: Draw, app: App) -> str:
    """A name with its namespace, as people write it."""
    name, place = app.name, app.namespace
    return str(
        draw.pick(
            f"{name} in {place}",
            f"{name} in namespace {place}",
            f"{name} (namespace {place})",
            f"{name} (ns: {place})",
            f"{place}/{name}",
            f"{name} from the {place} namespace",
            f"{name} in ns {place}",
        )
    )


def open_path(client: App, callee: App) -> Expect:
    return answer(client.name, callee.name, "nothing in the declared", never=LOST)


@situation("questions")
def place_of_the_client_alone(draw: Draw) -> Told:
    client, callee = pair(draw)
    text = draw.pick(
        f"{in_place(draw, client)} cannot reach {callee.name}",
        f"can {in_place(draw, client)} talk to {callee.name}?",
        f"why can't {in_place(draw, client)} reach {callee.name}?",
        f"is {callee.name} reachable from {in_place(draw, client)}?",
    )
    return ask(draw, text, open_path(client, callee))


@situation("questions")
def place_of_the_callee_alone(draw: Draw) -> Told:
    client, callee = pair(draw)
    text = draw.pick(
        f"{client.name} cannot reach {in_place(draw, callee)}",
        f"can {client.name} connect to {in_place(draw, callee)}?",
        f"does {client.name} reach {in_place(draw, callee)}",
        f"can {in_place(draw, callee)} be reached from {client.name}?",
    )
    return ask(draw, text, open_path(client, callee))


@situation("questions")
def places_of_both_ends(draw: Draw) -> Told:
    client, callee = pair(draw)
    text = draw.pick(
        f"can {in_place(draw, client)} reach {in_place(draw, callee)}?",
        f"{in_place(draw, client)} can't connect to {in_place(draw, callee)}",
        f"is {in_place(draw, callee)} reachable from {in_place(draw, client)}",
        f"does {in_place(draw, client)} have access to {in_place(draw, callee)}?",
    )
    return ask(draw, text, open_path(client, callee))


@situation("questions")
def place_before_the_names(draw: Draw) -> Told:
    client, callee = pair(draw)
    place = client.namespace
    text = draw.pick(
        f"in {place}, can {client.name} reach {callee.name}?",
        f"namespace {place}: {client.name} cannot reach {callee.name}",
        f"in namespace {place} {client.name} can't connect to {callee.name}",
    )
    return ask(draw, text, open_path(client, callee))


@situation("questions")
def one_namesake_elsewhere(draw: Draw) -> Told:
    """The callee's name is in two namespaces, and neither is that of the client: that is to be settled first."""
    client, callee = pair(draw)
    other = draw.app(name=callee.name)
    text = draw.pick(
        f"{in_place(draw, client)} cannot reach {callee.name}",
        f"can {in_place(draw, client)} connect to {callee.name}?",
    )
    return ask(draw, text, Expect(("answered", "open"), says=(callee.namespace, other.namespace), never=LOST))


@situation("questions")
def namesake_in_the_place_of_the_client(draw: Draw) -> Told:
    """What stands in the client's own namespace is meant."""
    client = serving_app(draw)
    callee = draw.app(client.namespace)
    other = draw.app(name=callee.name)
    text = draw.pick(
        f"can {in_place(draw, client)} reach {callee.name}?",
        f"{in_place(draw, client)} can't connect to {callee.name}",
    )
    return ask(draw, text, answer(client.name, f"{callee.namespace}/{callee.name}", never=(*LOST, other.namespace)))


@situation("questions")
def callee_of_nowhere(draw: Draw) -> Told:
    client, ghost = serving_app(draw), draw.name()
    draw.app()
    text = draw.pick(
        f"{in_place(draw, client)} cannot reach {ghost}",
        f"can {in_place(draw, client)} talk to {ghost}?",
        f"is {ghost} reachable from {in_place(draw, client)}?",
    )
    return ask(draw, text, Expect(("answered", "open"), says=(rf"nothing named {ghost}",), never=("Yes:",)))


@situation("questions")
def absent_where_it_was_looked_for(draw: Draw) -> Told:
    """It exists, and not in the namespace that is named: what is said is where nothing was found."""
    app, other = serving_app(draw), draw.app()
    place = other.namespace
    text = draw.pick(
        f"how many replicas does {app.name} in {place} have?",
        f"image of {app.name} in namespace {place}",
        f"is {app.name} healthy in {place}?",
        f"restarts of {place}/{app.name}",
    )
    expect = Expect(("answered", "open"), says=(rf"nothing named {app.name} in namespace {place}|{app.namespace}",))
    return ask(draw, text, expect)


@situation("questions")
def two_compared_from_two_places(draw: Draw) -> Told:
    one, other = pair(draw)
    text = draw.pick(
        f"compare {in_place(draw, one)} with {in_place(draw, other)}",
        f"difference between {in_place(draw, one)} and {in_place(draw, other)}?",
        f"diff {in_place(draw, one)} and {other.name}",
    )
    return ask(draw, text, answer(one.name, other.name, "differ", never=LOST))


@situation("questions")
def same_name_compared_over_places(draw: Draw) -> Told:
    one = serving_app(draw)
    other = draw.app(name=one.name)
    text = draw.pick(
        f"compare {one.name} in {one.namespace} with {one.name} in {other.namespace}",
        f"compare {one.namespace}/{one.name} and {other.namespace}/{one.name}",
        f"how does {one.name} in {one.namespace} differ from {one.name} in {other.namespace}?",
    )
    return ask(draw, text, answer(one.namespace, other.namespace, "differ", never=LOST))


@situation("questions")
def one_name_with_its_place(draw: Draw) -> Told:
    app = serving_app(draw)
    draw.app(name=app.name)
    text = draw.pick(
        f"which image does {in_place(draw, app)} run?",
        f"image of {in_place(draw, app)}",
        f"{in_place(draw, app)}: which image?",
    )
    return ask(draw, text, answer(app.image, never=LOST))


@situation("questions")
def policies_beside_one_with_its_place(draw: Draw) -> Told:
    app = serving_app(draw)
    draw.app(name=app.name)
    text = draw.pick(
        f"which network policies apply to {in_place(draw, app)}?",
        f"any netpols on {in_place(draw, app)}",
    )
    return ask(draw, text, answer(ZERO, never=LOST))
