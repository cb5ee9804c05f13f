# The cluster that the responder itself runs in, with a private endpoint. A small node group carries the add-ons and
# Karpenter; Karpenter makes the nodes of everything else.

data "aws_partition" "here" {}

resource "aws_eks_cluster" "this" {
  name                          = var.name
  role_arn                      = aws_iam_role.cluster.arn
  version                       = var.kubernetes_version
  enabled_cluster_log_types     = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
  bootstrap_self_managed_addons = false
  deletion_protection           = var.keep
  tags                          = var.tags

  vpc_config {
    subnet_ids              = var.private_subnet_ids
    endpoint_private_access = true
    endpoint_public_access  = false
  }

  access_config {
    authentication_mode                         = "API"
    bootstrap_cluster_creator_admin_permissions = false
  }

  encryption_config {
    resources = ["secrets"]
    provider {
      key_arn = var.key_arn
    }
  }

  upgrade_policy {
    support_type = "STANDARD"
  }

  zonal_shift_config {
    enabled = true
  }

  depends_on = [aws_iam_role_policy_attachment.cluster, aws_cloudwatch_log_group.cluster]
}

resource "aws_cloudwatch_log_group" "cluster" {
  name              = "/aws/eks/${var.name}/cluster"
  retention_in_days = var.log_days
  kms_key_id        = var.key_arn
  tags              = var.tags
}

resource "aws_iam_role" "cluster" {
  name               = "${var.name}-cluster"
  assume_role_policy = file("${path.module}/policies/trust_cluster.json")
  tags               = var.tags
}

resource "aws_iam_role_policy_attachment" "cluster" {
  role       = aws_iam_role.cluster.name
  policy_arn = "arn:${data.aws_partition.here.partition}:iam::aws:policy/AmazonEKSClusterPolicy"
}

resource "aws_eks_node_group" "system" {
  cluster_name    = aws_eks_cluster.this.name
  node_group_name = "system"
  node_role_arn   = aws_iam_role.node.arn
  subnet_ids      = var.private_subnet_ids
  ami_type        = "BOTTLEROCKET_ARM_64"
  instance_types  = var.system_instance_types
  capacity_type   = "ON_DEMAND"
  tags            = var.tags

  scaling_config {
    min_size     = 2
    max_size     = 3
    desired_size = 2
  }

  update_config {
    max_unavailable = 1
  }

  node_repair_config {
    enabled = true
  }

  lifecycle {
    ignore_changes = [scaling_config[0].desired_size]
  }

  depends_on = [aws_iam_role_policy_attachment.node, aws_eks_addon.before_nodes]
}

resource "aws_iam_role" "node" {
  name               = "${var.name}-node"
  assume_role_policy = file("${path.module}/policies/trust_node.json")
  tags               = var.tags
}

resource "aws_iam_role_policy_attachment" "node" {
  for_each = toset([
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonSSMManagedInstanceCore",
  ])
  role       = aws_iam_role.node.name
  policy_arn = "arn:${data.aws_partition.here.partition}:iam::aws:policy/${each.key}"
}

# Without the network's add-on no node becomes ready, so these come before the nodes.
resource "aws_eks_addon" "before_nodes" {
  for_each                    = toset(["vpc-cni", "kube-proxy", "eks-pod-identity-agent"])
  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"
  # Network policies are enforced by the VPC CNI itself.
  configuration_values = each.key == "vpc-cni" ? jsonencode({ enableNetworkPolicy = "true" }) : null
  tags                 = var.tags
}

# These have pods that need a node.
resource "aws_eks_addon" "on_nodes" {
  for_each                    = toset(["coredns", "metrics-server"])
  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"
  tags                        = var.tags

  depends_on = [aws_eks_node_group.system]
}

resource "aws_eks_access_entry" "administrator" {
  for_each      = toset(var.administrator_arns)
  cluster_name  = aws_eks_cluster.this.name
  principal_arn = each.key
  tags          = var.tags
}

resource "aws_eks_access_policy_association" "administrator" {
  for_each      = toset(var.administrator_arns)
  cluster_name  = aws_eks_cluster.this.name
  principal_arn = each.key
  policy_arn    = "arn:${data.aws_partition.here.partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
  access_scope {
    type = "cluster"
  }
  depends_on = [aws_eks_access_entry.administrator]
}

# Which pods run with which role: the responder, the servers that read and the servers that write have their own.
resource "aws_eks_pod_identity_association" "this" {
  for_each        = var.pod_roles
  cluster_name    = aws_eks_cluster.this.name
  namespace       = each.value.namespace
  service_account = each.value.service_account
  role_arn        = each.value.role_arn
  tags            = var.tags
}

resource "aws_security_group_rule" "callers" {
  for_each          = length(var.caller_cidrs) > 0 ? toset(["https"]) : toset([])
  type              = "ingress"
  description       = "HTTPS to the private API server"
  security_group_id = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
  protocol          = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_blocks       = var.caller_cidrs
}

# At night the group that carries add-ons may go to zero; Karpenter's nodes go when their pods are scaled down.
resource "aws_scheduler_schedule" "night" {
  for_each                     = var.night == null ? {} : { stop = { at = var.night.stop, min = 0, desired = 0 }, start = { at = var.night.start, min = 2, desired = 2 } }
  name                         = "${var.name}-${each.key}"
  schedule_expression          = each.value.at
  schedule_expression_timezone = var.night.timezone
  kms_key_arn                  = var.key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "arn:${data.aws_partition.here.partition}:scheduler:::aws-sdk:eks:updateNodegroupConfig"
    role_arn = aws_iam_role.night[0].arn
    input = jsonencode({
      ClusterName   = aws_eks_cluster.this.name
      NodegroupName = aws_eks_node_group.system.node_group_name
      ScalingConfig = { MinSize = each.value.min, MaxSize = 3, DesiredSize = each.value.desired }
    })
  }
}

resource "aws_iam_role" "night" {
  count              = var.night == null ? 0 : 1
  name               = "${var.name}-night"
  assume_role_policy = templatefile("${path.module}/policies/trust_scheduler.json", { account = data.aws_caller_identity.here.account_id })
  tags               = var.tags
}

resource "aws_iam_role_policy" "night" {
  count  = var.night == null ? 0 : 1
  name   = "resize-the-system-group"
  role   = aws_iam_role.night[0].id
  policy = templatefile("${path.module}/policies/night.json", { node_group_arn = aws_eks_node_group.system.arn, key_arn = var.key_arn })
}

data "aws_caller_identity" "here" {}
