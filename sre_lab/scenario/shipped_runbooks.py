"""The Automation documents that come with the product: `infra/runbooks`, or a folder of the installed package."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import yaml


def shipped_runbook(remedy: str) -> tuple[str, dict[str, Any], dict[str, str]]:
    """Name, content and tags of the document of a remedy. ValueError names the remedies that there are."""
    folder = _folder()
    remedies = yaml.safe_load((folder / "remedies.yaml").read_text(encoding="utf-8"))
    if remedy not in remedies:
        raise ValueError(f"there is no remedy {remedy!r}, but {', '.join(remedies)}")
    name = str(remedies[remedy]["document"])
    return name, yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8")), dict(remedies[remedy]["tags"])


def _folder() -> Any:
    in_the_package = resources.files("sre_lab") / "runbooks"
    return in_the_package if in_the_package.is_dir() else Path(__file__).parents[2] / "infra" / "runbooks"
