"""`python -m sre_lab`."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module

if __name__ == "__main__":
    gc.disable()  # what is loaded stays until the end: a look for garbage in it takes a quarter of the time
    command = import_module("sre_lab.command")
    gc.freeze()
    gc.enable()
    status = command.main()
    sys.stdout.flush()
    os._exit(status)  # long polls of queues may still sleep on moto's threads; waiting for them would take 20 seconds
