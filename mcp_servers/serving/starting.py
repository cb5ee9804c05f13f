"""How a server's process begins: thousands of classes and functions are made that all stay.

Looking through them for garbage, again and again while they are made and once more at the end, takes a third of a
server's short life. Searching every installed package for plugins of pydantic, which a server has no use for, takes
another 30 ms.

Later it is objects of an API that come: trees without circles, which are gone with their last reader and never garbage.
As often as Python does by itself, looking through those of ten thousand pods took two fifths of a sweep.
"""

from __future__ import annotations

import gc
import os
from importlib import import_module
from typing import Final

YOUNG: Final = 50_000  # new objects, at some 100 bytes, after which garbage is looked for; Python's own: 700


def run(command: str) -> None:
    """Load the module of that name and do its `main`, which serves; nothing is swept before it does."""
    gc.disable()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    import_module(command).main()


def freeze() -> None:
    """What there is now stays until the process ends, and is never looked through; what comes is, less often than
    usual."""
    gc.freeze()
    gc.set_threshold(YOUNG)
    gc.enable()
