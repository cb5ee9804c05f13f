"""What lines of logs say."""

from __future__ import annotations

from typing import Final

LOGS: Final[dict[str, str]] = {
    # logs
    "log.error": "an error line: message, count, first, last",
    "log.env_missing": "the application says that a variable is not set: variable, count",
    "log.connection_failed": (
        "the application cannot reach an address: address, why (dns|refused|unreachable|reset|timeout|unknown),"
        " in_cluster (it is a Service of the cluster, `address` its name), count, first, last"
    ),
    "log.login_failed": "a service refuses the application's credentials: user, address, count, first, last",
    "log.port_taken": "it cannot listen, because the port is taken: port, count, first, last",
    "log.start_refused": (
        "what was to be run cannot be: why (wrong_format|not_found|not_executable|arguments), what, count, first, last"
    ),
    "log.timed_out": "a function's runs were ended at its timeout: seconds (of a run), count, first, last",
    "log.throttled": "the application is throttled by a service it calls: service, resource, count",
    "log.bad_answer": (
        "an address that it calls answers with an error: address, status, in_cluster, count, first, last"
    ),
    "log.flow_rejected": "flow logs of the network show refused packets: target, port, count, first, last",
    "log.network_changed": "a trail tells of a change to the cloud's network: event, by, resource, count, first, last",
    "log.access_denied": (
        "it is refused for lack of permission: by (kubernetes|aws), identity, action, resource, namespace, count,"
        " first, last"
    ),
    "log.certificate_invalid": (
        "a certificate is not accepted: why (expired|not_yet_valid|unknown_authority|wrong_name), address, count,"
        " first, last"
    ),
    "log.mesh_denied": "a sidecar refuses a request: why (policy|tls), count, first, last",
    "log.api_overloaded": (
        "the Kubernetes API has no room: why (etcd|too_many_requests|client_throttling|timeout), count, first, last"
    ),
    "log.api_missing": "the Kubernetes API does not serve a kind: kind, version, count, first, last",
    "log.no_space": "the application says that a file system is full: path, count, first, last",
    "log.out_of_memory": "the application or kernel says that memory ran out: count",
    "log.pool_exhausted": (
        "no connection is to be had: where (server|pool|lock), address, used, size, count, first, last"
    ),
    "log.kernel_limit": (
        "a limit of the kernel is reached: limit (files|ports|shared_memory|conntrack|threads|watches), count, first,"
        " last"
    ),
    "log.clock_skew": "a time is not accepted because two clocks differ: what, count, first, last",
    "log.message_failed": "a message cannot be worked on and comes again: queue, message, count, first, last",
    "log.retrying": "calls are made again, or given up after that: count, first, last",
    "log.memory_busy": "the runtime is busy with its own memory: runtime, count, first, last",
    "log.cache_refused": "a cache refuses: why (memory|login|loading|read_only|down), address, count, first, last",
    "log.no_errors": "the lines looked at hold no error: lines",
    "log.first_error": "the error or stack trace of the window that came first: message, stream, stack_trace",
    "log.kind_appeared": "lines of a kind that the baseline does not have: pattern, severity, count, first",
    "log.kind_changed": "lines of a kind are more, fewer or gone: pattern, severity, count, before, first",
    "log.rate_changed": "lines a minute left their level: kind (all|errors|matching), before, now, onset, peak",
}
