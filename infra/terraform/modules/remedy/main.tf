# One remedy: a role that may start one Automation document and nothing else, and the role with which that document acts,
# which reaches one cluster and nothing else. Whoever wants another remedy calls this module once more. The document is one
# of infra/runbooks, made here, unless another is named.

data "aws_partition" "here" {}

data "aws_region" "here" {}

data "aws_caller_identity" "here" {}

locals {
  scope = {
    partition = data.aws_partition.here.partition
    region    = data.aws_region.here.region
    account   = data.aws_caller_identity.here.account_id
    cluster   = var.cluster
    document  = local.document
  }
  is_ours     = var.document == ""
  description = local.is_ours ? yamldecode(file("${path.module}/../../../runbooks/remedies.yaml"))[var.remedy] : null
  document    = local.is_ours ? "${local.description.document}-${var.cluster}" : var.document
  content     = local.is_ours ? yamldecode(file("${path.module}/../../../runbooks/${local.description.document}.yaml")) : null
  defaults = {
    AutomationAssumeRole = { default = aws_iam_role.automation.arn }
    ClusterName          = { default = var.cluster }
  }
}

resource "aws_ssm_document" "ours" {
  count           = local.is_ours ? 1 : 0
  name            = local.document
  document_type   = "Automation"
  document_format = "JSON"
  content = jsonencode(merge(local.content, {
    parameters = { for name, rule in local.content.parameters : name => merge(rule, lookup(local.defaults, name, {})) }
  }))
  # An undo names its document: this one, which is called after its cluster.
  tags = merge(
    var.tags,
    { for key, value in local.description.tags : key => replace(value, local.description.document, local.document) },
    { "sre-agent:cluster" = var.cluster },
    var.stop_alarm == "" ? {} : { "sre-agent:stop-alarm" = var.stop_alarm },
  )
}

resource "aws_iam_role" "writer" {
  name               = "${var.name}-writer-${var.remedy}"
  assume_role_policy = var.trust != "" ? var.trust : templatefile("${path.module}/policies/trust_responder.json", { role_arn = var.responder_arn })
  tags               = merge(var.tags, { "sre-agent:cluster" = var.cluster })
}

resource "aws_iam_role_policy" "writer" {
  #checkov:skip=CKV_AWS_355:only actions that read and that have no resource to name
  name = "start-${var.remedy}"
  role = aws_iam_role.writer.id
  policy = templatefile("${path.module}/policies/start.json", merge(local.scope, {
    automation_role_arn = aws_iam_role.automation.arn
  }))
}

# As every writer does.
resource "aws_iam_role_policy" "used_permits" {
  name = "used-permits"
  role = aws_iam_role.writer.id
  policy = templatefile("${path.module}/../kubernetes_writer/policies/used_permits.json", merge(local.scope, {
    used_permits_arn = var.foundation.store.table_arns["used_permits"]
    key_arn          = var.foundation.key_arn
  }))
}

resource "aws_iam_role" "automation" {
  name               = "${var.name}-automation-${var.remedy}"
  assume_role_policy = templatefile("${path.module}/policies/trust_automation.json", local.scope)
  tags               = merge(var.tags, { "sre-agent:cluster" = var.cluster })
}

resource "aws_iam_role_policy" "automation" {
  name   = var.remedy
  role   = aws_iam_role.automation.id
  policy = templatefile("${path.module}/policies/remedies/${var.remedy}.json", local.scope)
}
