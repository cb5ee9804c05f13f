"""Whom the API server asks before it creates a workload's pods, where that one's failing is what refuses them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from mcp_servers.contract.facts import Observation, Relation, Subject
from mcp_servers.kubernetes.observe.refusals import account

_SERVICE: Final = re.compile(r"https://([a-z0-9-]+)\.([a-z0-9-]+)\.svc\b")


def relations(refusals: Iterable[Observation], scope: str) -> Iterator[Relation]:
    """The workload needs the webhook's Service, or an account with the right, as the API server's message names it."""
    for x in refusals:
        if x.code == "workload.pods_refused" and (lacks := account(scope, x.excerpt)) is not None:
            yield Relation(kind="refers_to", source=x.subject, target=lacks)
        if x.code == "workload.pods_refused" and (match := _SERVICE.search(x.excerpt)):
            target = Subject(scope=scope, kind="Service", namespace=match[2], name=match[1])
            yield Relation(kind="calls", source=x.subject, target=target)
