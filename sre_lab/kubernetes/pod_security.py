"""PodSecurity: which of the Pod Security Standards a namespace demands, and where a pod falls short of them.

The texts are those of the admission plugin. AppArmor and SELinux options are not looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sre_lab.objects.store import Obj
from sre_lab.world import World

LABEL = "pod-security.kubernetes.io/"
LEVELS = ("privileged", "baseline", "restricted")
ADDABLE = {
    *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"),
    *("SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
}
SAFE_SYSCTLS = {
    *("kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies"),
    *("net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_local_reserved_ports"),
    *("net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl"),
    "net.ipv4.tcp_keepalive_probes",
}
PLAIN_VOLUMES = {
    *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"),
}
Check = Callable[[Obj], str]  # a pod spec -> what it violates, or ""


def refusal(world: World, pod: Obj) -> str:
    """Why the namespace does not take the pod, in the plugin's words; empty when it does."""
    standard = demanded_level(world, pod["metadata"].get("namespace", ""), "enforce")
    problems = violations(pod["spec"], standard[0])
    return f'violates PodSecurity "{":".join(standard)}": {", ".join(problems)}' if problems else ""


def violation_warning(world: World, obj: Obj) -> str:
    """What a client is warned of that creates or changes a pod or what makes pods; empty when nothing is."""
    spec = _pod_spec(obj)
    if spec is None:
        return ""
    standard = demanded_level(world, obj["metadata"].get("namespace", ""), "warn")
    problems = violations(spec, standard[0])
    return f'would violate PodSecurity "{":".join(standard)}": {", ".join(problems)}' if problems else ""


def demand_warnings(world: World, old: Obj, new: Obj) -> list[str]:
    """What is said to whoever lets a namespace enforce more than before: which of its pods would not come in today."""
    if new["kind"] != "Namespace":
        return []
    before, (level, version) = _level_and_version(old, "enforce"), _level_and_version(new, "enforce")
    is_relaxed = before[1] == version and LEVELS.index(level) <= LEVELS.index(before[0])
    if (level, version) == before or level == "privileged" or is_relaxed:
        return []
    namespace = new["metadata"]["name"]
    names: dict[str, list[str]] = {}
    for pod in world.objects.all("Pod", namespace):
        if problems := violations(pod["spec"], level):
            reasons = ", ".join(text.partition(" (")[0] for text in problems)
            names.setdefault(reasons, []).append(pod["metadata"]["name"])
    lines = sorted(f"{_summarise(sorted(pods))}: {reasons}" for reasons, pods in names.items())
    demand = f"{level}:{version}"
    head = f'existing pods in namespace "{namespace}" violate the new PodSecurity enforce level "{demand}"'
    return [head, *lines] if lines else []


def _summarise(names: list[str]) -> str:
    others = len(names) - 1
    return names[0] + (f" (and {others} other pod{'s' if others > 1 else ''})" if others else "")


def demanded_level(world: World, namespace: str, mode: str) -> tuple[str, str]:
    """(level, version) that the namespace's labels name for `enforce` or `warn`; an unknown level demands all."""
    return _level_and_version(world.objects.get("Namespace", "", namespace), mode)


def _level_and_version(namespace: Obj | None, mode: str) -> tuple[str, str]:
    labels = (namespace["metadata"].get("labels") or {}) if namespace else {}
    level = labels.get(LABEL + mode, "privileged")
    return (level if level in LEVELS else "restricted"), labels.get(f"{LABEL}{mode}-version", "latest")


def violations(spec: Obj, level: str) -> list[str]:
    """One text for each check of the level that the pod fails, in the plugin's order."""
    checks = {"privileged": (), "baseline": _BASELINE, "restricted": (*_SHARED, *_RESTRICTED)}[level]
    return [text for check in checks if (text := check(spec))]


def _pod_spec(obj: Obj) -> Obj | None:
    spec: Obj = obj.get("spec") or {}
    if obj["kind"] == "Pod":
        return spec
    if obj["kind"] == "CronJob":
        spec = (spec.get("jobTemplate") or {}).get("spec") or {}
    template = spec.get("template")
    return (template.get("spec") or {}) if isinstance(template, dict) else None


def _containers(spec: Obj) -> list[Obj]:
    return [c for part in ("initContainers", "containers", "ephemeralContainers") for c in spec.get(part) or []]


def _context(part: Obj) -> Obj:
    return part.get("securityContext") or {}


def _container_names(containers: list[Obj], word: str = "container") -> str:
    names = ", ".join(f'"{c["name"]}"' for c in containers)
    return f"{word} {names}" if len(containers) == 1 else f"{word}s {names}"


def _quote_all(values: list[Any]) -> str:
    return ", ".join(f'"{v}"' for v in dict.fromkeys(values))


def _host_namespaces(spec: Obj) -> str:
    settings = [f"{field}=true" for field in ("hostNetwork", "hostPID", "hostIPC") if spec.get(field)]
    return f"host namespaces ({', '.join(settings)})" if settings else ""


def _host_paths(spec: Obj) -> str:
    bad = [v for v in spec.get("volumes") or [] if "hostPath" in v]
    return f"hostPath volumes ({_container_names(bad, 'volume')})" if bad else ""


def _host_ports(spec: Obj) -> str:
    ports = {c["name"]: [p["hostPort"] for p in c.get("ports") or [] if p.get("hostPort")] for c in _containers(spec)}
    bad = [c for c in _containers(spec) if ports[c["name"]]]
    numbers = sorted({p for port in ports.values() for p in port})
    if not bad:
        return ""
    verb = "uses" if len(bad) == 1 else "use"
    word = "hostPort" if len(numbers) == 1 else "hostPorts"
    return f"hostPort ({_container_names(bad)} {verb} {word} {', '.join(map(str, numbers))})"


def _privilege(spec: Obj) -> str:
    bad = [c for c in _containers(spec) if _context(c).get("privileged")]
    return f"privileged ({_container_names(bad)} must not set securityContext.privileged=true)" if bad else ""


def _extra_capabilities(spec: Obj, allowed: set[str]) -> str:
    added = {c["name"]: (_context(c).get("capabilities") or {}).get("add") or [] for c in _containers(spec)}
    bad = [c for c in _containers(spec) if set(added[c["name"]]) - allowed]
    wrong = sorted({capability for capabilities in added.values() for capability in capabilities} - allowed)
    return (
        f"{_container_names(bad)} must not include {_quote_all(wrong)} in securityContext.capabilities.add"
        if bad
        else ""
    )


def _default_capabilities(spec: Obj) -> str:
    extra = _extra_capabilities(spec, ADDABLE)
    return f"non-default capabilities ({extra})" if extra else ""


def _proc_mount(spec: Obj) -> str:
    bad = [c for c in _containers(spec) if _context(c).get("procMount", "Default") != "Default"]
    wrong = _quote_all([_context(c)["procMount"] for c in bad])
    return f"procMount ({_container_names(bad)} must not set securityContext.procMount to {wrong})" if bad else ""


def _sysctls(spec: Obj) -> str:
    bad = [s["name"] for s in _context(spec).get("sysctls") or [] if s["name"] not in SAFE_SYSCTLS]
    return f"forbidden sysctls ({', '.join(bad)})" if bad else ""


def _seccomp_baseline(spec: Obj) -> str:
    def profile(part: Obj) -> Any:
        return (_context(part).get("seccompProfile") or {}).get("type")

    bad = [c for c in _containers(spec) if profile(c) == "Unconfined"]
    who = ["pod"] * (profile(spec) == "Unconfined") + ([_container_names(bad)] if bad else [])
    text = 'must not set securityContext.seccompProfile.type to "Unconfined"'
    return f"seccompProfile ({' and '.join(who)} {text})" if who else ""


def _escalation(spec: Obj) -> str:
    bad = [c for c in _containers(spec) if _context(c).get("allowPrivilegeEscalation") is not False]
    text = "must set securityContext.allowPrivilegeEscalation=false"
    return f"allowPrivilegeEscalation != false ({_container_names(bad)} {text})" if bad else ""


def _capabilities_restricted(spec: Obj) -> str:
    bad = [c for c in _containers(spec) if "ALL" not in ((_context(c).get("capabilities") or {}).get("drop") or [])]
    problems = [f'{_container_names(bad)} must set securityContext.capabilities.drop=["ALL"]'] if bad else []
    added = _extra_capabilities(spec, {"NET_BIND_SERVICE"})
    problems += [added] if added else []
    return f"unrestricted capabilities ({'; '.join(problems)})" if problems else ""


def _volume_types(spec: Obj) -> str:
    kinds = {v["name"]: next((k for k in v if k != "name"), "emptyDir") for v in spec.get("volumes") or []}
    bad = [{"name": name} for name, kind in kinds.items() if kind not in PLAIN_VOLUMES]
    if not bad:
        return ""
    types = list(dict.fromkeys(kinds[v["name"]] for v in bad))
    verb = "uses" if len(bad) == 1 else "use"
    word = "restricted volume type" + ("s" if len(types) > 1 else "")
    return f"restricted volume types ({_container_names(bad, 'volume')} {verb} {word} {_quote_all(types)})"


def _not_root(spec: Obj) -> str:
    own = _context(spec).get("runAsNonRoot")
    explicit = [c for c in _containers(spec) if _context(c).get("runAsNonRoot") is False]
    silent = [c for c in _containers(spec) if _context(c).get("runAsNonRoot") is None and not own]
    if explicit:
        return f"runAsNonRoot != true ({_container_names(explicit)} must not set securityContext.runAsNonRoot=false)"
    if own is False and silent:
        return "runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)"
    return (
        f"runAsNonRoot != true (pod or {_container_names(silent)} must set securityContext.runAsNonRoot=true)"
        if silent
        else ""
    )


def _root_user(spec: Obj) -> str:
    bad = [c for c in _containers(spec) if _context(c).get("runAsUser") == 0]
    who = ["pod"] * (_context(spec).get("runAsUser") == 0) + ([_container_names(bad)] if bad else [])
    return f"runAsUser=0 ({' and '.join(who)} must not set runAsUser=0)" if who else ""


def _seccomp_restricted(spec: Obj) -> str:
    def good(part: Obj) -> bool:
        return (_context(part).get("seccompProfile") or {}).get("type") in ("RuntimeDefault", "Localhost")

    if (problem := _seccomp_baseline(spec)) or good(spec):
        return problem
    bad = [c for c in _containers(spec) if not good(c)]
    text = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"'
    return f"seccompProfile (pod or {_container_names(bad)} {text})" if bad else ""


_SHARED: tuple[Check, ...] = (_host_namespaces, _host_ports, _privilege, _proc_mount, _sysctls)
_BASELINE: tuple[Check, ...] = (
    *(_default_capabilities, _host_namespaces, _host_paths, _host_ports, _privilege, _proc_mount),
    *(_seccomp_baseline, _sysctls),
)
_RESTRICTED: tuple[Check, ...] = (
    _escalation,
    _capabilities_restricted,
    _volume_types,
    _not_root,
    _root_user,
    _seccomp_restricted,
)
