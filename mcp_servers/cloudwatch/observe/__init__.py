"""From series, alarms and records to observations. Pure functions."""
