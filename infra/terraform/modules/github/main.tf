# GitHub Actions without stored keys: a role for plans, which reads, and one for deployments, which only the named
# environments of one repository may take.

data "aws_partition" "here" {}

data "aws_region" "here" {}

data "aws_caller_identity" "here" {}

resource "aws_iam_openid_connect_provider" "github" {
  count          = var.provider_arn == "" ? 1 : 0
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
  tags           = var.tags
}

locals {
  provider_arn = var.provider_arn == "" ? aws_iam_openid_connect_provider.github[0].arn : var.provider_arn
}

resource "aws_iam_role" "deploy" {
  name                 = "${var.name}-github-deploy"
  max_session_duration = 3600
  tags                 = var.tags
  assume_role_policy = templatefile("${path.module}/policies/trust.json", {
    provider_arn = local.provider_arn
    subjects     = jsonencode([for environment in var.environments : "repo:${var.repository}:environment:${environment}"])
  })
}

resource "aws_iam_role_policy" "deploy" {
  #checkov:skip=CKV_AWS_355:ecr:GetAuthorizationToken has no resource to name
  name = "push-and-roll-out"
  role = aws_iam_role.deploy.id
  policy = templatefile("${path.module}/policies/deploy.json", {
    partition      = data.aws_partition.here.partition
    region         = data.aws_region.here.region
    account        = data.aws_caller_identity.here.account_id
    name           = var.name
    repository_arn = var.repository_arn
    passed_roles   = jsonencode(var.passed_role_arns)
  })
}

resource "aws_iam_role" "plan" {
  name                 = "${var.name}-github-plan"
  max_session_duration = 3600
  tags                 = var.tags
  assume_role_policy = templatefile("${path.module}/policies/trust.json", {
    provider_arn = local.provider_arn
    subjects     = jsonencode(["repo:${var.repository}:pull_request"])
  })
}

resource "aws_iam_role_policy_attachment" "plan" {
  role       = aws_iam_role.plan.name
  policy_arn = "arn:${data.aws_partition.here.partition}:iam::aws:policy/ViewOnlyAccess"
}

resource "aws_iam_role_policy" "state" {
  count  = var.state_bucket_arn == "" ? 0 : 1
  name   = "read-the-state"
  role   = aws_iam_role.plan.id
  policy = templatefile("${path.module}/policies/read_state.json", { bucket_arn = var.state_bucket_arn, key_arn = var.state_key_arn })
}
