"""What every part of a scenario's data file has in common: strict fields, and spans of time as people write them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class ScenarioError(Exception):
    """The data file does not say what a scenario has to say; the message names the field."""


def seconds(value: object) -> float:
    """`90`, `"90s"`, `"1m30s"`, `"-2m"` as seconds."""
    if isinstance(value, int | float):
        return float(value)
    text = str(value).strip()
    sign, text = (-1, text[1:]) if text.startswith("-") else (1, text)
    total, number = 0.0, ""
    unit = ""
    for char in [*text, ""]:
        if char.isdigit() or char in "." or char == "":
            if unit:
                total += float(number) * UNITS[unit]
                number, unit = "", ""
            number += char
        else:
            unit += char
    if number:
        total += float(number)
    return sign * total


Span = Annotated[float, BeforeValidator(seconds)]


class ScenarioPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def one_form(part: ScenarioPart) -> str:
    """The one field that is given of a part whose fields are alternatives; ValueError unless it is exactly one."""
    names = [name for name, value in part if value is not None]
    if len(names) != 1:
        raise ValueError(
            f"give exactly one of {', '.join(type(part).model_fields)}; given: {', '.join(names) or 'none'}"
        )
    return names[0]
