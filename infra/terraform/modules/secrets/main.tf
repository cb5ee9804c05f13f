# Secrets are made empty: their values are put in by hand or by a rotation, and never stand in the state.

resource "aws_secretsmanager_secret" "this" {
  #checkov:skip=CKV2_AWS_57:rotated where a function for it is given (var.rotation); tokens of monitors are changed at the monitor
  for_each                = var.secrets
  name                    = "${var.name}/${each.key}"
  description             = each.value
  kms_key_id              = var.key_arn
  recovery_window_in_days = 7
  tags                    = var.tags
}

resource "aws_secretsmanager_secret_rotation" "this" {
  for_each            = var.rotation
  secret_id           = aws_secretsmanager_secret.this[each.key].id
  rotation_lambda_arn = each.value
  rotation_rules {
    automatically_after_days = var.rotation_days
  }
}

resource "aws_ssm_parameter" "this" {
  #checkov:skip=CKV_AWS_337:these are settings, not secrets; they are encrypted with the account's own key
  for_each = var.parameters
  name     = "/${var.name}/${each.key}"
  type     = "SecureString"
  value    = each.value
  tags     = var.tags
}
