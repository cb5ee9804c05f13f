"""What the responder never writes is proposed with the command: rights in the cluster."""

from __future__ import annotations

from tests.worlds import objects, triggers
from tests.worlds.ability_reasons_dependencies import grant
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import labels, serving_app

RBAC = "rbac.authorization.k8s.io/v1"


def deny(draw: Draw, verb: str, what: str) -> tuple[App, str]:
    """A program that serves, and logs that its account may not do something."""
    app = serving_app(draw)
    account = f"{app.name}-sa"
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["serviceAccountName"] = account
    draw.objects.append(
        {
            "kind": "ServiceAccount",
            "metadata": {"name": account, "namespace": app.namespace, "creationTimestamp": objects.at(9000)},
        }
    )
    line = (
        f'ERROR {what} is forbidden: User "system:serviceaccount:{app.namespace}:{account}" cannot {verb} resource '
        f'"{what}" in API group "" in the namespace "{app.namespace}"'
    )
    draw.logs = [one for one in draw.logs if one["namespace"] != app.namespace]
    for pod in app.pods:
        draw.log(app, [line] * 12, pod=pod)
    return app, account


def role(app: App, name: str, what: str, *verbs: str) -> Obj:
    return {
        "apiVersion": RBAC,
        "kind": "Role",
        "metadata": {"name": name, "namespace": app.namespace, "creationTimestamp": objects.at(9000)},
        "rules": [{"apiGroups": [""], "resources": [what], "verbs": list(verbs)}],
    }


def story_of(draw: Draw, app: App, *steps: str) -> Told:
    text = {"summary": f"{app.name} logs errors", "description": f"{app.name} gets permission denied errors"}
    trigger = triggers.alertmanager("LogErrorsHigh", labels(draw, app), text, minutes=10)
    return Told(draw.world(), trigger, Expect(("cause",), ("rbac_denied",), steps=steps))


@situation("remedies")
def right_that_a_role_nobody_is_bound_to_would_give(draw: Draw) -> Told:
    what = draw.pick("configmaps", "services", "pods")
    app, account = deny(draw, "list", what)
    draw.objects.append(role(app, "catalogue-reader", what, "get", "list", "watch"))
    draw.objects.append(role(app, "other-things", "endpoints", "list"))
    return story_of(
        draw, app, f"create rolebinding .*--role=catalogue-reader --serviceaccount={app.namespace}:{account}"
    )


@situation("remedies")
def right_that_the_role_of_the_account_lacks(draw: Draw) -> Told:
    what, verb = draw.pick("configmaps", "pods"), draw.pick("update", "watch")
    app, account = deny(draw, verb, what)
    draw.objects += grant(app.namespace, account, "worker-access", what, ["get"])[1:]
    return story_of(draw, app, f"patch role worker-access .*{what}.*{verb}")


@situation("remedies")
def right_that_no_role_gives(draw: Draw) -> Told:
    what = draw.pick("configmaps", "endpoints")
    app, account = deny(draw, "get", what)
    return story_of(draw, app, f"{what}.*create -f -", f"create rolebinding ROLE .*{app.namespace}:{account}")


@situation("remedies")
def right_that_two_roles_would_give(draw: Draw) -> Told:
    """Which of them is meant, a person knows: none is named."""
    app, account = deny(draw, "list", "services")
    draw.objects += [role(app, name, "services", "list") for name in ("web-reader", "edge-reader")]
    return story_of(draw, app, f"create rolebinding ROLE .*{app.namespace}:{account}")
