"""A file of rules that an operator writes: YAML, held against a model, with errors that name the file and the field."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from sre_agent.errors import SettingsError, all_faults

Model = TypeVar("Model", bound=BaseModel)


def load_yaml(model: type[Model], path: Path | None, what: str) -> Model:
    """The model with what the file says, with its defaults for an empty file and without one.

    `what` names the file in the message, such as `entity map`. Raises SettingsError: the file cannot be read, it is not
    YAML, or it does not fit, and in which field.
    """
    if path is None:
        return model()
    try:
        return model.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except OSError as problem:
        raise SettingsError(f"The {what} {path} cannot be read: {problem.strerror}.") from problem
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise SettingsError(f"The {what} {path} is not YAML: {problem}") from problem
    except ValidationError as problem:
        raise SettingsError(f"The {what} {path} cannot be used: {all_faults(problem)}") from problem
