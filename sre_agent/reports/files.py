"""A report in two files that are either there as a whole or not at all, and beside it the class that it proposes."""

from __future__ import annotations

import re
from pathlib import Path

from mcp_servers.contract import private_files
from sre_agent.domain.diagnosis import Diagnosis, Proposal
from sre_agent.domain.incident import Status
from sre_agent.domain.report import Report
from sre_agent.failures import as_file
from sre_agent.reports.markdown import markdown


def write(report: Report, folder: Path) -> tuple[Path, Path]:
    """`<incident>.md` and `<incident>.json` in `folder`, which is made if it is not there. Returns their paths.

    A proposed failure class stands in `class_file`, as a folder of classes takes it.
    """
    name = _plain(report.incident)
    text, data = folder / f"{name}.md", folder / f"{name}.json"
    private_files.write(text, markdown(report))
    private_files.write(data, report.model_dump_json(indent=2) + "\n")
    if (proposal := class_proposal(report.diagnosis, report.status)) is not None:
        remarks = [
            f"Proposed by {proposal.model} ({proposal.prompt}) for incident {name}; not proven.",
            "Its statement is about that one case: make it general, then set the weights.",
        ]
        private_files.write(folder / class_file(report.incident), as_file(proposal.draft, remarks))
    return text, data


def class_proposal(diagnosis: Diagnosis, status: Status) -> Proposal | None:
    """The proposal that is worth a class of its own: not one beside a cause whose remedy healed."""
    return diagnosis.proposal if diagnosis.verdict != "cause" or status != "remediated" else None


def class_file(incident: str) -> str:
    """The name of the file that a proposed failure class is written to."""
    return f"{_plain(incident)}.class.yaml"


def _plain(incident: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", incident)
