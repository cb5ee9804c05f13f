"""Templates in data files: strict, sandboxed, and with values that keep their type.

A template that is one expression (`{{ alarm.period }}`) yields the expression's value; anything else yields text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, Undefined
from jinja2.exceptions import UndefinedError
from jinja2.sandbox import SandboxedEnvironment

ONE_EXPRESSION = re.compile(r"^\s*\{\{((?:(?!\}\}).)*)\}\}\s*$", re.S)
TEMPLATE_ERRORS = (
    TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)  # all that one can raise
ENVIRONMENT = SandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def whole(value: Any) -> int:
    """The filter `int`, without its zero for what is no number: a replica count must not come out of nothing."""
    try:
        return int(float(value))
    except (TypeError, ValueError):
        raise UndefinedError(f"{value!r} is no number") from None


ENVIRONMENT.filters["int"] = whole
COMPILED = 1024  # templates that are remembered; those of the catalogue are some hundred


@lru_cache(COMPILED)
def _expression(source: str) -> Callable[..., Any]:
    return ENVIRONMENT.compile_expression(source, undefined_to_none=False)


@lru_cache(COMPILED)
def _template(source: str) -> Template:
    return ENVIRONMENT.from_string(source)


class TemplateProblem(ValueError):
    """A template that cannot be filled in; the message quotes it, `why` does not."""

    def __init__(self, template: str, why: object) -> None:
        super().__init__(f"{template!r} cannot be filled in: {why}")
        self.why = str(why)


def fill(template: Any, names: Mapping[str, Any]) -> Any:
    """`template` with every string in it filled in; lists and dicts keep their shape."""
    if isinstance(template, dict):
        return {key: fill(value, names) for key, value in template.items()}
    if isinstance(template, list):
        return [fill(value, names) for value in template]
    if not isinstance(template, str) or "{" not in template:
        return template
    try:
        if whole := ONE_EXPRESSION.match(template):
            value = _expression(whole[1])(**names)
            if isinstance(value, Undefined):
                raise UndefinedError(f"{whole[1].strip()} is not known")
            return value
        return _template(template).render(names)
    except TEMPLATE_ERRORS as problem:
        raise TemplateProblem(template, problem) from problem
