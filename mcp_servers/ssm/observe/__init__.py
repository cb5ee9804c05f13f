"""From Automation executions to observations. Pure functions."""
