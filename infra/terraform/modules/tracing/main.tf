# X-Ray Transaction Search: spans go to CloudWatch Logs (aws/spans). It is one setting of an account and region, so this
# module is applied once in each, whatever runs there. The AWS provider has no resource for the setting, CloudFormation has.

data "aws_partition" "here" {}

data "aws_region" "here" {}

data "aws_caller_identity" "here" {}

resource "aws_cloudwatch_log_resource_policy" "spans" {
  policy_name = "${var.name}-transaction-search"
  policy_document = templatefile("${path.module}/policies/spans.json", {
    partition = data.aws_partition.here.partition
    region    = data.aws_region.here.region
    account   = data.aws_caller_identity.here.account_id
  })
}

resource "aws_cloudformation_stack" "transaction_search" {
  #checkov:skip=CKV_AWS_124:a stack of one setting, applied by Terraform, which reports its failure
  name          = "${var.name}-transaction-search"
  tags          = var.tags
  template_body = file("${path.module}/templates/transaction_search.yaml")
  parameters    = { IndexedPercent = var.indexed_percent }
  depends_on    = [aws_cloudwatch_log_resource_policy.spans]
}
