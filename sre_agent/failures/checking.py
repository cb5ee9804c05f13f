"""What can be said about a class file before any case of it comes: whether its templates name only what there is.

The shipped classes are held by tests; those of configured folders are checked when they are read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from jinja2 import TemplateSyntaxError, meta, nodes

from mcp_servers.contract.facts import Subject
from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.failures.model import FailureClass
from sre_agent.templates import ENVIRONMENT

NAMES: Final = frozenset(
    {"subject", "observed", "everywhere", "first", "pods", "pods_text", "callers", "affected", "last_error"}
    | {"leads", "start", "end", "brief", "doubled", "enough", "known", "number"}
)
OF_RUNBOOKS: Final = frozenset({"runbook", "parameters"})
OF_EACH: Final = frozenset({"on", "at", "as_of", "excerpt"})  # whatever was observed
OF_A_SUBJECT: Final = frozenset(Subject.model_fields) | {name for name in vars(Subject) if not name.startswith("_")}
GLOBAL: Final = frozenset(ENVIRONMENT.globals)


def attributes(code: str) -> frozenset[str]:
    """What an observation of that code may carry."""
    return frozenset(OBSERVATIONS[code].attributes)


def mistakes(entry: FailureClass, raw: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a class of that content, each as `field: what`."""
    for where, template in _texts(raw, ""):
        names = NAMES | OF_RUNBOOKS if where.startswith("remedies") else NAMES
        yield from (f"{where}: {what}" for what in _of_template(template, names))
    if "{{" in entry.title or "{%" in entry.title:
        yield "title: it is told as it stands, so it can be no template"
    for condition in entry.conditions():
        for name in sorted(set(condition.where) - attributes(condition.observation)):
            yield f"where: {condition.observation} has no attribute {name!r}, so it would never match"


def unanswerable(classes: Iterable[FailureClass], tools: Mapping[str, Collection[str]]) -> Iterator[str]:
    """A sentence for each question whose specialist (the keys of `tools`) is not there or has no such tool."""
    for entry in classes:
        for question in entry.ask:
            if question.agent not in tools:
                there = ", ".join(tools)
                yield entry.fault(
                    f"question {question.tool}", f"there is no specialist {question.agent!r}, but {there}"
                )
            elif question.tool not in tools[question.agent]:
                there = ", ".join(tools[question.agent])
                yield entry.fault("ask", f"the specialist {question.agent} has no tool {question.tool!r}, but {there}")


def _of_template(template: str, names: frozenset[str]) -> Iterator[str]:
    try:
        tree = ENVIRONMENT.parse(template)
        ENVIRONMENT.compile(template)
    except TemplateSyntaxError as problem:
        yield f"{problem.message} in {template!r}"
        return
    own = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "store"}
    for name in sorted(meta.find_undeclared_variables(tree) - names - own - GLOBAL):
        yield f"there is no {name!r}; there are {', '.join(sorted(names))}"
    meant = _facts(tree)
    for node in tree.find_all((nodes.Getitem, nodes.Call, nodes.Getattr)):
        code = _code(node)
        if code is not None and code not in OBSERVATIONS:
            yield f"{code!r} is not in the table"
        if isinstance(node, nodes.Getattr):
            yield from _of_attribute(node, meant)


def _of_attribute(node: nodes.Getattr, meant: dict[str, str]) -> Iterator[str]:
    """Whether `node` is an attribute that its owner can have, as far as the text tells who that is."""
    owner = node.node
    if isinstance(owner, nodes.Name) and owner.name == "subject" and node.attr not in OF_A_SUBJECT:
        yield f"a subject has no {node.attr!r}"
    code = meant.get(owner.name) if isinstance(owner, nodes.Name) else _code(owner)
    if code in OBSERVATIONS and node.attr not in attributes(code) | OF_EACH:
        yield f"{code} has no attribute {node.attr!r}"


def _code(node: nodes.Node) -> str | None:
    """The code in `observed['code']`, `everywhere['code']` or `first('code', …)`; of anything else None."""
    if isinstance(node, nodes.Getitem) and isinstance(node.node, nodes.Name):
        named, given = node.node.name in ("observed", "everywhere"), node.arg
    elif isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.args:
        named, given = node.node.name == "first", node.args[0]
    else:
        return None
    return str(given.value) if named and isinstance(given, nodes.Const) else None


def _facts(tree: nodes.Template) -> dict[str, str]:
    """The names that the template itself sets to one fact, with its code; none that it sets in two ways."""
    found: dict[str, set[str | None]] = {}
    for node in tree.find_all(nodes.Assign):
        targets = node.target.items if isinstance(node.target, nodes.Tuple) else [node.target]
        values = node.node.items if isinstance(node.node, nodes.Tuple) else [node.node]
        for target, value in zip(targets, values, strict=False):
            if isinstance(target, nodes.Name):
                found.setdefault(target.name, set()).add(_code(value))
    one = {name: codes.pop() for name, codes in found.items() if len(codes) == 1}
    return {name: code for name, code in one.items() if code is not None}


def _texts(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """Every string of a file and where it stands."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, f"{where}.{key}".lstrip("."))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{where}.{index}".lstrip("."))
    elif isinstance(value, str):
        yield where, value
