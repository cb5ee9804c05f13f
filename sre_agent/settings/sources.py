"""Where settings come from, in their order: what a caller gives, the environment, the profile, the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, get_origin

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from sre_agent.settings.parameters import with_parameters
from sre_agent.settings.root import AREA_OF, AREAS, NAMES, PREFIX, Settings, nest


class ByName(PydanticBaseSettingsSource):
    """Values by the names of settings. A value is whole: a dictionary of one source replaces that of another."""

    def __init__(self, settings: type[BaseSettings], values: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self._values = {k: MappingProxyType(v) if isinstance(v, dict) else v for k, v in values.items()}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return self()[field_name], field_name, False

    def __call__(self) -> dict[str, Any]:
        return nest(self._values)


def merge(overrides: Mapping[str, Any], environment: Mapping[str, str], profile: Mapping[str, Any]) -> Settings:
    """Settings of these three, the first one first. Raises pydantic's ValidationError, and SettingsError."""
    sources = [_with_lists(one) for one in with_parameters(overrides, _variables(environment), profile)]

    class MergedSettings(Settings, BaseSettings):  # type: ignore[misc]  # the configuration of one has more keys
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], *_: Any, **__: Any
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return tuple(ByName(settings_cls, values) for values in sources)

    merged_settings = MergedSettings()
    return Settings(**{name: getattr(merged_settings, name) for name in Settings.model_fields})


def _variables(environment: Mapping[str, str]) -> dict[str, Any]:
    """The settings that are in the environment."""
    values = {name: environment.get(f"{PREFIX}{name.upper()}") for name in NAMES}
    return {name: raw for name, raw in values.items() if raw is not None}


def _with_lists(values: Mapping[str, Any]) -> dict[str, Any]:
    """In a variable or a parameter, the items of a list are separated by commas."""
    return {k: v.split(",") if isinstance(v, str) and _is_list(k) else v for k, v in values.items()}


def _is_list(name: str) -> bool:
    area = AREA_OF.get(name)
    return area is not None and get_origin(AREAS[area].model_fields[name].annotation) is tuple
