"""Names that tell nothing of what is wrong: words put together by a seed."""

from __future__ import annotations

from typing import Final

ALPHABET: Final = "bcdfghjklmnpqrstvwxz2456789"  # of random suffixes, as Kubernetes makes them
_FIRST = """amber basil cedar comet delta ember fable garnet harbor indigo juniper kestrel lumen maple nimbus onyx
pebble quartz raven saffron tundra umber violet willow yarrow zephyr"""
_SECOND = """api gateway worker ledger catalog basket pricing profile search mailer exporter router relay importer
indexer notifier scheduler auth feed quote"""
FIRST: Final = tuple(_FIRST.split())
SECOND: Final = tuple(_SECOND.split())
PLACES: Final = ("team-{}", "prod", "{}-prod", "shop-{}", "platform-{}", "{}-live", "core")
