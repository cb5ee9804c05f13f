"""Who may only create ReplicaSets never chooses what a Deployment is put back to without a human."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mcp_servers.contract.facts import Answer, Subject
from mcp_servers.contract.permits import ANNOTATION
from sre_agent.diagnosis.remedies import Option
from sre_agent.domain.action import Action, Call
from sre_agent.graph.actions import action_of
from sre_agent.policy import open_policy
from tests.server_kubernetes.live_shop import LiveShop, data, preview, refusal
from tests.server_kubernetes.planted import IMAGE, REVISION, owner, plant, replica_set

pytestmark = pytest.mark.anyio
Obj = dict[str, Any]
TOOL = "kubectl_rollout_undo"
UNDO = {"namespace": "shop", "name": "web", "to_revision": 1}
Plant = Callable[[LiveShop], None]


def image(shop: LiveShop) -> str:
    return str(shop.get("Deployment", "web")["spec"]["template"]["spec"]["containers"][0]["image"])


def real(shop: LiveShop, number: str = "1") -> Obj:
    """The ReplicaSet that the controller made for a revision."""
    sets = shop.on_loop(lambda: shop.world.objects.all("ReplicaSet", "shop"))
    return next(
        rs for rs in sets
        if rs["metadata"]["annotations"][REVISION] == number and IMAGE not in str(rs["spec"])
    )  # fmt: skip


def action(result: Any, arguments: Obj) -> Action:
    """What the responder makes of a dry run, as sure as can be."""
    option = Option(
        name="undo_rollout",
        failure_class="bad_rollout",
        call=Call(server="kubernetes", tool=TOOL, arguments=arguments),
        subject=Subject(scope="shop-prod", kind="Deployment", namespace="shop", name="web"),
        purpose="Return it",
        reversible=True,
        confidence=0.99,
    )
    return action_of(option, Answer.model_validate(result.structured_content))


def verdict(result: Any, arguments: Obj) -> str:
    return open_policy("demo").decide(action(result, arguments), severity="SEV1").verdict


NOT_ITS_OWN: dict[str, Callable[[LiveShop], Obj]] = {
    "an owner that is no controller, and a foreign selector": lambda shop: replica_set(
        "aaa", [owner(shop, controller=None)], labels={"app": "aaa"}, revision="1"
    ),
    "an owner that is no controller": lambda shop: replica_set(
        "web-aaa", [owner(shop, controller=False)], revision="1", labels={"app": "web", "pod-template-hash": "aaa"}
    ),
    "a controller, and a foreign selector": lambda shop: replica_set(
        "aaa", [owner(shop)], labels={"app": "aaa"}, revision="1"
    ),
    "a controller of the same uid and another kind": lambda shop: replica_set(
        "web-aaa", [owner(shop, kind="StatefulSet")], revision="1"
    ),
    "a controller of the same name and another uid": lambda shop: replica_set(
        "web-aaa", [owner(shop, uid="11111111-2222-4333-8444-555555555555")], revision="1"
    ),
    "a controller beside the Deployment as another owner": lambda shop: replica_set(
        "web-aaa", [owner(shop, controller=None), owner(shop, kind="Job", apiVersion="batch/v1", name="j", uid="u")],
        revision="1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", NOT_ITS_OWN)
async def test_a_replica_set_of_another_owner_is_never_a_revision(shop: LiveShop, how: str) -> None:
    plant(shop, NOT_ITS_OWN[how](shop), wait=0)
    async with shop.client() as client:
        history = data(await client.call_tool("kubectl_rollout_history", {"namespace": "shop", "name": "web"}))
        undo = await preview(client, TOOL, UNDO)
        _, answer = await shop.write(client, TOOL, UNDO)
    assert [(row["revision"], row["image"]) for row in history["revisions"]] == [(2, "web:2"), (1, "web:1")]
    assert "web:1" in str(data(undo)["diff"]) and IMAGE not in str(undo)
    assert answer["outcome"] == "done" and image(shop) == "web:1"


ITS_OWN: dict[str, Callable[[LiveShop], Obj]] = {
    "a controller reference of its own making": lambda shop: replica_set("web-aaa", [owner(shop)]),
    "no owner, so that the controller adopts it": lambda shop: replica_set("web-aaa", []),
    "pods that run": lambda shop: replica_set("web-aaa", [owner(shop)], replicas=3),
    "pods that run, of one that is adopted": lambda shop: replica_set("web-aaa", [], replicas=2),
    "marks of the controller": lambda shop: replica_set(
        "web-aaa",
        [owner(shop, blockOwnerDeletion=True)],
        annotations={
            "deployment.kubernetes.io/desired-replicas": "2",
            "deployment.kubernetes.io/max-replicas": "3",
            "deployment.kubernetes.io/revision-history": "1,3",
            "kubernetes.io/change-cause": "the release before",
        },
    ),
    "a past and managers of its own making": lambda shop: replica_set(
        "web-aaa",
        [owner(shop)],
        meta={
            "creationTimestamp": "2020-01-01T00:00:00Z",
            "managedFields": [
                {
                    "manager": "kube-controller-manager",
                    "operation": "Update",
                    "apiVersion": "apps/v1",
                    "time": "2020-01-01T00:00:00Z",
                    "fieldsType": "FieldsV1",
                    "fieldsV1": {"f:spec": {"f:replicas": {}}},
                }
            ],
        },
    ),
    "the label of the real one": lambda shop: replica_set(
        "web-aaa",
        [owner(shop)],
        labels={"app": "web", "pod-template-hash": real(shop)["metadata"]["labels"]["pod-template-hash"]},
    ),
    "sizes that make the controller scale": lambda shop: replica_set(
        "web-aaa", [owner(shop)], replicas=1, annotations={"deployment.kubernetes.io/desired-replicas": "9"}
    ),
    "the number before all others": lambda shop: replica_set("web-aaa", [owner(shop)], revision="99"),
}


EVERY = [(how, when) for how in ITS_OWN for when in ("before the rollout", "after the rollout", "while it is paused")]
QUICK = [one for place, one in enumerate(EVERY) if place % 4 == 0]


@pytest.mark.parametrize(
    ("how", "when"), [pytest.param(*one, marks=[] if one in QUICK else [pytest.mark.long]) for one in EVERY]
)
async def test_a_template_that_the_deployment_never_ran_is_not_returned_to_unattended(
    shop: LiveShop, how: str, when: str
) -> None:
    body = ITS_OWN[how](shop)
    if when == "while it is paused":
        shop.edit("Deployment", "web", {"spec": {"paused": True}}, wait=5)
    query = "?fieldManager=kube-controller-manager" if "managers" in how else ""
    plant(shop, body, query=query)
    if when == "while it is paused":
        shop.edit("Deployment", "web", {"spec": {"paused": False}}, wait=30)
    if when == "before the rollout":
        container = {"name": "web", "image": "web:3"}
        shop.edit("Deployment", "web", {"spec": {"template": {"spec": {"containers": [container]}}}}, wait=60)
    arguments = UNDO | {"to_revision": int(body["metadata"]["annotations"][REVISION])}
    async with shop.client() as client:
        result = await preview(client, TOOL, arguments)
        undo = await preview(client, TOOL, UNDO)
    assert data(result)["template"] == {"ran": False, "ran_at": "", "ran_seconds_ago": -1}
    assert "Nothing proves that the Deployment ever ran this template" in data(result)["blast_radius"]
    assert verdict(result, arguments) == "approve"
    assert data(undo)["template"]["ran"] and verdict(undo, UNDO) == "allow"


async def test_a_number_that_two_revisions_bear_is_refused_and_told_of(shop: LiveShop) -> None:
    plant(shop, replica_set("web-aaa", [owner(shop)], revision="1"))
    async with shop.client() as client:
        message = refusal(await preview(client, TOOL, UNDO))
        history = data(await client.call_tool("kubectl_rollout_history", {"namespace": "shop", "name": "web"}))
        facts = await client.call_tool("kubectl_explain_workload", {"namespace": "shop", "name": "web"})
    assert "[refused]" in message and "several ReplicaSets" in message and "web-aaa" in message
    assert [row.get("ambiguous", False) for row in history["revisions"]] == [False, True, True]
    codes = {fact["code"] for fact in facts.structured_content["observations"]}
    assert "rollout.started" in codes and not codes & {"rollout.earlier_revision", "rollout.earlier_healthy"}


async def test_a_name_that_the_controller_once_scaled_up_proves_nothing_of_the_next_that_bears_it(
    shop: LiveShop,
) -> None:
    name = real(shop)["metadata"]["name"]
    shop.on_loop(lambda: shop.world.objects.delete("ReplicaSet", "shop", name))
    shop.advance(5)
    labels = {"app": "web", "pod-template-hash": name.rpartition("-")[2]}
    plant(shop, replica_set(name, [owner(shop)], labels=labels, revision="1"))
    async with shop.client() as client:
        result = await preview(client, TOOL, UNDO)
    assert not data(result)["template"]["ran"] and verdict(result, UNDO) == "approve"


async def test_where_the_events_may_not_be_read_or_are_gone_nothing_is_proved(shop: LiveShop) -> None:
    def forget() -> None:
        for event in shop.world.objects.all("Event", "shop"):
            shop.world.objects.delete("Event", "shop", event["metadata"]["name"])

    shop.on_loop(forget)
    async with shop.client() as client:
        result = await preview(client, TOOL, UNDO)
    assert not data(result)["template"]["ran"] and verdict(result, UNDO) == "approve"


async def test_an_event_of_somebody_else_or_about_something_else_proves_nothing(shop: LiveShop) -> None:
    plant(shop, replica_set("web-aaa", [owner(shop)]))
    uid = shop.get("Deployment", "web")["metadata"]["uid"]
    about = {"kind": "Deployment", "name": "web", "namespace": "shop", "uid": uid}

    def said(name: str, **changed: Any) -> Obj:
        now = f"{shop.now:%Y-%m-%dT%H:%M:%SZ}"
        event = {
            "kind": "Event",
            "metadata": {"name": name, "namespace": "shop"},
            "involvedObject": about,
            "reason": "ScalingReplicaSet",
            "message": "Scaled up replica set web-aaa from 0 to 2",
            "source": {"component": "deployment-controller"},
            "type": "Normal",
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
        return event | changed

    shop.apply(
        said("a", involvedObject=about | {"uid": "another"}),
        said("b", source={"component": "builder"}),
        said("c", message="Scaled up replica set web-aaa from 1 to 2"),
        said("d", message="Scaled down replica set web-aaa from 2 to 0"),
        said("e", message="Scaled up replica set web-aaa from 0 to 0"),
        said("f", message="x Scaled up replica set web-aaa from 0 to 2"),
        said("g", message="Scaled up replica set web-aaab from 0 to 2"),
        said("h", reason="Scaled"),
        wait=0,
    )
    async with shop.client() as client:
        assert not data(await preview(client, TOOL, UNDO | {"to_revision": 7}))["template"]["ran"]


def other_template(shop: LiveShop) -> None:
    container = {"name": "web", "image": IMAGE}
    shop.edit(
        "ReplicaSet", real(shop)["metadata"]["name"], {"spec": {"template": {"spec": {"containers": [container]}}}}
    )


def other_cause(shop: LiveShop) -> None:
    cause = {"kubernetes.io/change-cause": "as good as new"}
    shop.edit("ReplicaSet", real(shop)["metadata"]["name"], {"metadata": {"annotations": cause}})


def other_uid(shop: LiveShop) -> None:
    old = real(shop)
    meta = {k: v for k, v in old["metadata"].items() if k not in ("uid", "resourceVersion", "creationTimestamp")}
    shop.on_loop(lambda: shop.world.objects.delete("ReplicaSet", "shop", old["metadata"]["name"]))
    shop.on_loop(lambda: shop.world.objects.create({**old, "metadata": meta}))


def other_number(shop: LiveShop) -> None:
    shop.edit("ReplicaSet", real(shop)["metadata"]["name"], {"metadata": {"annotations": {REVISION: "5"}}})
    plant(shop, replica_set("web-aaa", [owner(shop)], revision="1"), wait=0)


def second_of_the_number(shop: LiveShop) -> None:
    plant(shop, replica_set("web-aaa", [owner(shop)], revision="1"), wait=0)


def owner_gone(shop: LiveShop) -> None:
    name = real(shop)["metadata"]["name"]
    shop.on_loop(
        lambda: shop.world.objects.edit("ReplicaSet", "shop", name, lambda rs: rs["metadata"].pop("ownerReferences"))
    )


@pytest.mark.parametrize(
    "meanwhile", [other_template, other_cause, other_uid, other_number, second_of_the_number, owner_gone]
)
async def test_what_bears_the_number_has_to_be_what_was_permitted_when_it_is_written(
    shop: LiveShop, meanwhile: Plant
) -> None:
    async with shop.client() as client:
        dry_run = data(await preview(client, TOOL, UNDO))
        token = shop.permit(TOOL, dry_run["arguments"], dry_run)
        meanwhile(shop)
        answer = await client.call_tool(TOOL, dry_run["arguments"] | {"permit": token})
    assert answer.structured_content["refusal"]["kind"] in ("refused", "not_found"), "by the dry run before the write"
    assert image(shop) == "web:2"
    assert ANNOTATION not in shop.get("Deployment", "web")["metadata"].get("annotations", {})


async def test_a_permit_for_a_number_alone_writes_nothing(shop: LiveShop) -> None:
    async with shop.client() as client:
        token = shop.permit(TOOL, UNDO, data(await preview(client, TOOL, UNDO)))
        bare = {"replica_set_uid": "", "template_hash": ""}
        answer = await client.call_tool(TOOL, UNDO | bare | {"permit": token})
    assert data(answer)["outcome"] == "failed" and "kubectl_preview returns both" in str(answer.content)
    assert image(shop) == "web:2"


async def test_a_pod_that_nothing_controls_belongs_to_no_workload_whatever_its_name_and_labels(shop: LiveShop) -> None:
    body = {"containers": [{"name": "web", "image": IMAGE}]}
    name = f"{real(shop, '2')['metadata']['name']}-zzzzz"
    bare = {"kind": "Pod", "metadata": {"name": name, "namespace": "shop", "labels": {"app": "web"}}, "spec": body}
    shop.apply(bare, wait=20)
    async with shop.client() as client:
        radius = data(
            await preview(client, "kubectl_rollout_restart", {"namespace": "shop", "kind": "Deployment", "name": "web"})
        )
        facts = await client.call_tool("kubectl_explain_workload", {"namespace": "shop", "name": "web"})
    assert "Replaces 2 pods" in radius["blast_radius"]
    assert name not in str(facts.structured_content["relations"])


@pytest.mark.parametrize("number", ["abc", "\u00b2", "-1", "1.0", "NaN", "9" * 5000, ""])
async def test_a_revision_number_that_is_none_breaks_no_tool(shop: LiveShop, number: str) -> None:
    plant(shop, replica_set("web-aaa", [owner(shop)], revision=number), wait=0)
    async with shop.client() as client:
        assert "web:1" in str(data(await preview(client, TOOL, UNDO))["diff"])
        explanation = await client.call_tool("kubectl_explain_workload", {"namespace": "shop", "name": "web"})
    assert not explanation.is_error
