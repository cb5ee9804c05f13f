"""How Prometheus, Alertmanager and what speaks like them are reached."""
