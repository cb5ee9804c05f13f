"""Each check of a sweep may read what it reads: the reading identity of the cluster and that of the account have it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from sre_agent.sweep.checks import CHECKS
from sre_agent.sweep.checks.contract import SweepCheck

INFRA = Path(__file__).parents[2] / "infra"
ROLES = yaml.safe_load_all((INFRA / "kubernetes" / "reader.yaml").read_text(encoding="utf-8"))
RULES = [rule for one in ROLES if one["kind"] == "ClusterRole" for rule in one["rules"]]
LISTED = {
    f"{plural}.{group}".rstrip(".") for rule in RULES for group in rule["apiGroups"] for plural in rule["resources"]
}
ACTIONS = set(json.loads((INFRA / "aws" / "reader.json").read_text(encoding="utf-8"))["Statement"][0]["Action"])


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_the_readers_have_the_permissions_of_each_check(check: SweepCheck) -> None:
    assert set(re.findall(r"\b[a-z]+:[A-Z]\w+", check.permission)) <= ACTIONS
    for part in check.permission.split("; "):
        if part.startswith("list "):
            plurals = re.split(r", | and ", part.removeprefix("list "))
            assert all(any(one.split(".")[0] == plural or one == plural for one in LISTED) for plural in plurals), (
                plurals
            )
