"""The query language of Logs Insights. What it does not know is refused with the place, never skipped."""
