"""A Prometheus over the world's samples: the HTTP API, the part of PromQL that responders use, and a few alerts."""
