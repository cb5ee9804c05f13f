"""What a notice is about, for its fingerprint: the labels that stay the same while the trouble lasts.

Pods come and go, addresses change, a severity rises: a second notice with other ones is still about the same thing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from sre_agent.entrances.name_fields import KINDS, host

_CHANGING: Final = {
    "which copy": "pod podname kubepod kubernetespod exportedpod uid podid containerid id imageid replica",
    "which version": "revision podtemplatehash controllerrevisionhash image imagetag",
    "where": "podip hostip ip instance",
    "how bad, since when": "severity priority value state status timestamp time startsat endsat",
    "who tells it": "prometheus prometheusreplica receiver monitor rulegroup grafanafolder eventid",
}
VOLATILE: Final = frozenset(key for keys in _CHANGING.values() for key in keys.split())
_POD_KEYS: Final = ("pod", "podname", "kubepod", "kubernetespod", "exportedpod")
_THINGS: Final = frozenset(KINDS) - {"pod", "instance", "host", "job", "component"}
_ALPHABET = "[bcdfghjklmnpqrstvwxz2456789]"  # what Kubernetes makes its random suffixes of
_OF_REPLICASET = re.compile(rf"-{_ALPHABET}{{6,10}}-{_ALPHABET}{{5}}$")
_OF_OTHER = re.compile(rf"-(?:(?=[a-z]*\d){_ALPHABET}{{5}}|\d{{1,5}})$")
_STATE_MARK = re.compile(
    r"\[(?:re-?)?(?P<state>triggered|recovered|alerting|alert|ok|firing|resolved|normal|no ?data|warn(?:ing)?)"
    r"(?::\d+)?(?: on [^\]]*)?\]\s*",
    re.I,
)


def stable(labels: Mapping[str, str]) -> list[str]:
    """`key=value` of what names the thing, sorted. Volatile names count, without their random end, only where no
    stabler one is there."""
    bare = {re.sub(r"[^a-z0-9]", "", key.lower()): value for key, value in labels.items()}
    things = {key: _OF_REPLICASET.sub("", value) for key, value in bare.items() if key not in VOLATILE}
    if not any(key in _THINGS for key in things):
        pod = next((bare[key] for key in _POD_KEYS if bare.get(key)), "")
        if pod:
            things["pod"] = stem(pod)
        elif bare.get("instance"):
            things["instance"] = host(bare["instance"]) or bare["instance"]
    return sorted(f"{key}={value}" for key, value in things.items())


def stem(name: str) -> str:
    """A pod's name without what its controller made up; any other text as it is."""
    shorter = _OF_REPLICASET.sub("", name)
    return shorter if shorter != name else _OF_OTHER.sub("", name)


def marked_state(title: str) -> str:
    """The state that a monitor writes in brackets before its title (`[Recovered] …`); empty where it writes none."""
    match = _STATE_MARK.match(title.strip())
    return match["state"] if match is not None else ""


def topic(title: str) -> str:
    """A title without its state and without the random ends of the pod names in it."""
    words = _STATE_MARK.sub("", title).lower().split()
    return " ".join(_OF_REPLICASET.sub("", word.strip(".,:;()[]'\"")) for word in words)
