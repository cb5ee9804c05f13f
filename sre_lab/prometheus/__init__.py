"""A Prometheus over the world's samples: its HTTP API, PromQL, rules and alerts, and /metrics for a real one."""
