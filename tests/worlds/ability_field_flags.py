"""Field reports about feature flags: a flag that raises errors for one product, and the service of flags itself."""

from __future__ import annotations

import json

from tests.worlds import controllers, objects, workloads
from tests.worlds.field_pages import group, page
from tests.worlds.field_scenes import answered, either, last_words, link, system, unheard, writes
from tests.worlds.outages import outage
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Told, situation


def _flags(draw: Draw, flagd: App, text: str, minutes: float) -> str:
    """The file of flags as a ConfigMap that the service mounts; its name."""
    name = f"{flagd.name}-config"
    meta = objects.meta(name, flagd.namespace, 9000, {})
    meta["managedFields"] = [{"manager": "kubectl-edit", "operation": "Update", "time": objects.at(minutes)}]
    draw.objects.append({"kind": "ConfigMap", "metadata": meta, "data": {"demo.flagd.json": text}})
    for one in (flagd.deployment["spec"]["template"], flagd.replica_set["spec"]["template"], *flagd.pods):
        one["spec"]["volumes"] = [{"name": "flags", "configMap": {"name": name}}]
    return name


def _flag(variant: str) -> dict[str, object]:
    return {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": variant}


@situation("field reports")
def flag_that_raises_errors_for_one_product(draw: Draw) -> Told:
    """A flag was switched on; with it one product of the catalogue cannot be shown."""
    scene = system(draw)
    front, second = scene.front(), scene.app("recommendation")
    catalog, flagd = (
        scene.app(draw.pick("product-catalog", "catalogue", "food")),
        scene.app("flagd", replicas=1, port=8013),
    )
    first_host, also = link(draw, front, catalog), link(draw, second, catalog)
    link(draw, catalog, flagd)
    flag = draw.pick("newPriceRounding", "bundleDiscount", "catalogV2Read", "loyaltyPrices")
    product = draw.suffix(10).upper()
    others = draw.rng.sample(("darkMode", "emailFooter", "cartHints", "adSlots"), 3)
    content = {"flags": {**{one: _flag("off") for one in others}, flag: _flag("on")}}
    _flags(draw, flagd, json.dumps(content, indent=2), 18)
    block = draw.pick(
        f'level=error msg="GetProduct failed" product={product} flag={flag} variant=on err="division by zero"',
        f"<time> ERROR 1 --- [nio-8080-exec-4] c.e.catalog.ProductController : product {product}\n"
        f"java.lang.ArithmeticException: / by zero\n\tat"
        f" c.e.catalog.{flag[0].upper()}{flag[1:]}.apply(Prices.java:58)\n"
        "\tat c.e.catalog.ProductController.get(ProductController.java:41)",
        "Traceback (most recent call last):\n"
        f'  File "/app/prices.py", line 58, in apply  # flag {flag}\n    return total / weight\n'
        f"ZeroDivisionError: division by zero (product {product})",
        f"[error] GET /products/{product} with {flag}=on\n** (ArithmeticError) bad argument in arithmetic"
        f" expression\n"
        "    (catalog 3.2.0) lib/catalog/prices.ex:58: Catalog.Prices.apply/2",
    )
    writes(draw, catalog, block)
    writes(draw, front, answered(draw, first_host))
    writes(draw, second, answered(draw, also))
    changed = '{"level":"info","msg":"configuration modified","source":"/etc/flagd/demo.flagd.json"}'
    writes(draw, flagd, changed, minutes=18, until=17)
    return outage(
        draw, [front, catalog, flagd], draw.pick(group(draw, front, second), page(draw, front, "errors")),
        classes=("config_wrong", "bad_rollout", "poison_message", "env_wrong", "runtime_collapse"),
        says=(f"{either(flag, product, catalog.name)}|zero|arithmetic",),
        innocent=(front.name, second.name, *scene.others()),
    )  # fmt: skip


@situation("field reports")
def service_of_flags_with_a_broken_file(draw: Draw) -> Told:
    """It cannot read its flags and ends; who asks it writes so, and some of them cannot work without an answer."""
    scene = system(draw)
    front, one, two = scene.front(), scene.app("ad"), scene.app(draw.pick("cart", "payment"))
    flagd = scene.app(draw.pick("flagd", "feature-flag", "unleash"), replicas=1, port=draw.pick(8013, 50053))
    first_host, also = link(draw, front, one), link(draw, front, two)
    first, second = link(draw, one, flagd), link(draw, two, flagd)
    name = _flags(
        draw, flagd, '{\n  "flags": {\n    "adFailure": {\n      "state": "ENABLED",\n      "variants": {', 18
    )
    workloads.break_app(flagd, restarts=draw.number(6, 8))
    controllers.fresh(draw, flagd)
    last_words(draw, flagd, draw.pick(
        '{"level":"info","ts":"<time>","msg":"flagd version: v0.11.1"}\n'
        '{"level":"fatal","ts":"<time>","msg":"unable to parse flags from /etc/flagd/demo.flagd.json:'
        ' unexpected end of JSON'
        ' input"}',
        "starting\nError: unable to parse JSON string: unexpected EOF (/etc/flagd/demo.flagd.json)\nexit status 1",
        "SyntaxError: /etc/flagd/demo.flagd.json: Unexpected end of JSON input\n    at JSON.parse (<anonymous>)\n"
        "    at load (/app/flags.js:12:15)",
    ))  # fmt: skip
    writes(draw, one, unheard(draw, first, "refused"))
    writes(draw, two, unheard(draw, second, "refused"))
    writes(draw, front, answered(draw, first_host), answered(draw, also))
    return outage(
        draw, [front, one, two, flagd], draw.pick(group(draw, front, one, two), page(draw, front, "errors")),
        classes=("config_wrong", "crash_loop", "bad_rollout", "config_missing"), ends=("cause",),
        says=(either(flagd.name, name, "flag"),),
        innocent=(front.name, one.name, two.name, *scene.others()),
    )  # fmt: skip
