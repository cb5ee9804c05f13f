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
    """Everything that is known about a workload; one answer shows a page of it."""

    request: tuple[str, ...]
    workload: Obj
    trees: list[WorkloadTree]
    observations: list[Observation]
    relations: list[Relation]
    lists: Lists
    scope: str


def explanation_answer(explanation: WorkloadExplanation, start: int) -> Answer:
    """The page that begins with the fact at `start`. Facts on the workload come first; of the pods those in trouble."""
    assert explanation.lists.as_of is not None
    page, after = _page(explanation.observations, start)
    relations = _linked_relations(explanation.relations, page)
    more = cursors.encode(offset=after) if after < len(explanation.observations) else ""
    left_out = {
        "observations": len(explanation.observations) - after,
        "relations": len(explanation.relations) - len(relations),
    }
    paragraphs = [_head(explanation.workload, explanation.trees, explanation.scope)]
    if start:
        paragraphs += ["\n".join(_line(x) for x in page)]
    else:
        paragraphs += [_text(f, explanation.observations, LINES // len(explanation.trees)) for f in explanation.trees]
    return Answer(
        text="\n\n".join([*paragraphs, *([f"More with cursor {more}"] if more else [])]),
        as_of=explanation.lists.as_of,
        data={
            "scope": explanation.scope,
            "subject": o.subject(explanation.scope, explanation.workload).short,
            "workloads": [_plain(f) for f in explanation.trees],
            "cursor": more,
        },
        observations=page,
        relations=relations,
        coverage=compact(explanation.lists.coverage),
        left_out={what: count for what, count in left_out.items() if count},
    )


def _page(observations: list[Observation], start: int) -> tuple[list[Observation], int]:
    """A page of facts within bounds, and how many were told with it: what is not about a pod, then one fact of each
    code, then pods in trouble, then the rest."""
    codes: set[tuple[str, str]] = set()

    def rank(x: Observation) -> int:
        key = (x.code, str(x.attributes.get("container", "")))
        new = key not in codes
        codes.add(key)
        if x.subject.kind != "Pod" and x.code != "event.warning":
            return 0
        return (1 if new else 2) + (2 if x.code in CALM else 0)

    ranked = sorted(((rank(x), i) for i, x in enumerate(observations)), key=lambda pair: pair)
    room, lines, chosen_places = OBSERVATIONS, FURTHER if start else OBSERVATIONS, set[int]()
    for _, i in ranked[start:]:
        room -= len(observations[i].model_dump_json())
        lines -= len(_line(observations[i])) + 1
        if chosen_places and min(room, lines) < 0:
            break
        chosen_places.add(i)
    return [x for i, x in enumerate(observations) if i in chosen_places], start + len(chosen_places)


def _linked_relations(relations: list[Relation], page: list[Observation]) -> list[Relation]:
    """Links of what is spoken of first, within bounds."""
    unique = list({r.model_dump_json(): r for r in relations}.values())
    keys = {x.subject.key for x in page}
    unique.sort(
        key=lambda r: (r.target.kind == "Pod" or r.kind == "runs_on") and not {r.source.key, r.target.key} & keys
    )
    rows = within([json.loads(r.model_dump_json()) for r in unique], RELATIONS)
    return unique[: len(rows)]


def _head(obj: Obj, trees: Sequence[WorkloadTree], scope: str) -> str:
    subject = o.subject(scope, obj)
    roots = [f.subject.short for f in trees if f.subject != subject]
    return f"{subject.short} in cluster {scope}" + (f", explained by {', '.join(roots)}" if roots else "") + "."


def _plain(tree: WorkloadTree) -> dict[str, Any]:
    root = tree.root
    history = revisions(tree)
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
            for r in history[:5]
        ],
    }


def _text(tree: WorkloadTree, observations: list[Observation], room: int) -> str:
    """The facts on the workload and a table of its pods within `room` characters, what is left out counted."""
    own = {o.subject(tree.scope, x) for x in (*tree.pods, *tree.sets)}
    rows = [_row(tree, pod, observations) for pod in tree.pods]
    rows.sort(key=lambda row: row[1] == "yes")
    lines = [f"## {tree.subject.short}: {o.images(tree.template)}"]
    table_rows = within(rows[:PODS_SHOWN], room // 2)
    pods = ["", table(["pod", "ready", "restarts", "age", "node", "what"], table_rows, 200)] if table_rows else []
    pods += [f"{len(rows) - len(table_rows)} more pods."] if len(rows) > len(table_rows) else []
    room -= sum(len(line) + 1 for line in (*lines, *pods))
    fact_lines = [_line(x) for x in observations if x.subject not in own and x.subject.kind != "Pod"]
    page = within(fact_lines, room)
    lines += page
    lines += [f"{len(fact_lines) - len(page)} more facts."] if len(fact_lines) > len(page) else []
    return "\n".join([*lines, *pods])


def _line(x: Observation) -> str:
    attributes = ", ".join(f"{k} {word(v)}" for k, v in x.attributes.items() if v not in ("", []) and k != "message")
    at = f" at {x.at:%Y-%m-%dT%H:%M:%SZ}" if x.at else ""
    text = f": {untrusted(x.excerpt)}" if x.excerpt else ""
    return f"- {x.code} {x.subject.short}{at}" + (f" ({attributes})" if attributes else "") + text


def _row(tree: WorkloadTree, pod: Obj, observations: list[Observation]) -> list[str]:
    subject = o.subject(tree.scope, pod)
    facts = [x for x in observations if x.subject == subject and x.code not in CALM]
    statuses = o.status(pod).get("containerStatuses") or []
    restarts = sum(int(s.get("restartCount") or 0) for s in statuses)
    created = o.created_at(pod)
    what = "; ".join(dict.fromkeys(_brief(x) for x in facts))
    ready = "yes" if o.is_ready(pod) else "no"
    return [
        o.name(pod), ready, str(restarts), span((tree.now - created).total_seconds()) if created else "?",
        str(o.spec(pod).get("nodeName") or ""), what,
    ]  # fmt: skip


def _brief(x: Observation) -> str:
    attributes = {
        k: v for k, v in x.attributes.items() if k in ("exit_code", "reason", "image", "missing_name", "probe")
    }
    return f"{x.code} {' '.join(word(v) for v in attributes.values())}".strip()


def span(seconds: float) -> str:
    """An age as kubectl writes it."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= 2 * size:
            return f"{int(seconds // size)}{unit}"
    return f"{max(0, int(seconds))}s"
