"""The tests' own asserts, rewritten by pytest before workers start, which would each do it for all files at once.

After a checkout this is eight seconds of one core. What pytest keeps of it (`__pycache__`) serves every later run.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from _pytest.assertion import rewrite


def rewrite_stale(config: pytest.Config) -> None:
    """Bring what is kept of each test file up to date; nothing where Python is told to keep nothing."""
    if sys.dont_write_bytecode or rewrite.assertstate_key not in config.stash:
        return
    state = config.stash[rewrite.assertstate_key]
    for path in (config.rootpath / "tests").rglob("*.py"):
        if not path.name.startswith("test_") and path.name != "conftest.py":
            continue
        cache = rewrite.get_cache_dir(path) / f"{path.stem}{rewrite.PYC_TAIL}"
        if _is_stale(path, cache):
            rewrite.try_makedirs(cache.parent)
            source, code = rewrite._rewrite_test(path, config)
            rewrite._write_pyc(state, code, source, cache)


def _is_stale(path: Path, cache: Path) -> bool:
    return not cache.is_file() or cache.stat().st_mtime < path.stat().st_mtime
