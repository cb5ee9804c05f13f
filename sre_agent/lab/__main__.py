"""`python -m sre_agent.lab`."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from sre_agent.unswept import unswept

if __name__ == "__main__":
    with unswept():
        command = import_module("sre_agent.lab.command")
    status = command.main()
    sys.stdout.flush()
    os._exit(status)  # long polls of queues may still sleep on moto's threads; waiting for them would take 20 seconds
