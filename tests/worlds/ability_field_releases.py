"""Field reports about releases: images, settings, keys, and sides that no longer understand each other."""

from __future__ import annotations

import copy

from tests.worlds import controllers, objects, past, unstarted
from tests.worlds.field_pages import crash_page, page
from tests.worlds.field_scenes import answered, either, last_words, link, system, unheard, writes
from tests.worlds.objects import Obj
from tests.worlds.outages import outage
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Told, situation


def release(draw: Draw, app: App, minutes: float, new: int, *, image: str = "", **env: str) -> list[Obj]:
    """So many pods of a second ReplicaSet beside those of the first; they serve unless made to do something else."""
    digest = draw.suffix(10)
    old = app.deployment["spec"]["template"]["spec"]["containers"][0]
    more = [{"name": key, "value": value} for key, value in env.items()]
    container = {**old, "image": image or f"{app.image}-{draw.number(2, 9)}", "env": [*old.get("env", []), *more]}
    labels = {**app.replica_set["metadata"]["labels"], "pod-template-hash": digest}
    second = copy.deepcopy(app.replica_set)
    second["metadata"].update(
        name=f"{app.name}-{digest}",
        labels=labels,
        creationTimestamp=objects.at(minutes),
        annotations={"deployment.kubernetes.io/revision": "2"},
    )
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    second["spec"] = {"replicas": new, "selector": {"matchLabels": labels}, "template": template}
    second["status"] = {"replicas": new, "readyReplicas": new, "availableReplicas": new}
    owner = ("ReplicaSet", f"{app.name}-{digest}")
    pods = [
        objects.pod(f"{owner[1]}-{draw.suffix()}", app.namespace, minutes, labels, container, draw.node(), owner)
        for _ in range(new)
    ]
    app.deployment["metadata"].update(generation=2, annotations={"deployment.kubernetes.io/revision": "2"})
    app.deployment["spec"]["template"] = {
        "metadata": app.deployment["spec"]["template"]["metadata"],
        "spec": template["spec"],
    }
    app.deployment["spec"]["replicas"] = len(app.pods) + new - (1 if len(app.pods) > 1 else 0)
    app.deployment["status"].update(
        replicas=len(app.pods) + new, updatedReplicas=new, readyReplicas=len(app.pods) + new, observedGeneration=2
    )
    draw.objects += [second, *pods]
    app.pods += pods
    controllers.fresh(draw, app)
    return pods


def does_not_start(draw: Draw, app: App, pods: list[Obj], reason: str, message: str, minutes: float) -> None:
    """These pods of the new release wait, and the rollout stands still."""
    for pod in pods:
        status = pod["status"]
        status["conditions"][0].update(
            status="False", reason="ContainersNotReady", lastTransitionTime=objects.at(minutes)
        )
        status["containerStatuses"][0].update(
            ready=False, started=False, state={"waiting": {"reason": reason, "message": message}}
        )
        if reason == "CrashLoopBackOff":
            last = {"exitCode": 1, "reason": "Error", "startedAt": objects.at(2.4), "finishedAt": objects.at(2.2)}
            status["containerStatuses"][0].update(restartCount=draw.number(6, 8), lastState={"terminated": last})
        else:
            status["phase"] = "Pending"
    ready = len(app.pods) - len(pods)
    app.deployment["status"].update(readyReplicas=ready, availableReplicas=ready, unavailableReplicas=len(pods))
    name = pods[0]["metadata"]["ownerReferences"][0]["name"]
    app.deployment["status"]["conditions"] = [
        {
            "type": "Available",
            "status": "True",
            "reason": "MinimumReplicasAvailable",
            "lastTransitionTime": objects.at(9000),
        },
        {
            "type": "Progressing",
            "status": "False",
            "reason": "ProgressDeadlineExceeded",
            "message": f'ReplicaSet "{name}" has timed out progressing.',
            "lastTransitionTime": objects.at(minutes - 10),
        },
    ]
    for one in draw.objects:
        if one["kind"] == "ReplicaSet" and one["metadata"]["name"] == name:
            one["status"] = {"replicas": len(pods), "readyReplicas": 0, "availableReplicas": 0}
    controllers.fresh(draw, app)


@situation("field reports")
def release_whose_image_does_not_run(draw: Draw) -> Told:
    """The tag was never pushed, or it was built for other processors; the old pods go on serving."""
    scene = system(draw)
    front, app = (
        scene.front(),
        scene.app(draw.pick("recommendation", "frontend-api", "ad", "news"), replicas=draw.number(2, 3)),
    )
    link(draw, front, app)
    minutes = draw.number(18, 22)
    tag = draw.pick("2.1.0-rc", "v3.0.1-hotfix", "latest-fix", "sha-9f31c7e")
    image = f"{app.image.rpartition(':')[0]}:{tag}"
    old = list(app.pods)
    pods = release(draw, app, minutes, 1, image=image)
    if draw.pick(True, False):
        text = f'Back-off pulling image "{image}"'
        does_not_start(draw, app, pods, "ImagePullBackOff", text, minutes)
        failed = (
            f'Failed to pull image "{image}": rpc error: code = NotFound desc = failed to pull and unpack image'
            f' "{image}":'
            f' failed to resolve reference "{image}": {image}: not found'
        )
        draw.objects += [
            objects.event(pods[0], "Failed", failed),
            objects.event(pods[0], "Failed", "Error: ErrImagePull"),
        ]
        classes: tuple[str, ...] = ("image_pull_failed", "rollout_stuck", "bad_rollout")
        answer = f"{either(tag)}|image|pull"
    else:
        back = "back-off 5m0s restarting failed container"
        does_not_start(draw, app, pods, "CrashLoopBackOff", back, minutes)
        last_words(draw, app, draw.pick(
            "exec /usr/local/bin/docker-entrypoint.sh: exec format error", "exec /app/server: exec format error",
        ), pods=pods)  # fmt: skip
        classes, answer = ("wrong_architecture", "bad_rollout", "rollout_stuck"), "exec format|architectur|processor"
    writes(draw, app, pods=old)
    writes(draw, front)
    trigger = draw.pick(
        page(draw, app, "replicas"), crash_page(draw, app) if "exec" in answer else unstarted.alarm(draw, app)
    )
    return outage(
        draw, [front, app], trigger, ends=("cause",), classes=classes, says=(answer,),
        subjects=(), innocent=(front.name, *scene.others()),
    )  # fmt: skip


@situation("field reports")
def release_with_other_settings_on_half_of_the_pods(draw: Draw) -> Told:
    """Its settings cannot be read, so that it ends; or they bring another language, in which numbers look different."""
    scene = system(draw)
    front, middle = scene.front(), scene.app(draw.pick("checkout", "cancel", "search"))
    app = scene.app(draw.pick("currency", "price", "quote"), replicas=2)
    first_host, callee_host = link(draw, front, middle), link(draw, middle, app)
    minutes, old, effects = draw.number(17, 20), list(app.pods), list[str]()
    if draw.pick(True, False):
        pods = release(draw, app, minutes, 2, RATES_FILE="/etc/rates/rates.yaml")
        does_not_start(draw, app, pods, "CrashLoopBackOff", "back-off 5m0s restarting failed container", minutes)
        last_words(draw, app, draw.pick(
            "INFO reading /etc/rates/rates.yaml\nFATAL cannot read settings: yaml: line 14: mapping values are"
            " not allowed in"
            " this context",
            "Traceback (most recent call last):\n"
            '  File "/app/settings.py", line 31, in load\n    Settings(**raw)\n'
            "pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings\nmax_age\n"
            "  Input should be a valid integer, unable to parse string as an integer",
            "***************************\nAPPLICATION FAILED TO"
            " START\n***************************\n\nDescription:\n\n"
            "Failed to bind properties under 'rates.max-age' to java.time.Duration:\n\n    Value: \"10 minuets\"\n"
            "    Reason: '10 minuets' is not a valid duration",
        ), pods=pods)  # fmt: skip
        trigger = crash_page(draw, app)
        classes: tuple[str, ...] = ("config_wrong", "bad_rollout", "crash_loop", "rollout_stuck", "env_wrong")
        answer = f"{either(app.name)}|setting|rates|max.age"
    else:
        key, value = draw.pick(
            ("LANG", "de_DE.UTF-8"), ("LC_ALL", "fr_FR.UTF-8"), ("JAVA_TOOL_OPTIONS", "-Duser.language=de")
        )
        pods = release(draw, app, minutes, 2, **{key: value})
        writes(draw, app, draw.pick(
            "<time> ERROR 1 --- [nio-8080-exec-6] c.e.currency.RateParser : cannot convert\n"
            'java.lang.NumberFormatException: For input string: "1.204,50"\n'
            "\tat java.base/jdk.internal.math.FloatingDecimal.readJavaFormatString(FloatingDecimal.java:2054)",
            "Traceback (most recent call last):\n"
            '  File "/app/convert.py", line 18, in parse\n    return Decimal(text)\n'
            "decimal.InvalidOperation: [<class 'decimal.ConversionSyntax'>] for text '1.204,50'",
            "System.FormatException: The input string '1.204,50' was not in a correct format.\n"
            "   at Currency.Rates.Parse(String text) in /src/Rates.cs:line 27",
        ), minutes=minutes, since=minutes - 0.5, pods=pods)  # fmt: skip
        writes(draw, middle, answered(draw, callee_host))
        effects = [answered(draw, first_host)]
        trigger = page(draw, front, "errors")
        classes = ("config_wrong", "bad_rollout", "env_wrong")
        answer = f"1\\.204,50|format|{either(key, app.name)}"
    writes(draw, app, pods=old)
    writes(draw, front, *effects)
    return outage(
        draw, [front, middle, app], trigger, classes=classes, says=(answer,), innocent=(front.name, *scene.others())
    )


@situation("field reports")
def key_that_is_gone_from_a_config_map(draw: Draw) -> Told:
    scene = system(draw)
    front, middle = scene.front(), scene.app(draw.pick("checkout", "compose-post", "preserve"))
    callee = scene.app(draw.pick("email", "media", "consign", "shipping"))
    first_host, callee_host = link(draw, front, middle), link(draw, middle, callee)
    name, key = f"{callee.name}-{draw.pick('config', 'env')}", draw.pick("SMTP_HOST", "UPLOAD_LIMIT", "TARIFF_URL")
    unstarted.takes(callee, {"name": key, "valueFrom": {"configMapKeyRef": {"name": name, "key": key}}})
    unstarted.holds(draw, "ConfigMap", name, scene.namespace, "LOG_LEVEL", f"{key}_OLD")
    message = f"couldn't find key {key} in ConfigMap {scene.namespace}/{name}"
    unstarted.waiting(draw, callee, "CreateContainerConfigError", message, ("Failed", f"Error: {message}"))
    controllers.fresh(draw, callee)
    writes(draw, middle, unheard(draw, callee_host, "refused"))
    writes(draw, front, answered(draw, first_host, 503))
    return outage(
        draw, [front, middle, callee], draw.pick(page(draw, front, "errors"), page(draw, middle, "errors")),
        ends=("cause",),
        classes=("config_missing", "config_wrong", "bad_rollout"), says=(either(key, name),),
        innocent=(front.name, middle.name, *scene.others()),
    )  # fmt: skip


@situation("field reports")
def one_side_that_speaks_another_version(draw: Draw) -> Told:
    """One of two was released with another form of its messages; the other was not."""
    scene = system(draw)
    front, middle = scene.front(), scene.app(draw.pick("checkout", "search", "travel"))
    callee = scene.app(draw.pick("product-catalog", "geo", "train"))
    first_host, target_host = link(draw, front, middle), link(draw, middle, callee)
    minutes = draw.number(17, 21)
    past.rolled_out(draw, callee, minutes)
    past.renew(callee, minutes)
    controllers.fresh(draw, callee)
    block = draw.pick(
        f'level=error msg="call failed" target={target_host} err="rpc error: code = Unimplemented desc = unknown'
        f" method GetItem for"
        ' service shop.v1.Catalog"',
        "io.grpc.StatusRuntimeException: INTERNAL: Invalid protobuf byte sequence\n"
        "\tat io.grpc.stub.ClientCalls.toStatusRuntimeException(ClientCalls.java:268)\n"
        "Caused by: com.google.protobuf.InvalidProtocolBufferException: Protocol message end-group tag did not"
        " match expected"
        f" tag. (from {target_host})",
        f"google.protobuf.message.DecodeError: Error parsing message with type 'shop.v1.Item' from {target_host}",
        "com.fasterxml.jackson.databind.exc.MismatchedInputException: Cannot deserialize value of type"
        " `java.math.BigDecimal`"
        f" from Object value (token `JsonToken.START_OBJECT`) at [Source: http://{target_host}/v1/items; line: 1]"
        f" (through reference"
        ' chain: c.e.Item["price"])',
        "thread 'tokio-runtime-worker' panicked at src/client.rs:52:18:\ncalled `Result::unwrap()` on an"
        " `Err` value:"
        f' Error("missing field `price_units`", line: 1, column: 88) from http://{target_host}/v1/items',
    )
    writes(draw, middle, block, minutes=minutes)
    writes(draw, callee, since=minutes - 0.5)
    writes(draw, front, answered(draw, first_host))
    return outage(
        draw, [front, middle, callee], page(draw, front, "errors"),
        classes=("bad_rollout", "version_removed", "config_wrong", "poison_message", "dependency_unreachable"),
        says=(f"{either(callee.name)}|unimplemented|unknown method|proto|pars|deseriali|missing field|decode",),
        innocent=(front.name, *scene.others()),
    )  # fmt: skip


@situation("field reports")
def answer_that_has_grown_too_large(draw: Draw) -> Told:
    """More products every week, and one day the list is larger than a message may be."""
    scene = system(draw)
    front, middle = scene.front(), scene.app(draw.pick("recommendation", "search", "home-timeline"))
    callee = scene.app(draw.pick("product-catalog", "post-storage", "profile"))
    first_host, large = link(draw, front, middle), link(draw, middle, callee)
    size = draw.number(4194400, 5900000)
    words = f"received message larger than max ({size} vs. 4194304)"
    block = draw.pick(
        f'level=error msg="list failed" target={large} err="rpc error: code = ResourceExhausted desc = grpc: {words}"',
        f"io.grpc.StatusRuntimeException: RESOURCE_EXHAUSTED: gRPC message exceeds maximum size 4194304: {size}"
        f" (from {large})\n"
        "\tat io.grpc.stub.ClientCalls.getUnchecked(ClientCalls.java:351)",
        f"Error: 8 RESOURCE_EXHAUSTED: {words[0].upper()}{words[1:]}\n"
        "    at callErrorFromStatus (/app/node_modules/@grpc/grpc-js/build/src/call.js:31:19)",
        "<_InactiveRpcError of RPC that terminated with:\n\tstatus = StatusCode.RESOURCE_EXHAUSTED\n"
        f'\tdetails = "{words[0].upper()}{words[1:]}"\n\tdebug_error_string = "UNKNOWN:Error received from peer'
        f' {large}"\n>',
    )
    writes(draw, middle, block)
    writes(draw, callee)
    writes(draw, front, answered(draw, first_host))
    classes = (
        "config_wrong",
        "kernel_limit_hit",
        "dependency_unreachable",
        "bad_rollout",
        "calls_slow",
        "poison_message",
    )
    return outage(
        draw, [front, middle, callee], page(draw, front, "errors"), classes=classes,
        says=("larger than max|exceeds max|RESOURCE_?EXHAUSTED|message size|4194304|too large",),
        innocent=(front.name, *scene.others()),
    )  # fmt: skip
