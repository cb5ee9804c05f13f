"""The answer of `kubectl_explain_workload`: text for reading, and facts within what one answer may hold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from mcp_servers.contract.bounds import untrusted
from mcp_servers.contract.facts import Answer, Observation, Relation
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.foreign_text import word
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists, compact
from mcp_servers.kubernetes.snapshot.revisions import revisions
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree
from mcp_servers.serving import cursors
from mcp_servers.serving.markdown import table, within

OBSERVATIONS: Final = 11_000  # characters of JSON
RELATIONS: Final = 3_000
LINES: Final = 6_500  # characters of text about the workloads
FURTHER: Final = 7_000  # characters of text on a further page
PODS_SHOWN: Final = 15
CALM: Final = frozenset({"pod.ready", "event.warning", "container.resources_differ"})


@dataclass(frozen=True)
class WorkloadExplanation:
    """Everything that was found out about `found`, of which an answer tells a page."""

    request: tuple[str, ...]
    workload: Obj
    trees: list[WorkloadTree]
    observations: list[Observation]
    relations: list[Relation]
    lists: Lists
    scope: str


def explanation_answer(told: WorkloadExplanation, start: int) -> Answer:
    """The page that begins with the fact at `start`. Facts on the workload come first; of the pods those in trouble."""
    assert told.lists.as_of is not None
    kept, after = _kept(told.observations, start)
    linked = _linked(told.relations, kept)
    more = cursors.encode(offset=after) if after < len(told.observations) else ""
    left_out = {"observations": len(told.observations) - after, "relations": len(told.relations) - len(linked)}
    paragraphs = [_head(told.workload, told.trees, told.scope)]
    if start:
        paragraphs += ["\n".join(_line(x) for x in kept)]
    else:
        paragraphs += [_text(f, told.observations, LINES // len(told.trees)) for f in told.trees]
    return Answer(
        text="\n\n".join([*paragraphs, *([f"More with cursor {more}"] if more else [])]),
        as_of=told.lists.as_of,
        data={
            "scope": told.scope,
            "subject": o.subject(told.scope, told.workload).short,
            "workloads": [_plain(f) for f in told.trees],
            "cursor": more,
        },
        observations=kept,
        relations=linked,
        coverage=compact(told.lists.coverage),
        left_out={what: count for what, count in left_out.items() if count},
    )


def _kept(observations: list[Observation], start: int) -> tuple[list[Observation], int]:
    """A page of facts within bounds, and how many were told with it: what is not about a pod, then one fact of each
    code, then pods in trouble, then the rest."""
    seen: set[tuple[str, str]] = set()

    def rank(x: Observation) -> int:
        key = (x.code, str(x.attributes.get("container", "")))
        new = key not in seen
        seen.add(key)
        if x.subject.kind != "Pod" and x.code != "event.warning":
            return 0
        return (1 if new else 2) + (2 if x.code in CALM else 0)

    ranked = sorted(((rank(x), i) for i, x in enumerate(observations)), key=lambda pair: pair)
    room, lines, chosen = OBSERVATIONS, FURTHER if start else OBSERVATIONS, set[int]()
    for _, i in ranked[start:]:
        room -= len(observations[i].model_dump_json())
        lines -= len(_line(observations[i])) + 1
        if chosen and min(room, lines) < 0:
            break
        chosen.add(i)
    return [x for i, x in enumerate(observations) if i in chosen], start + len(chosen)


def _linked(relations: list[Relation], kept: list[Observation]) -> list[Relation]:
    """Links of what is spoken of first, within bounds."""
    unique = list({r.model_dump_json(): r for r in relations}.values())
    spoken = {x.subject.key for x in kept}
    unique.sort(
        key=lambda r: (r.target.kind == "Pod" or r.kind == "runs_on") and not {r.source.key, r.target.key} & spoken
    )
    rows = within([json.loads(r.model_dump_json()) for r in unique], RELATIONS)
    return unique[: len(rows)]


def _head(found: Obj, trees: Sequence[WorkloadTree], scope: str) -> str:
    subject = o.subject(scope, found)
    roots = [f.subject.short for f in trees if f.subject != subject]
    return f"{subject.short} in cluster {scope}" + (f", explained by {', '.join(roots)}" if roots else "") + "."


def _plain(tree: WorkloadTree) -> dict[str, Any]:
    root = tree.root
    found = revisions(tree)
    return {
        "subject": tree.subject.short,
        "owner": o.responsible(root),
        "generation": o.meta(root).get("generation"),
        "images": o.images(tree.template),
        "pods": len(tree.pods),
        "revisions": [
            {
                "revision": r.number,
                "image": r.image,
                "made": r.created_at.isoformat() if r.created_at else "",
                "ready": r.ready,
            }
            for r in found[:5]
        ],
    }


def _text(tree: WorkloadTree, observations: list[Observation], room: int) -> str:
    """The facts on the workload and a table of its pods within `room` characters, what is left out counted."""
    own = {o.subject(tree.scope, x) for x in (*tree.pods, *tree.sets)}
    rows = [_row(tree, pod, observations) for pod in tree.pods]
    rows.sort(key=lambda row: row[1] == "yes")
    lines = [f"## {tree.subject.short}: {o.images(tree.template)}"]
    shown = within(rows[:PODS_SHOWN], room // 2)
    pods = ["", table(["pod", "ready", "restarts", "age", "node", "what"], shown, 200)] if shown else []
    pods += [f"{len(rows) - len(shown)} more pods."] if len(rows) > len(shown) else []
    room -= sum(len(line) + 1 for line in (*lines, *pods))
    told = [_line(x) for x in observations if x.subject not in own and x.subject.kind != "Pod"]
    kept = within(told, room)
    lines += kept
    lines += [f"{len(told) - len(kept)} more facts."] if len(told) > len(kept) else []
    return "\n".join([*lines, *pods])


def _line(x: Observation) -> str:
    told = ", ".join(f"{k} {word(v)}" for k, v in x.attributes.items() if v not in ("", []) and k != "message")
    at = f" at {x.at:%Y-%m-%dT%H:%M:%SZ}" if x.at else ""
    text = f": {untrusted(x.excerpt)}" if x.excerpt else ""
    return f"- {x.code} {x.subject.short}{at}" + (f" ({told})" if told else "") + text


def _row(tree: WorkloadTree, pod: Obj, observations: list[Observation]) -> list[str]:
    subject = o.subject(tree.scope, pod)
    told = [x for x in observations if x.subject == subject and x.code not in CALM]
    statuses = o.status(pod).get("containerStatuses") or []
    restarts = sum(int(s.get("restartCount") or 0) for s in statuses)
    made = o.created_at(pod)
    what = "; ".join(dict.fromkeys(_brief(x) for x in told))
    ready = "yes" if o.is_ready(pod) else "no"
    return [
        o.name(pod), ready, str(restarts), span((tree.now - made).total_seconds()) if made else "?",
        str(o.spec(pod).get("nodeName") or ""), what,
    ]  # fmt: skip


def _brief(x: Observation) -> str:
    shown = {k: v for k, v in x.attributes.items() if k in ("exit_code", "reason", "image", "missing_name", "probe")}
    return f"{x.code} {' '.join(word(v) for v in shown.values())}".strip()


def span(seconds: float) -> str:
    """An age as kubectl writes it."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= 2 * size:
            return f"{int(seconds // size)}{unit}"
    return f"{max(0, int(seconds))}s"
