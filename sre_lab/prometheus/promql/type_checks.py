"""Whether the parts of an expression fit each other: types, numbers of arguments, what an operator allows."""

from __future__ import annotations

from collections.abc import Callable

from sre_lab.prometheus.promql.signatures import PARAMETERS, SIGNATURES
from sre_lab.prometheus.promql.tree import (
    AggregateExpression,
    BinaryExpression,
    Node,
    NumberLiteral,
    ParenthesizedExpression,
    PromqlCall,
    PromqlError,
    StringLiteral,
    SubqueryExpression,
    UnaryExpression,
    ValueType,
    VectorSelector,
)

COMPARISONS = frozenset(("==", "!=", "<", "<=", ">", ">="))
SETS = frozenset(("and", "or", "unless"))
ErrorAt = Callable[[int, str], PromqlError]  # place in the query, problem


def type_of(node: Node) -> ValueType:
    if isinstance(node, NumberLiteral):
        return "scalar"
    if isinstance(node, StringLiteral):
        return "string"
    if isinstance(node, VectorSelector):
        return "instant vector" if node.span is None else "range vector"
    if isinstance(node, SubqueryExpression):
        return "range vector"
    if isinstance(node, PromqlCall):
        return SIGNATURES[node.function].gives
    if isinstance(node, BinaryExpression):
        both = type_of(node.left), type_of(node.right)
        return "scalar" if both == ("scalar", "scalar") else "instant vector"
    if isinstance(node, UnaryExpression | ParenthesizedExpression):
        return type_of(node.inner)
    return "instant vector"


def check(node: Node, wrong: ErrorAt) -> None:
    """PromqlError, made by `wrong`, for the first part that does not fit. Its own parts are checked already."""
    if isinstance(node, PromqlCall):
        _check_call(node, wrong)
    elif isinstance(node, AggregateExpression):
        _expect(node.inner, "instant vector", "aggregation expression", wrong)
        if node.parameter is not None:
            _expect(node.parameter, PARAMETERS[node.operator], "aggregation parameter", wrong)
    elif isinstance(node, BinaryExpression):
        _check_binary(node, wrong)
    elif isinstance(node, UnaryExpression) and type_of(node.inner) not in ("scalar", "instant vector"):
        allowed = "unary expression only allowed on expressions of type scalar or instant vector"
        raise wrong(node.spot.start, f'{allowed}, got "{type_of(node.inner)}"')
    elif isinstance(node, SubqueryExpression) and type_of(node.inner) != "instant vector":
        actual = {"range vector": "matrix"}.get(type_of(node.inner), type_of(node.inner))
        raise wrong(node.spot.start, f"subquery is only allowed on instant vector, got {actual} instead")


def _expect(node: Node, expected: ValueType, where: str, wrong: ErrorAt) -> None:
    if type_of(node) != expected:
        raise wrong(node.spot.start, f"expected type {expected} in {where}, got {type_of(node)}")


def _check_call(node: PromqlCall, wrong: ErrorAt) -> None:
    signature, count = SIGNATURES[node.function], len(node.arguments)
    most = len(signature.takes)
    least = most - signature.optional
    what = f'argument(s) in call to "{node.function}", got {count}'
    if not signature.optional and count != most:
        raise wrong(node.spot.start, f"expected {most} {what}")
    if count < least:
        raise wrong(node.spot.start, f"expected at least {least} {what}")
    if count > most and not signature.variadic:
        raise wrong(node.spot.start, f"expected at most {most} {what}")
    for place, argument in enumerate(node.arguments):
        _expect(argument, signature.takes[min(place, most - 1)], f'call to function "{node.function}"', wrong)


def _check_binary(node: BinaryExpression, wrong: ErrorAt) -> None:
    left, right, matching = type_of(node.left), type_of(node.right), node.matching
    scalars = "scalar" in (left, right)
    if node.returns_bool and node.operator not in COMPARISONS:
        raise wrong(node.at, "bool modifier can only be used on comparison operators")
    if node.operator in COMPARISONS and not node.returns_bool and left == right == "scalar":
        raise wrong(node.at, "comparisons between scalars must use BOOL modifier")
    both = set(matching.labels) & set(matching.include) if matching.on else set()
    if both:
        raise wrong(node.at, f'label "{min(both)}" must not occur in ON and GROUP clause at once')
    for side, side_type in ((node.left, left), (node.right, right)):
        if side_type not in ("scalar", "instant vector"):
            raise wrong(side.spot.start, "binary expression must contain only scalar and instant vector types")
    if scalars and matching.labels:
        raise wrong(node.spot.start, "vector matching only allowed between instant vectors")
    if node.operator in SETS and matching.many and not scalars:
        raise wrong(node.spot.start, f'no grouping allowed for "{node.operator}" operation')
    if node.operator in SETS and scalars:
        raise wrong(node.spot.start, f'set operator "{node.operator}" not allowed in binary scalar expression')
