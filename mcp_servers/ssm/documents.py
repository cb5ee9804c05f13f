"""Tools over runbooks: find the ones that may serve, and read one closely."""

from __future__ import annotations

from typing import Any

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Answer, Coverage, Observation, Subject
from mcp_servers.kit.aws import Account, gap
from mcp_servers.kit.errors import TeachingError
from mcp_servers.kit.markdown import table, within
from mcp_servers.ssm import ranking, steps
from mcp_servers.ssm.library import UNDO_TAG, Document, load, names, tag_map
from mcp_servers.ssm.parameters import described

READ = 30  # documents that one search reads closely
SHOWN = 10


class Documents:
    def __init__(self, account: Account) -> None:
        self._account = account

    def find_runbooks(self, text: str, tags: list[str] | None = None, owner: str = "Self") -> Answer:
        """Runbooks that may serve, best first, by the words of name, tags, parameters and description.

        `text` says what is wrong or wanted, `tags` are `key` or `key=value` that all must be there. `owner` is Self
        (the account's own), Amazon, Public, ThirdParty, or empty for all. An empty text lists by name.
        """
        identifiers, as_of, cut = names(self._account, owner=owner)
        wanted = tags or []
        coverage = [Coverage(looked_at=f"runbooks of {owner or 'any owner'}", state="truncated" if cut else "complete")]
        plain = [{"name": i["Name"], "tags": tag_map(i.get("Tags"))} for i in identifiers]
        plain = [p for p in plain if not p["tags"] or ranking.tagged(p["tags"], wanted)]
        plain.sort(key=lambda p: (-ranking.score(text, p), p["name"]))
        if len(plain) > READ:
            detail = f"the {READ} with the nearest names of {len(plain)} were read closely"
            coverage.append(Coverage(looked_at="descriptions of runbooks", state="truncated", detail=detail))
        read = self._read([p["name"] for p in plain[:READ]], coverage)
        scored = [
            (ranking.score(text, _searched(document)), document)
            for document in read
            if ranking.tagged(document.tags, wanted)
        ]
        found = sorted(((s, d) for s, d in scored if s > 0 or not text.strip()), key=lambda sd: (-sd[0], sd[1].name))
        rows = [{**_plain(document), "score": score} for score, document in found[:SHOWN]]
        kept = within(rows, 10_000)
        return Answer(
            text=f"{len(found)} runbooks may serve ({len(identifiers)} there).\n\n"
            + table(["runbook", "changes", "parameters", "description"], [_row(row) for row in kept]),
            as_of=as_of,
            data={"runbooks": kept, "there": len(identifiers)},
            observations=[self._found(document) for _, document in found[:SHOWN]],
            coverage=[*coverage, *self._account.gaps()],
            left_out={"runbooks": len(found) - len(kept)} if len(found) > len(kept) else {},
        )

    def describe_runbook(self, name: str, version: str = "$DEFAULT") -> Answer:
        """One runbook: its parameters and what they may be, its steps, and which of them change something."""
        document = load(self._account, name, version)
        read = steps.read(document.content)
        plain = _plain(document) | {
            "status": document.about.get("Status", ""),
            "owner": document.about.get("Owner", ""),
            "latest_version": document.about.get("LatestVersion", ""),
            "undo": document.tags.get(UNDO_TAG, ""),
            "steps": [{"name": s.name, "action": s.action, "effect": s.effect, "does": s.does} for s in read],
        }
        left_out = {}
        if len(kept := within(plain["steps"], 8_000)) < len(read):
            left_out["steps"] = len(read) - len(kept)
            plain["steps"] = kept
        head = f"Runbook {document.name} version {document.version}: {excerpt(document.description)}"
        changing = f"Changes something: {plain['mutating']}."
        return Answer(
            text="\n\n".join(
                [
                    head + "\n" + changing,
                    table(["parameter", "type", "allowed", "default", "description"], _parameters(plain["parameters"])),
                    table(
                        ["step", "effect", "does"], [(s["name"], s["effect"], s["does"]) for s in plain["steps"]], 200
                    ),
                ]
            ),
            as_of=document.as_of,
            data={"runbook": plain, "target": document.target.model_dump()},
            observations=[self._found(document)],
            coverage=[Coverage(looked_at=f"runbook {document.name}"), *document.coverage, *self._account.gaps()],
            left_out=left_out,
        )

    def _read(self, found: list[str], coverage: list[Coverage]) -> list[Document]:
        documents = []
        for name in found:
            try:
                document = load(self._account, name)
            except TeachingError as problem:
                if problem.kind in ("denied", "not_found"):
                    coverage.append(gap(problem, f"runbook {name}"))
                    continue
                raise
            coverage += document.coverage
            documents.append(document)
        return documents

    def _found(self, document: Document) -> Observation:
        return Observation(
            code="runbook.found",
            subject=Subject(scope=self._account.scope, kind="Runbook", name=document.name),
            attributes={
                "document": document.name,
                "version": document.version,
                "mutating": _mutating(document),
                "tags": [f"{key}={value}" for key, value in sorted(document.tags.items())],
            },
            excerpt=excerpt(document.description, 200),
        )


def _mutating(document: Document) -> str:
    return steps.changes([s.effect for s in steps.read(document.content)])


def _searched(document: Document) -> dict[str, Any]:
    listed = described(document.content)
    return {"name": document.name, "tags": document.tags, "parameters": listed, "description": document.description}


def _plain(document: Document) -> dict[str, Any]:
    return {
        "name": document.name,
        "version": document.version,
        "hash": document.hash,
        "description": excerpt(document.description),
        "parameters": described(document.content),
        "tags": document.tags,
        "mutating": _mutating(document),
    }


def _row(row: dict[str, Any]) -> list[str]:
    return [row["name"], row["mutating"], ", ".join(p["name"] for p in row["parameters"]), row["description"]]


def _parameters(listed: list[dict[str, Any]]) -> list[list[Any]]:
    return [
        [p["name"], p["type"], p.get("allowed") or p.get("pattern", ""), p.get("default", ""), p.get("description", "")]
        for p in listed
    ]
