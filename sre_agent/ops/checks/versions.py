"""What is installed against the lock that this version was tested with. Nothing is asked of the network."""

from __future__ import annotations

import re
from importlib import metadata
from typing import Final

from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.installation import InstallationView
from sre_agent.ops.shipped_policies import shipped_document

LOCK: Final = "container/requirements.lock"
NAMED: Final = 10
_PIN: Final = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*])?==([^ ;\\]+)", re.MULTILINE)


async def look(installation: InstallationView) -> OpsFinding:
    pins = lowest_pins(shipped_document(LOCK))
    present = {name: version for name in pins if (version := _version_of(name))}
    older = [name for name, version in present.items() if _release(version) < _release(pins[name])]
    newer = [name for name, version in present.items() if _release(version) > _release(pins[name])]
    faults: list[tuple[OpsState, str]] = []
    if older:
        texts = [f"{name} {present[name]} (tested: {pins[name]})" for name in older[:NAMED]]
        faults.append(("warning", f"{len(older)} packages are behind the lock: {', '.join(texts)}."))
    return OpsFinding.worst(
        faults,
        f"sre-agent {_version_of('sre-agent')}; none of {len(present)} packages is behind the lock.",
        figures={"packages": len(present), "behind": len(older), "ahead": len(newer)},
        details=[f"{name} {present[name]} is newer than {pins[name]}" for name in newer[:NAMED]],
        remedy="pip install --upgrade sre-agent, or roll out the image of this version.",
    )


def lowest_pins(lock: str) -> dict[str, str]:
    """The version of each package; of one that has several, by the version of Python, the lowest."""
    pins: dict[str, str] = {}
    for name, version in _PIN.findall(lock):
        pins[name] = min(version, pins.get(name, version), key=_release)
    return pins


def _version_of(name: str) -> str:
    """Its version; empty where it is not there, as what belongs to another platform."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version.partition("+")[0]))


CHECK: Final = OpsCheck("versions", "monthly", "installed packages against the lock", look)
