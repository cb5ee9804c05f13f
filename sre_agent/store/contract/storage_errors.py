"""What any store raises while it cannot be used, and may be used again: nobody who works for long ends because of it.

On this machine a full disk, or a file that is locked for long; in AWS a service that is busy or away, and a right, a
credential or a table that was taken away and that somebody gives back.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from sre_agent.errors import SettingsError, TemporaryError

STORAGE_ERRORS: Final = (OSError, sqlite3.Error, TemporaryError, SettingsError)
