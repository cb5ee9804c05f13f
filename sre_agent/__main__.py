"""`python -m sre_agent`, which is the command `sre-agent`."""

from __future__ import annotations

from sre_agent.cli.entry import run

if __name__ == "__main__":
    run()
