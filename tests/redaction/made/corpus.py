"""Made-up texts of many kinds with a secret in each, and as many without: half of the kinds to work on, half to judge.

The kinds are halved and not only the samples: what the rules were written against says nothing about what they miss.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, Final

from tests.redaction.made.carriers import CARRIERS
from tests.redaction.made.disguises import DISGUISES
from tests.redaction.made.harmless import TEXTS
from tests.redaction.made.names import HELD_OUT, TUNED, name
from tests.redaction.made.tokens import ADDRESSES, PLACES, TOKENS
from tests.redaction.samples import fill_in, make

HALVES: Final = (TUNED, HELD_OUT)
SEED: Final = 20260301
EACH: Final = 20  # samples of a carrier
HARMLESS_EACH: Final = 12
_VALUES: Final = ("password", "base64", "h32", "w40", "h64", "20", "l16", "d8")

Sample = tuple[str, Any, list[str]]  # kind, text or structure, the secrets in it


def secrets(half: str, seed: int = SEED) -> Iterator[Sample]:
    """Texts and structures with secrets, of one half of the kinds."""
    random = Random(f"{seed} {half}")
    for carrier in CARRIERS[half]:
        for _ in range(EACH):
            calls, value = name(random, half), make(random, random.choice(_VALUES))
            yield f"carrier {carrier!r}", carrier.replace("VALUE", value).replace("NAME", calls), [value]
    for token in TOKENS[half]:
        for place in PLACES[half]:
            value = make(random, token)
            yield f"token {token}", place.replace("VALUE", value), [value]
    for address in ADDRESSES[half]:
        for kind in ("24", "w40", "32"):
            value = make(random, kind)
            yield f"address {address!r}", address.replace("VALUE", value), [value]
    yield from _disguises(half, random)
    yield from _structures(half, random)


def _disguises(half: str, random: Random) -> Iterator[Sample]:
    for number, disguise in enumerate(DISGUISES[half]):
        for carrier in ('NAME = "VALUE"', '{"NAME": "VALUE", "port": 1}', "NAME: VALUE", "level=info NAME=VALUE"):
            for _ in range(6):
                calls, value = name(random, half), make(random, random.choice(("h32", "20", "l16")))
                text = carrier.replace("VALUE", value).replace("NAME", calls)
                yield f"disguise {number}", disguise(text, calls), [value]


def _structures(half: str, random: Random) -> Iterator[Sample]:
    for shape in range(8):
        for _ in range(6):
            calls, value = name(random, half), make(random, random.choice(_VALUES))
            yield f"structure {shape}", _structure(shape, half, calls, value), [value]


def _structure(shape: int, half: str, text: str, value: str) -> Any:
    tuning_shapes: list[Any] = [
        {"spec": {text: value}},
        {"env": [{"name": text, "value": value}]},
        {text: [value, value]},
        {text: int(value) if value.isdigit() else value},
        {"args": [f"--{text}", value]},
        {"message": f'{{"user": "x", "{text}": "{value}"}}'},
        {"Tags": [{"Key": text, "Value": value}]},
        {text: {"value": value}},
    ]
    present: list[Any] = [
        {"data": {"config": {text: value}}},
        {"Environment": {"Variables": {text: value}}},
        {text: {"primary": value, "secondary": value}},
        [{"key": text, "value": value}],
        {"command": ["app", f"--{text}={value}"]},
        {"annotations": {"last-applied": f'{{"kind":"ConfigMap","data":{{"{text}":"{value}"}}}}'}},
        {"parameters": [{"ParameterName": text, "ParameterValue": value}]},
        {text: [{"id": 1, "value": value}]},
    ]
    return (tuning_shapes if half == TUNED else present)[shape]


def harmless(half: str, seed: int = SEED) -> Iterator[str]:
    """Texts without a secret, of one half of the kinds."""
    random = Random(f"{seed} {half} harmless")
    for text in TEXTS[half]:
        for _ in range(HARMLESS_EACH):
            yield fill_in(random, text, [])
