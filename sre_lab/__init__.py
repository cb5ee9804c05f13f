"""The embedded world: a Kubernetes API, AWS endpoints and a Prometheus on loopback, with faults in them."""
