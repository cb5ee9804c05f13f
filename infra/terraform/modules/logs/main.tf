# The service's log: JSON lines, encrypted, kept for as long as is said here, and counted where a line means trouble.

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_338:how long is a setting (a year unless somebody says less)
  name              = var.group == "" ? "/sre-agent/${var.name}" : var.group
  retention_in_days = var.log_days
  kms_key_id        = var.key_arn
  tags              = var.tags
}

resource "aws_cloudwatch_log_metric_filter" "this" {
  for_each       = local.counted
  name           = "${var.name}-${each.key}"
  log_group_name = aws_cloudwatch_log_group.this.name
  pattern        = each.value

  metric_transformation {
    name          = each.key
    namespace     = var.namespace
    value         = "1"
    default_value = "0"
  }
}

locals {
  # Fields of the log lines, not their sentences.
  counted = {
    LogErrors   = "{ $.level = \"error\" }"
    LogWarnings = "{ $.level = \"warning\" }"
  }
}
