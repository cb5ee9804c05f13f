"""Which provider a question goes to first, where several share the load by weight; the others stay its fallbacks.

An incident stays with one provider: its prompts are in that provider's cache.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from sre_agent.model.address import ModelAddress

UNNAMED = 1.0  # the weight of what has none


def ordered(addresses: Sequence[ModelAddress], weights: Mapping[str, float], chance: Random) -> list[ModelAddress]:
    """By chance of their weights; those of one name in `weights` keep their order of preference. What weighs nothing
    comes last."""
    if not weights:
        return list(addresses)
    groups: dict[str, list[ModelAddress]] = {}
    for address in addresses:
        groups.setdefault(_name(address, weights), []).append(address)
    draws = {name: _draw(weights.get(name, UNNAMED), chance) for name in groups}
    return [address for name in sorted(groups, key=lambda name: -draws[name]) for address in groups[name]]


def _name(address: ModelAddress, weights: Mapping[str, float]) -> str:
    """The closest one that has a weight: of the model in its region, of the model, of its provider."""
    return next((name for name in (str(address), address.name, address.provider) if name in weights), "")


def _draw(weight: float, chance: Random) -> float:
    """The largest of these draws is each one's with a probability in proportion to its weight."""
    return chance.random() ** (1 / weight) if weight else -1.0
