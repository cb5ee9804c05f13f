"""How a cluster is reached: kubeconfig, EKS or in-cluster, one client each, and errors that teach."""
