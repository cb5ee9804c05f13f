# What Karpenter needs of AWS: a role of its own, the nodes' role, and the events that say that a node goes soon. Its
# NodePool stands in manifests/ and is applied with kubectl, after Karpenter's own chart.

data "aws_partition" "here" {}

data "aws_region" "here" {}

data "aws_caller_identity" "here" {}

module "trust" {
  source = "../trust"
}

resource "aws_iam_role" "controller" {
  name               = "${var.name}-karpenter"
  assume_role_policy = module.trust.policies["pods"]
  tags               = var.tags
}

resource "aws_iam_role_policy" "controller" {
  #checkov:skip=CKV_AWS_355:Describe actions of EC2 and prices have no resource to name
  name = "nodes-of-this-cluster"
  role = aws_iam_role.controller.id
  policy = templatefile("${path.module}/policies/controller.json", {
    partition     = data.aws_partition.here.partition
    region        = data.aws_region.here.region
    account       = data.aws_caller_identity.here.account_id
    cluster       = var.cluster_name
    node_role_arn = aws_iam_role.node.arn
    queue_arn     = aws_sqs_queue.interruptions.arn
  })
}

resource "aws_eks_pod_identity_association" "controller" {
  cluster_name    = var.cluster_name
  namespace       = "kube-system"
  service_account = "karpenter"
  role_arn        = aws_iam_role.controller.arn
  tags            = var.tags
}

resource "aws_iam_role" "node" {
  name               = "${var.name}-karpenter-node"
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

resource "aws_eks_access_entry" "node" {
  cluster_name  = var.cluster_name
  principal_arn = aws_iam_role.node.arn
  type          = "EC2_LINUX"
  tags          = var.tags
}

resource "aws_sqs_queue" "interruptions" {
  name                      = "${var.name}-interruptions"
  message_retention_seconds = 300
  sqs_managed_sse_enabled   = true
  tags                      = var.tags
}

resource "aws_sqs_queue_policy" "interruptions" {
  queue_url = aws_sqs_queue.interruptions.id
  policy = templatefile("${path.module}/policies/interruptions.json", {
    queue_arn = aws_sqs_queue.interruptions.arn
    account   = data.aws_caller_identity.here.account_id
  })
}

locals {
  events = {
    spot      = { source = "aws.ec2", type = "EC2 Spot Instance Interruption Warning" }
    rebalance = { source = "aws.ec2", type = "EC2 Instance Rebalance Recommendation" }
    state     = { source = "aws.ec2", type = "EC2 Instance State-change Notification" }
    health    = { source = "aws.health", type = "AWS Health Event" }
  }
}

resource "aws_cloudwatch_event_rule" "interruption" {
  for_each      = local.events
  name          = "${var.name}-karpenter-${each.key}"
  description   = each.value.type
  event_pattern = jsonencode({ source = [each.value.source], detail-type = [each.value.type] })
  tags          = var.tags
}

resource "aws_cloudwatch_event_target" "interruption" {
  for_each = local.events
  rule     = aws_cloudwatch_event_rule.interruption[each.key].name
  arn      = aws_sqs_queue.interruptions.arn
}

resource "aws_ec2_tag" "discovery" {
  resource_id = var.security_group_id
  key         = "karpenter.sh/discovery"
  value       = var.cluster_name
}
