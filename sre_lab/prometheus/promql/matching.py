"""Binary operators: arithmetic, comparison and sets of scalars and vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sre_lab.prometheus.promql.arithmetic import ARITHMETIC, COMPARISONS
from sre_lab.prometheus.promql.columns import (
    InstantSeries,
    Key,
    Labels,
    Numbers,
    Values,
    Vector,
    key,
    labels_text,
    merge_rows,
    nameless,
)
from sre_lab.prometheus.promql.labels import with_label
from sre_lab.prometheus.promql.tree import BinaryExpression, VectorMatching, execution

AMBIGUOUS = "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
NOT_UNIQUE = "multiple matches for labels: grouping labels must ensure unique matches"
Operation = Callable[[float, float], float | None]


def operation(node: BinaryExpression) -> Operation:
    """What becomes of two values; None when a comparison leaves them out. A comparison keeps the left value."""
    if node.operator in ARITHMETIC:
        return ARITHMETIC[node.operator]
    holds = COMPARISONS[node.operator]
    if node.returns_bool:
        return lambda a, b: float(holds(a, b))
    return lambda a, b: a if holds(a, b) else None


def combine(node: BinaryExpression, left: Numbers | Vector, right: Numbers | Vector) -> Numbers | Vector:
    """Both sides under the operator, at each moment."""
    if left and right and not isinstance(left[0], InstantSeries) and not isinstance(right[0], InstantSeries):
        apply = operation(node)
        return [apply(a, b) or 0.0 for a, b in zip(_numbers(left), _numbers(right), strict=True)]
    if left and not isinstance(left[0], InstantSeries):
        return _with_scalar(node, _vector(right), _numbers(left), scalar_first=True)
    if right and not isinstance(right[0], InstantSeries):
        return _with_scalar(node, _vector(left), _numbers(right), scalar_first=False)
    if node.operator in ("and", "or", "unless"):
        return _set(node.operator, _vector(left), _vector(right), node.matching)
    return _match_vectors(node, _vector(left), _vector(right))


def _numbers(value: Numbers | Vector) -> Numbers:
    return [item for item in value if isinstance(item, float)]


def _vector(value: Numbers | Vector) -> Vector:
    return [item for item in value if isinstance(item, InstantSeries)]


def _with_scalar(node: BinaryExpression, rows: Vector, numbers: Numbers, *, scalar_first: bool) -> Vector:
    apply = operation(node)
    filters = node.operator in COMPARISONS and not node.returns_bool
    results = []
    for row in rows:
        values: Values = []
        for value, number in zip(row.values, numbers, strict=True):
            if value is None:
                values.append(None)
                continue
            result = apply(number, value) if scalar_first else apply(value, number)
            values.append(value if filters and result is not None else result)
        if any(value is not None for value in values):
            results.append(InstantSeries(row.labels if filters else nameless(row.labels), values))
    return merge_rows(results)


def _signature(matching: VectorMatching, labels: Labels) -> Key:
    if matching.on:
        return tuple((name, labels.get(name, "")) for name in sorted(matching.labels))
    return tuple(sorted((n, v) for n, v in labels.items() if n not in matching.labels and n != "__name__"))


def _group_rows(rows: Iterable[InstantSeries], matching: VectorMatching) -> dict[Key, list[InstantSeries]]:
    groups: dict[Key, list[InstantSeries]] = {}
    for row in rows:
        groups.setdefault(_signature(matching, row.labels), []).append(row)
    return groups


def _set(operator: str, left: Vector, right: Vector, matching: VectorMatching) -> Vector:
    if operator == "or":
        left_presence = _presence(left, matching)
        return merge_rows([*left, *_mask_rows(right, left_presence, matching, keep=False)])
    return _mask_rows(left, _presence(right, matching), matching, keep=operator == "and")


def _presence(rows: Vector, matching: VectorMatching) -> dict[Key, list[bool]]:
    """At which moments a signature has a value."""
    return {
        signature: [any(v is not None for v in column) for column in zip(*[r.values for r in members], strict=True)]
        for signature, members in _group_rows(rows, matching).items()
    }


def _mask_rows(rows: Vector, present: dict[Key, list[bool]], matching: VectorMatching, *, keep: bool) -> Vector:
    result = []
    for row in rows:
        mask = present.get(_signature(matching, row.labels))
        if mask is None:
            values = [] if keep else row.values
        else:
            values = [v if there is keep else None for v, there in zip(row.values, mask, strict=True)]
        if any(value is not None for value in values):
            result.append(InstantSeries(row.labels, values))
    return result


@dataclass
class _MatchedRows:
    """The rows of a match so far, by their labels."""

    node: BinaryExpression
    moments: int
    rows: dict[Key, InstantSeries] = field(default_factory=dict)

    def put(self, many: InstantSeries, one: InstantSeries, moment: int, value: float) -> None:
        labels = _result(self.node, many.labels, one.labels)
        row = self.rows.setdefault(key(labels), InstantSeries(labels, [None] * self.moments))
        if row.values[moment] is not None:
            raise execution(NOT_UNIQUE if self.node.matching.many else AMBIGUOUS)
        row.values[moment] = value


def _match_vectors(node: BinaryExpression, left: Vector, right: Vector) -> Vector:
    """Each element of the side that may be many with the one of the other side that has its signature."""
    if not left or not right:
        return []
    matching, apply = node.matching, operation(node)
    swap = matching.many == "right"
    many, one = (right, left) if swap else (left, right)
    matched = _MatchedRows(node, len(many[0].values))
    singles = {
        signature: _single(members, signature, many, "left" if swap else "right", matching)
        for signature, members in _group_rows(one, matching).items()
    }
    for signature, members in _group_rows(many, matching).items():
        opposite = singles.get(signature)
        if opposite is None:
            continue
        for moment, other in enumerate(opposite):
            has_match = False
            for row in members:
                value = row.values[moment]
                if value is None or other is None:
                    continue
                its = other.values[moment]
                assert its is not None
                result = apply(its, value) if swap else apply(value, its)
                if result is None:
                    continue
                if has_match and not matching.many:
                    raise execution(AMBIGUOUS)
                has_match = True
                matched.put(row, other, moment, result)
    return list(matched.rows.values())


def _single(
    members: list[InstantSeries], signature: Key, many: Vector, side: str, matching: VectorMatching
) -> list[InstantSeries | None]:
    """The one row of a signature that has a value, at each moment; PromqlError where there are two."""
    if len(members) == 1:
        return [members[0] if value is not None else None for value in members[0].values]
    out: list[InstantSeries | None] = []
    for moment in range(len(members[0].values)):
        there = [row for row in members if row.values[moment] is not None]
        if len(there) > 1 and any(row.values[moment] is not None for row in many):
            group = labels_text({name: value for name, value in signature if value})
            both = f"[{labels_text(there[1].labels)}, {labels_text(there[0].labels)}]"
            raise execution(
                f"found duplicate series for the match group {group} on the {side} hand-side of the operation: {both};"
                "many-to-many matching not allowed: matching labels must be unique on one side"
            )
        out.append(there[0] if there else None)
    return out


def _result(node: BinaryExpression, many: Labels, one: Labels) -> Labels:
    matching = node.matching
    filters = node.operator in COMPARISONS and not node.returns_bool
    labels = many if filters else nameless(many)
    if not matching.many:
        if matching.on:
            return {name: labels[name] for name in matching.labels if name in labels}
        return {name: value for name, value in labels.items() if name not in matching.labels}
    for name in matching.include:
        labels = with_label(labels, name, one.get(name, ""))
    return labels
