"""`python -m tests.fidelity`: how faithful the lab is, case by case; `--case NAME` says where it is not."""

from __future__ import annotations

from tests.fidelity.table import main

if __name__ == "__main__":
    main()
