"""How a server's process begins: thousands of classes and functions are made that all stay.

Looking through them for garbage, again and again while they are made and once more at the end, takes a third of a
server's short life. Searching every installed package for plugins of pydantic, which a server has no use for, takes
another 30 ms.
"""

from __future__ import annotations

import gc
import os
from importlib import import_module


def run(command: str) -> None:
    """Load the module of that name and do its `main`, which serves; nothing is swept before it does."""
    gc.disable()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    import_module(command).main()


def freeze() -> None:
    """What there is now stays until the process ends, and is never looked through; what comes is, as usual."""
    gc.freeze()
    gc.enable()
