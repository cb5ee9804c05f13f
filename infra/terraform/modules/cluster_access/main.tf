# Lets a role read in EKS clusters of this account and region. What it may read there is said in the cluster:
# kubectl create clusterrolebinding sre-agent-readers --clusterrole=sre-agent-reader --group=sre-agent-reader

resource "aws_eks_access_entry" "this" {
  for_each          = var.clusters
  cluster_name      = each.key
  principal_arn     = var.principal_arn
  kubernetes_groups = ["sre-agent-reader"]
  tags              = var.tags
}
