"""Tools over runbooks: find the ones that may serve, and read one closely."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Literal

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Answer, Coverage
from mcp_servers.serving import cursors
from mcp_servers.serving.aws import AwsAccount, denied_time, gap
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import table, within
from mcp_servers.serving.registry import read_tool
from mcp_servers.serving.server import UNTRUSTED
from mcp_servers.ssm import inputs
from mcp_servers.ssm.runbooks import ranking
from mcp_servers.ssm.runbooks import runbook as runbooks
from mcp_servers.ssm.runbooks.library import RunbookDocument, load, names, tag_map
from mcp_servers.ssm.runbooks.markdown_files import MarkdownFiles
from mcp_servers.ssm.runbooks.runbook import Runbook
from mcp_servers.ssm.tools import description

Owner = Literal["Self", "Amazon", "Public", "Private", "ThirdParty", ""]

DOCUMENT_LIMIT = 60  # documents that one search reads closely
AT_ONCE = 6  # of them
DISPLAY_LIMIT = 10
CHARACTERS = 9_000  # of the rows as JSON


class Documents:
    """`files` are the folders with Markdown runbooks that stand beside the account's documents."""

    def __init__(self, account: AwsAccount, files: MarkdownFiles) -> None:
        self._account, self._files = account, files

    @read_tool("Find runbooks")
    def find_runbooks(
        self,
        text: inputs.RunbookText,
        tags: inputs.Tags = None,
        owner: inputs.Owner = "Self",
        failure_class: inputs.FailureClass = "",
        cursor: inputs.Cursor = "",
    ) -> Answer:
        """Find runbooks, best match first: Automation documents and Markdown files in one ranked list.

        `text` describes the problem or goal; name, tags, description, parameters and steps are searched for its words.
        `failure_class` ranks runbooks tagged for it first. `tags` are `key` or `key=value`, all of which must be
        present. `owner` of documents is Self (the account's own), Amazon, Public, ThirdParty, or empty for all. Empty
        text and class list by name.
        """
        wanted_tags = tags or []
        documents, as_of, coverage, total = self._documents(text, wanted_tags, owner, failure_class)
        file_runbooks, file_coverage = self._files.every()
        there = [*documents, *(m.runbook for m in file_runbooks)]
        there = [runbook for runbook in there if ranking.tagged(runbook.tags, wanted_tags)]
        scores = ranking.scores(text, [runbook.searched() for runbook in there], failure_class)
        is_search = bool(text.strip() or failure_class)
        matches = [(score, runbook) for score, runbook in zip(scores, there, strict=True) if score > 0 or not is_search]
        matches.sort(key=lambda ranked: (-ranked[0], ranked[1].name))
        start = cursors.offset(cursor)
        page = matches[start : start + DISPLAY_LIMIT]
        every = [{**runbook.plain(), "score": score} for score, runbook in page]
        rows = within(every, CHARACTERS) or every[:1]  # a cursor always gets on
        end = start + len(rows)
        data: dict[str, Any] = {"runbooks": rows, "there": total + len(file_runbooks), "found": len(matches)}
        return Answer(
            text=f"{len(matches)} of {total + len(file_runbooks)} runbooks may help. "
            + _untagged_hint(failure_class, there)
            + f"{UNTRUSTED}\n\n"
            + table(["runbook", "kind", "changes", "parameters", "what for"], [runbooks.row(row) for row in rows]),
            as_of=as_of,
            data=data | ({"cursor": cursors.encode(offset=end)} if end < len(matches) else {}),
            observations=[runbook.observed(self._account.scope) for _, runbook in page],
            coverage=[*coverage, *file_coverage, *self._account.gaps()],
            left_out={"runbooks": len(matches) - end} if len(matches) > end else {},
        )

    @read_tool("Describe a runbook")
    def describe_runbook(
        self, name: inputs.RunbookName, version: inputs.Version = "$DEFAULT", cursor: inputs.Cursor = ""
    ) -> Answer:
        """One runbook: its parameters and allowed values, its steps or sections, and which of them make changes.

        `name` as find_runbooks gives it. A Markdown runbook has one version: the file as it is now. `cursor` goes on
        where an earlier answer ended (`data.cursor`).
        """
        if self._files.there and "/" in name and not name.startswith("arn:"):
            return description.file(*self._files.one(name), self._account, cursor)
        return description.document(load(self._account, name, version), self._account, cursor)

    def _documents(
        self, text: str, tags: list[str], owner: str, failure_class: str
    ) -> tuple[list[Runbook], datetime, list[Coverage], int]:
        """The account's documents with the nearest names, read closely; the service's clock; how many there are.

        Where there are Markdown runbooks too, an account that does not answer is a gap beside them.
        """
        looked_at = f"runbooks of {owner or 'any owner'}"
        try:
            identifiers, as_of, cut = names(self._account, owner=owner)
        except TeachingError as problem:
            if not self._files.there:
                raise
            return [], denied_time(problem) or datetime.now(UTC), [gap(problem, looked_at)], 0
        coverage = [Coverage(looked_at=looked_at, state="truncated" if cut else "complete")]
        plain = [{"name": i["Name"], "tags": tag_map(i.get("Tags"))} for i in identifiers]
        plain = [p for p in plain if not p["tags"] or ranking.tagged(p["tags"], tags)]
        if len(plain) > DOCUMENT_LIMIT:
            first = ranking.scores(text, [_by_name(p) for p in plain], failure_class)
            ranked = sorted(zip(first, plain, strict=True), key=lambda one: (-one[0], one[1]["name"]))
            detail = f"the {DOCUMENT_LIMIT} with the most similar names of {len(plain)} were read in full"
            coverage.append(Coverage(looked_at="descriptions of runbooks", state="truncated", detail=detail))
            plain = [p for _, p in ranked[:DOCUMENT_LIMIT]]
        read = self._read([p["name"] for p in plain], coverage)
        return [runbooks.of_document(document) for document in read], as_of, coverage, len(identifiers)

    def _read(self, names: list[str], coverage: list[Coverage]) -> list[RunbookDocument]:
        def one(name: str) -> RunbookDocument | TeachingError:
            try:
                return load(self._account, name)
            except TeachingError as problem:
                return problem

        documents: list[RunbookDocument] = []
        with ThreadPoolExecutor(AT_ONCE) as readers:
            for name, read in zip(names, readers.map(one, names), strict=True):
                if isinstance(read, TeachingError):
                    coverage.append(gap(read, f"runbook {name}"))
                    continue
                coverage += read.coverage
                documents.append(read)
        return documents


def _untagged_hint(failure_class: str, there: Sequence[Runbook]) -> str:
    """That no runbook is tagged for a class, which may be misspelt, and for which ones there are some."""
    known_names = sorted({name for runbook in there for name in runbook.failure_classes})
    if not failure_class or failure_class in known_names:
        return ""
    tag_hint = f"tagged are: {excerpt(', '.join(known_names), 600)}" if known_names else "none is tagged for any"
    return f"No runbook is tagged for failure class {excerpt(failure_class, 60)!r}; {tag_hint}. "


def _by_name(plain: dict[str, Any]) -> dict[str, str]:
    """The fields of `ranking.WEIGHTS` that a listing already tells."""
    return {
        "name": plain["name"],
        "tags": " ".join(f"{key} {value}" for key, value in plain["tags"].items()),
        "failure_classes": " ".join(runbooks.classes(plain["tags"])),
    }
