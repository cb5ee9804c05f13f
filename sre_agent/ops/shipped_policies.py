"""The IAM policies that `infra/` ships for the responder's own roles, and how a live policy differs from them.

Policies are Terraform's templates: what it fills in is known here only by its form, so a live resource has to fit that
form, and a bare `*` fits none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

ROLES: Final[Mapping[str, Mapping[str, str]]] = {  # by the role's name after NAME-, each policy's file below infra/
    "responder": {
        "own-state": "terraform/modules/roles/policies/responder.json",
        "reader-and-writers": "terraform/modules/roles/policies/assume.json",
        "sign-permits": "terraform/modules/roles/policies/permits.json",
        "see-backups": "terraform/modules/backups/policies/age.json",
        "read": "aws/reader.json",
        "agentcore-runtime": "terraform/modules/agentcore/policies/runtime.json",
        "collector": "terraform/modules/service_ecs/policies/collector.json",
    },
    "reader": {"read": "aws/reader.json", "readers-elsewhere": "terraform/modules/roles/policies/assume.json"},
    "backup": {"backup": "terraform/modules/backups/policies/backup.json"},
}
NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "responder": ("own-state", "reader-and-writers"),
    "reader": ("read",),
    "backup": ("backup",),
}
WHERE_WANTED: Final = frozenset({"backup"})  # roles that an installation may do without
FORMS: Final[Mapping[str, str]] = {  # of what Terraform fills in; anything else is an ARN
    "partition": r"aws[a-z-]*",
    "region": r"[a-z0-9-]+",
    "account": r"\d{12}",
    "schedule_group": r"[\w.-]+",
}
ARN: Final = r"arn:[^*]+(?:/index/\*)?"
_UNQUOTED: Final = re.compile(r"(?<=: )\$\{(\w+)\}")
_PLACE: Final = re.compile(r"\\\$\\\{(\w+)\\\}")


@dataclass(frozen=True)
class Grant:
    """One action on one resource, as a statement allows or denies it. `conditions` is canonical JSON."""

    effect: str
    action: str
    resource: str
    conditions: str


@cache
def shipped_document(file: str) -> str:
    """The text of a policy below `infra/`: inside the installed package, or beside it in a checkout."""
    return infra_folder().joinpath(*file.split("/")).read_text(encoding="utf-8")


def infra_folder() -> Traversable:
    package_folder = resources.files("sre_agent") / "infra"
    return package_folder if package_folder.is_dir() else Path(__file__).parents[2] / "infra"


def differences(live: Mapping[str, Any], file: str, name: str) -> tuple[list[str], list[str]]:
    """What the live document of installation `name` allows beyond the shipped one, and what it lacks of it, sorted."""
    reference = list(_grants(json.loads(_UNQUOTED.sub(r'["${\1}"]', shipped_document(file)))))
    present = list(_grants(live))
    more = {
        _text(one) for one in present if one.effect == "Allow" and not any(_fits(one, of, name) for of in reference)
    }
    less = {
        ("no longer denies " if of.effect == "Deny" else "") + of.action
        for of in reference
        if not any(_fits(one, of, name) for one in present)
    }
    return sorted(more), sorted(less)


def _grants(document: Mapping[str, Any]) -> Iterator[Grant]:
    for statement in _many(document.get("Statement", [])):
        conditions = json.dumps(statement.get("Condition", {}), sort_keys=True)
        if inverse := [key for key in ("NotAction", "NotResource") if key in statement]:
            yield Grant(statement["Effect"], inverse[0], "*", conditions)
            continue
        for action in _many(statement["Action"]):
            for resource in _many(statement.get("Resource", "*")):
                yield Grant(statement["Effect"], action.lower(), resource, conditions)


def _fits(live: Grant, reference: Grant, name: str) -> bool:
    return (
        (live.effect, live.action) == (reference.effect, reference.action)
        and _expression(reference.resource, name).fullmatch(live.resource) is not None
        and _expression(reference.conditions, name).fullmatch(live.conditions) is not None
    )


@cache
def _expression(text: str, name: str) -> re.Pattern[str]:
    """What a shipped text becomes when Terraform has filled it in."""

    def form(place: re.Match[str]) -> str:
        own = {"name": re.escape(name), "identifier": re.escape(name.replace("-", "_"))}
        return own.get(place[1]) or FORMS.get(place[1], ARN)

    return re.compile(_PLACE.sub(form, re.escape(text)))


def _text(grant: Grant) -> str:
    return f"{grant.action} on {grant.resource}"


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
