"""What a preStop hook asks for before a container gets its SIGTERM: time."""

from __future__ import annotations

import re

from sre_lab.behaviour.kubelet.containers import KubeletContainer

_SLEEP = re.compile(r"\bsleep\s+(\d+(?:\.\d+)?)(m?)\b")


def pre_stop_seconds(container: KubeletContainer) -> float:
    """How long the hook takes: that of its sleeping. Whatever else a hook does is done in no time."""
    hook = (container.spec.get("lifecycle") or {}).get("preStop") or {}
    if "sleep" in hook:
        return float(hook["sleep"].get("seconds") or 0)
    line = " ".join(str(word) for word in (hook.get("exec") or {}).get("command") or [])
    return sum(float(amount) * (60 if minutes else 1) for amount, minutes in _SLEEP.findall(line))
