"""Alarms between their entrance and their incident: what deserves one, what belongs together, what is recorded only."""
