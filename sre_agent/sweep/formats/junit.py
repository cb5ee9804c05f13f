"""For a build server: a test suite for each cluster, a test case for each check and each of its troubles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from sre_agent.domain.sweep import Sweep, Trouble

NOT_XML: Final = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(sweeps: Sequence[Sweep]) -> str:
    root = Element("testsuites", name="sre-agent sweep")
    for sweep in sweeps:
        root.append(_suite(sweep))
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(sweep: Sweep) -> Element:
    """What could not be checked completely, and where nothing is wrong, is a skipped case: it proves nothing."""
    suite = Element(
        "testsuite", name=_clean(sweep.cluster or "cluster"), timestamp=f"{sweep.taken_at:%Y-%m-%dT%H:%M:%S}"
    )
    for check in sweep.checks:
        troubles = [one for one in sweep.troubles if one.check == check.name]
        for one in troubles:
            _fail(SubElement(suite, "testcase", classname=check.name, name=_clean(one.key)), one)
        if not troubles:
            case = SubElement(suite, "testcase", classname=check.name, name=_clean(check.title))
            if not check.complete:
                SubElement(case, "skipped", message=_clean("; ".join(sweep.gaps)))
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    suite.set("skipped", str(sum(case.find("skipped") is not None for case in cases)))
    suite.set("errors", "0")
    return suite


def _fail(case: Element, trouble: Trouble) -> None:
    """A note is no failure: it stands in the output of its case."""
    if trouble.is_note:
        SubElement(case, "system-out").text = _clean(trouble.statement)
        return
    failure = SubElement(case, "failure", type=trouble.severity, message=_clean(trouble.title))
    failure.text = _clean("\n".join([trouble.statement, *trouble.symptoms]))


def _clean(value: str) -> str:
    """Without what XML cannot hold."""
    return NOT_XML.sub("?", value)
