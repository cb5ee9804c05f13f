"""Whether a connection inside the cluster comes about: names, Services, ports and policies, all read from objects."""
