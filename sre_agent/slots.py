"""What a setting names by its technology: the file of a slot's folder that has this name, and what it makes.

The store is opened here too, for who needs nothing but what was recorded: neither a cluster nor the graph is loaded.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from sre_agent import state_folder
from sre_agent.errors import SettingsError
from sre_agent.settings import Area, StateAccess

if TYPE_CHECKING:
    from sre_agent.store import Store

SHARED: Final = {  # in a slot's folder: what its technologies are made with
    *("contract", "fence", "serializer", "packed_writes", "published"),
}


def open_store(settings: StateAccess) -> Store:
    """The store alone; the caller closes it. Raises StateFolderError, SettingsError."""
    state_folder.secure(settings.state_dir, is_trusted=settings.state_dir_trusted)
    store: Store = open_slot("store", settings)
    if settings.past_incidents == "store":
        return store
    from sre_agent.past_incidents import remembering_in  # noqa: PLC0415 - only where they are kept elsewhere

    return remembering_in(store, open_slot("past_incidents", settings))


def open_slot(slot: str, settings: Area, *, folder: str = "") -> Any:
    """What a slot's file makes of the area that has the slot's setting; the file is named after the technology that
    this names. `folder` is where the files are, unless it has the slot's name. Raises SettingsError with what there is.
    """
    name, package = getattr(settings, slot), f"sre_agent.{folder or slot}"
    there = technologies(package)
    if name not in there:
        raise SettingsError(f"There is no {slot} {name!r}. There are: {', '.join(there)}.")
    return import_module(f"{package}.{name}").from_settings(settings)


def technologies(package: str) -> list[str]:
    """The names of a slot's files, sorted; the package by its whole name."""
    return sorted({module.name for module in pkgutil.iter_modules(import_module(package).__path__)} - SHARED)
