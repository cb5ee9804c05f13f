"""The commands that work on each batch of rows by itself: filter, fields, parse, unnest."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sre_lab.aws.logs.insights.batches import RowBatch
from sre_lab.aws.logs.insights.commands import FieldsCommand, FilterCommand, ParseCommand, RowCommand, UnnestCommand
from sre_lab.aws.logs.insights.evaluation import ExpressionScope
from sre_lab.aws.logs.insights.regexes import python_regex
from sre_lab.aws.logs.insights.tree import Comparison, Conjunction, ConstantValue, Expression, FieldReference
from sre_lab.aws.logs.insights.values import number

WORD = re.compile(r"[A-Za-z0-9_.:-]{2,}")  # which JSON can only write as it is or with \u

BatchStep = Callable[[RowBatch], RowBatch]
TextSplitter = Callable[[str], Any]  # the parts of a text, None where the pattern is not in it


def step(command: RowCommand, scope: ExpressionScope) -> BatchStep:
    """The function of a command; `scope` learns the columns that it makes."""
    if isinstance(command, FilterCommand):
        return _filter(command.test, scope)
    if isinstance(command, FieldsCommand):
        return _fields(command, scope)
    if isinstance(command, ParseCommand):
        return _parse(command, scope)
    return _unnest(command, scope)


def _filter(test: Expression, scope: ExpressionScope) -> BatchStep:
    """The parts of an `and` one after the other, so that what costs much sees few rows."""
    if isinstance(test, Conjunction):
        first, second = _filter(test.left, scope), _filter(test.right, scope)
        return lambda batch: second(first(batch))
    holds, word = scope.test(test), _word_of(test, scope)
    if word is None:
        return lambda batch: batch.where(holds(batch))

    def run(batch: RowBatch) -> RowBatch:
        likely = batch.where([word in message or "\\u" in message for message in batch.column("@message")])
        return likely.where(holds(likely))

    return run


def _word_of(test: Expression, scope: ExpressionScope) -> str | None:
    """The word that a message must hold, as it is or in JSON's escapes, for a discovered field to be equal to it."""
    if scope.summed or not isinstance(test, Comparison) or test.sign != "=":
        return None
    field, constant = test.left, test.right
    if (
        not isinstance(field, FieldReference)
        or not isinstance(constant, ConstantValue)
        or not isinstance(constant.value, str)
    ):
        return None
    is_computed = any(f"{field.name}.".startswith(f"{name}.") for name in scope.kinds)
    word = constant.value
    plain = WORD.fullmatch(word) is not None and number(word) is None and word.lower() not in ("true", "false")
    return word if plain and not is_computed and not field.name.startswith("@") else None


def _fields(command: FieldsCommand, scope: ExpressionScope) -> BatchStep:
    new_columns = []
    for name, expression in command.columns:
        if isinstance(expression, FieldReference) and expression.name == name:
            continue
        new_columns.append((name, scope.values(expression)))
        scope.make(name, scope.kind(expression))

    def run(batch: RowBatch) -> RowBatch:
        for name, values in new_columns:
            batch.known[name] = values(batch)
        return batch

    return run


def _parse(command: ParseCommand, scope: ExpressionScope) -> BatchStep:
    texts = scope.texts(command.source)
    cut = _regex(command) if command.regex else _glob(command.pattern)
    earlier = [name for name in command.names if name in scope.kinds]
    for name in command.names:
        scope.make(name, "raw")

    def run(batch: RowBatch) -> RowBatch:
        cuts = [None if text is None else cut(text) for text in texts(batch)]
        for place, name in enumerate(command.names):
            values = [None if parts is None else parts[place] for parts in cuts]
            if name in earlier:  # where nothing is found, what an earlier command made stays
                old = batch.column(name)
                values = [a if parts is None else b for a, b, parts in zip(old, values, cuts, strict=True)]
            batch.known[name] = values
        return batch

    return run


def _regex(command: ParseCommand) -> TextSplitter:
    pattern = python_regex(command.pattern)
    by_name = set(command.names) == set(pattern.groupindex)
    groups = [pattern.groupindex[name] for name in command.names] if by_name else range(1, pattern.groups + 1)
    places = [group - 1 for group in groups]
    search = pattern.search
    if places == list(range(pattern.groups)):

        def all_parts(text: str) -> Any:
            match = search(text)
            return None if match is None else match.groups()

        return all_parts

    def parts(text: str) -> Any:
        match = search(text)
        return None if match is None else [match.groups()[place] for place in places]

    return parts


def _glob(pattern: str) -> TextSplitter:
    """Each * takes as little as it can, the last one of a pattern that ends with it everything."""
    first, *literals = pattern.split("*")
    between, last = literals[:-1], literals[-1]

    def parts(text: str) -> Any:
        if first:
            _, sign, text = text.partition(first)
            if not sign:
                return None
        parts = []
        for literal in between:
            part, sign, text = text.partition(literal) if literal else ("", "*", text)
            if not sign:
                return None
            parts.append(part)
        if last:
            text, sign, _ = text.partition(last)
            if not sign:
                return None
        parts.append(text)
        return parts

    return parts


def _unnest(command: UnnestCommand, scope: ExpressionScope) -> BatchStep:
    values = scope.values(command.source)
    scope.make(command.name, "raw")

    def run(batch: RowBatch) -> RowBatch:
        rows: list[int] = []
        items: list[Any] = []
        for row, value in enumerate(values(batch)):
            inside = value if isinstance(value, list) else [value]
            rows += [row] * len(inside)
            items += inside
        result = batch.rows_at(rows)
        result.known[command.name] = items
        return result

    return run
