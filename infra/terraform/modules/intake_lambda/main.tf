# Alarms and sweeps for an agent in AgentCore Runtime: a function of one file on arm64, which signs what it hands on.

data "aws_caller_identity" "here" {}

data "archive_file" "function" {
  type        = "zip"
  source_file = "${path.module}/function/intake.py"
  output_path = "${path.root}/.terraform/${var.name}-intake.zip"
}

resource "aws_lambda_function" "intake" {
  #checkov:skip=CKV_AWS_117:it calls AgentCore and nothing in a VPC
  #checkov:skip=CKV_AWS_272:the code stands beside this file and is zipped when it is applied
  function_name                  = "${var.name}-intake"
  description                    = "Hands alarms and sweeps to the agent"
  role                           = aws_iam_role.intake.arn
  filename                       = data.archive_file.function.output_path
  source_code_hash               = data.archive_file.function.output_base64sha256
  publish                        = true
  handler                        = "intake.handler"
  runtime                        = "python3.13"
  architectures                  = ["arm64"]
  memory_size                    = 256
  timeout                        = 90
  reserved_concurrent_executions = var.concurrency
  kms_key_arn                    = var.key_arn
  tags                           = var.tags

  environment {
    variables = {
      AGENT_RUNTIME_ARN = var.runtime_arn
      AGENT_QUALIFIER   = var.qualifier
    }
  }

  dead_letter_config {
    target_arn = aws_sqs_queue.undelivered.arn
  }

  tracing_config {
    mode = "Active"
  }

  depends_on = [aws_cloudwatch_log_group.intake]
}

# What EventBridge calls. Terraform creates it; afterwards only a rollout moves it (infra/checks/rollout_function.py):
# an apply would end a canary, or give every call to a version that was rolled back.
resource "aws_lambda_alias" "live" {
  name             = "live"
  description      = "The version that alarms and sweeps go to"
  function_name    = aws_lambda_function.intake.function_name
  function_version = aws_lambda_function.intake.version

  lifecycle {
    ignore_changes = [function_version, routing_config]
  }
}

check "live_is_the_latest_version" {
  assert {
    condition     = aws_lambda_alias.live.function_version == aws_lambda_function.intake.version
    error_message = "Alarms and sweeps still go to version ${aws_lambda_alias.live.function_version} of ${aws_lambda_function.intake.function_name}; version ${aws_lambda_function.intake.version} is published. make rollout-function ARGS='--function ${aws_lambda_function.intake.function_name}' moves them."
  }
}

resource "aws_cloudwatch_log_group" "intake" {
  name              = "/aws/lambda/${var.name}-intake"
  retention_in_days = var.log_days
  kms_key_id        = var.key_arn
  tags              = var.tags
}

resource "aws_iam_role" "intake" {
  name               = "${var.name}-intake"
  assume_role_policy = file("${path.module}/policies/assume.json")
  tags               = var.tags
}

resource "aws_iam_role_policy" "intake" {
  name = "hand-on"
  role = aws_iam_role.intake.id
  policy = templatefile("${path.module}/policies/intake.json", {
    runtime_arn   = var.runtime_arn
    log_group_arn = aws_cloudwatch_log_group.intake.arn
    queue_arn     = aws_sqs_queue.undelivered.arn
    key_arn       = var.key_arn
  })
}

resource "aws_cloudwatch_event_rule" "alarms" {
  name        = "${var.name}-alarms"
  description = "Changes of alarms go to the responder"
  tags        = var.tags
  event_pattern = jsonencode({
    source      = ["aws.cloudwatch"]
    detail-type = ["CloudWatch Alarm State Change"]
    resources   = [for prefix in var.alarm_prefixes : { wildcard = "arn:*:cloudwatch:*:*:alarm:${prefix}*" }]
  })
}

resource "aws_cloudwatch_event_target" "alarms" {
  rule = aws_cloudwatch_event_rule.alarms.name
  arn  = aws_lambda_alias.live.arn

  dead_letter_config {
    arn = aws_sqs_queue.undelivered.arn
  }
}

resource "aws_cloudwatch_event_rule" "sweeps" {
  for_each            = var.sweeps
  name                = "${var.name}-sweep-${each.key}"
  description         = "A sweep of ${each.value.namespace == "" ? "the cluster" : each.value.namespace}"
  schedule_expression = each.value.schedule
  tags                = var.tags
}

resource "aws_cloudwatch_event_target" "sweeps" {
  for_each = var.sweeps
  rule     = aws_cloudwatch_event_rule.sweeps[each.key].name
  arn      = aws_lambda_alias.live.arn
  input    = jsonencode({ sweep = each.value.namespace == "" ? {} : { namespace = each.value.namespace } })

  dead_letter_config {
    arn = aws_sqs_queue.undelivered.arn
  }
}

resource "aws_lambda_permission" "events" {
  for_each      = merge({ alarms = aws_cloudwatch_event_rule.alarms.arn }, { for name, rule in aws_cloudwatch_event_rule.sweeps : name => rule.arn })
  statement_id  = "rule-${each.key}"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.intake.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "events.amazonaws.com"
  source_arn    = each.value
}

resource "aws_sqs_queue" "undelivered" {
  name                      = "${var.name}-undelivered"
  message_retention_seconds = 1209600
  kms_master_key_id         = var.key_arn
  tags                      = var.tags
}

resource "aws_sqs_queue_policy" "undelivered" {
  queue_url = aws_sqs_queue.undelivered.id
  policy = templatefile("${path.module}/policies/undelivered.json", {
    queue_arn = aws_sqs_queue.undelivered.arn
    account   = data.aws_caller_identity.here.account_id
  })
}
