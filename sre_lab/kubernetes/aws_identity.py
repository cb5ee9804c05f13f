"""Who asks with a token of AWS: a request to STS that was signed and not sent, as clients of EKS make it.

As on EKS, STS says who signed, and the ConfigMap kube-system/aws-auth says whom the cluster lets in and as which user.
The lab keeps no secrets: signatures are not checked, and neither is a token's age, which is of the wall clock.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import yaml

from sre_lab.world import World

PREFIX: Final = "k8s-aws-v1."
HEADER: Final = "x-k8s-aws-id"
LONGEST: Final = 900  # seconds for which such a request may be good
_ASSUMED: Final = re.compile(r"arn:(aws[\w-]*):sts::(\d+):assumed-role/([^/]+)/([^/]+)")


@dataclass
class StsVerifier:
    """`who` gives the ARN behind the query of a signed GetCallerIdentity; None where the world has no AWS."""

    who: Callable[[str], str] | None = None


def user(world: World, token: str) -> tuple[str, tuple[str, ...]] | None:
    """The name and groups that the cluster gives to whoever signed; None for whom it does not let in."""
    sts = world.memory(StsVerifier, StsVerifier)
    try:
        url = base64.urlsafe_b64decode(token.removeprefix(PREFIX) + "=" * (-len(token.removeprefix(PREFIX)) % 4))
        query = urlsplit(url.decode()).query
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    if sts.who is None or not _is_meant_for_a_cluster(query):
        return None
    arn, session = _canonical(sts.who(query))
    for entry in _let_in(world):
        if entry.get("rolearn", entry.get("userarn")) == arn:
            name = str(entry.get("username") or arn).replace("{{SessionName}}", session)
            return name, tuple(str(group) for group in entry.get("groups") or [])
    return None


def _is_meant_for_a_cluster(query: str) -> bool:
    fields = {name: values[0] for name, values in parse_qs(query).items()}
    seconds = fields.get("X-Amz-Expires", "")
    return (
        fields.get("Action") == "GetCallerIdentity"
        and HEADER in fields.get("X-Amz-SignedHeaders", "").split(";")
        and seconds.isdigit()
        and int(seconds) <= LONGEST
    )


def _canonical(arn: str) -> tuple[str, str]:
    """(ARN of the role, name of the session) of an assumed role; any other ARN as it is."""
    match = _ASSUMED.fullmatch(arn)
    if match is None:
        return arn, ""
    partition, account, role, session = match.groups()
    return f"arn:{partition}:iam::{account}:role/{role}", session


def _let_in(world: World) -> list[dict[str, Any]]:
    config_map = world.objects.get("ConfigMap", "kube-system", "aws-auth")
    data = (config_map or {}).get("data") or {}
    try:
        entries = [entry for key in ("mapRoles", "mapUsers") for entry in yaml.safe_load(data.get(key) or "[]")]
    except (yaml.YAMLError, TypeError):
        return []
    return [entry for entry in entries if isinstance(entry, dict)]
