# Alarms and sweeps by HTTPS: EventBridge calls the service's own addresses and keeps what it could not deliver.

data "aws_caller_identity" "here" {}

resource "aws_cloudwatch_event_connection" "this" {
  name               = var.name
  description        = "Secret of the source `eventbridge` in the service's alarm sources"
  authorization_type = "API_KEY"

  auth_parameters {
    api_key {
      key   = "X-Webhook-Secret"
      value = var.webhook_secret
    }
  }
}

resource "aws_cloudwatch_event_connection" "caller" {
  name               = "${var.name}-caller"
  description        = "Bearer token of an operator, for sweeps"
  authorization_type = "API_KEY"

  auth_parameters {
    api_key {
      key   = "Authorization"
      value = "Bearer ${var.caller_token}"
    }
  }
}

resource "aws_cloudwatch_event_api_destination" "alarms" {
  name                             = "${var.name}-alarms"
  invocation_endpoint              = "${var.url}/alarms/eventbridge"
  http_method                      = "POST"
  invocation_rate_limit_per_second = 50
  connection_arn                   = aws_cloudwatch_event_connection.this.arn
}

resource "aws_cloudwatch_event_api_destination" "sweeps" {
  name                             = "${var.name}-sweeps"
  invocation_endpoint              = "${var.url}/sweeps"
  http_method                      = "POST"
  invocation_rate_limit_per_second = 1
  connection_arn                   = aws_cloudwatch_event_connection.caller.arn
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
  rule     = aws_cloudwatch_event_rule.alarms.name
  arn      = aws_cloudwatch_event_api_destination.alarms.arn
  role_arn = aws_iam_role.events.arn

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 60
  }

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
  arn      = aws_cloudwatch_event_api_destination.sweeps.arn
  role_arn = aws_iam_role.events.arn
  input    = jsonencode(each.value.namespace == "" ? {} : { namespace = each.value.namespace })

  dead_letter_config {
    arn = aws_sqs_queue.undelivered.arn
  }
}

resource "aws_iam_role" "events" {
  name               = "${var.name}-events"
  assume_role_policy = templatefile("${path.module}/policies/assume.json", { account = data.aws_caller_identity.here.account_id })
  tags               = var.tags
}

resource "aws_iam_role_policy" "events" {
  name = "call-the-service"
  role = aws_iam_role.events.id
  policy = templatefile("${path.module}/policies/call.json", {
    destinations = jsonencode([aws_cloudwatch_event_api_destination.alarms.arn, aws_cloudwatch_event_api_destination.sweeps.arn])
  })
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
