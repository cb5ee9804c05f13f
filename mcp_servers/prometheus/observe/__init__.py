"""From series and alerts to observations, and what an expression may do. Pure functions."""
