"""The passwords that a pod brings along when its images are pulled."""

from __future__ import annotations

import base64
import binascii
import json

from sre_lab.behaviour.kubelet.configuration import MissingError, secret_data
from sre_lab.objects.store import Obj
from sre_lab.world import World

FILE = ".dockerconfigjson"


def pull_passwords(world: World, pod: Obj, registry: str) -> set[str]:
    """What the pull secrets of the pod and of its ServiceAccount hold for this registry; those that are not there or
    cannot be read hold nothing, as for the kubelet."""
    namespace = pod["metadata"].get("namespace", "")
    account = world.objects.get("ServiceAccount", namespace, pod["spec"].get("serviceAccountName", "default")) or {}
    references = [*(pod["spec"].get("imagePullSecrets") or []), *(account.get("imagePullSecrets") or [])]
    passwords = (_password(world, namespace, reference.get("name", ""), registry) for reference in references)
    return {password for password in passwords if password}


def _password(world: World, namespace: str, name: str, registry: str) -> str:
    try:
        auths = json.loads(secret_data(world, namespace, name).get(FILE, "{}")).get("auths", {})
    except (MissingError, ValueError, AttributeError):
        return ""
    login = auths.get(registry) or auths.get(f"https://{registry}") or {}
    try:
        pair = base64.b64decode(login.get("auth", "")).decode()
    except (binascii.Error, ValueError):
        return ""
    return str(login.get("password") or pair.partition(":")[2])
