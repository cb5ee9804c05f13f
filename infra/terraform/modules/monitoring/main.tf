# Alarms about the responder itself, and one dashboard. What a size does not have (a load balancer, a queue) has no alarm.

locals {
  own = { service = var.name } # the dimension of the service's own metrics

  # Each threshold on one metric: (namespace, metric, dimensions, statistic, period, periods, comparison, threshold).
  thresholds = merge(
    {
      model-unavailable = {
        text      = "No chat model answers; rules route questions and write reports."
        namespace = var.namespace, metric = "llm_provider_healthy", dimensions = local.own
        statistic = "Maximum", period = 300, periods = 2, comparison = "LessThanThreshold", threshold = 1
      }
      approvals-waiting = {
        text      = "Writes wait for somebody's decision."
        namespace = var.namespace, metric = "agent_approvals_waiting", dimensions = local.own
        statistic = "Minimum", period = 300, periods = 3, comparison = "GreaterThanThreshold", threshold = 0
      }
      backup-age = {
        text      = "The last backup is more than two hours old; what came since would be lost."
        namespace = var.namespace, metric = "agent_backup_age_seconds", dimensions = local.own
        statistic = "Minimum", period = 300, periods = 1, comparison = "GreaterThanThreshold", threshold = 7200
      }
      errors-in-log = {
        text      = "The service writes errors into its log."
        namespace = var.namespace, metric = "LogErrors", dimensions = {}
        statistic = "Sum", period = 300, periods = 3, comparison = "GreaterThanThreshold", threshold = 5
      }
    },
    { for key, queue in var.queues : "${key}-queue-age" => {
      text      = "Messages of the queue ${queue.name} wait: too few workers, or they hang."
      namespace = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", dimensions = { QueueName = queue.name }
      statistic = "Maximum", period = 60, periods = 5, comparison = "GreaterThanThreshold", threshold = queue.longest_wait
    } },
    { for key, queue in var.queues : "${key}-dead-letters" => {
      text      = "Messages of the queue ${queue.name} failed too often and are set aside."
      namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", dimensions = { QueueName = queue.dead_name }
      statistic = "Maximum", period = 60, periods = 1, comparison = "GreaterThanThreshold", threshold = 0
    } },
    var.undelivered_name == "" ? {} : {
      undelivered = {
        text      = "Alarms did not reach the responder."
        namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", dimensions = { QueueName = var.undelivered_name }
        statistic = "Maximum", period = 60, periods = 1, comparison = "GreaterThanThreshold", threshold = 0
      }
    },
    var.latency == null ? {} : {
      latency = {
        text      = "The responder answers slowly (95th percentile)."
        namespace = var.latency.namespace, metric = var.latency.metric, dimensions = var.latency.dimensions
        statistic = "p95", period = 300, periods = 3, comparison = "GreaterThanThreshold", threshold = var.latency.threshold
      }
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "threshold" {
  for_each            = local.thresholds
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.text
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  period              = each.value.period
  evaluation_periods  = each.value.periods
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.topic_arn]
  ok_actions          = [var.topic_arn]
  tags                = var.tags
}

# More than 5 % errors in three periods of 300 s; fewer than ten requests in a period are too few for a rate.
resource "aws_cloudwatch_metric_alarm" "errors" {
  count               = var.errors == null ? 0 : 1
  alarm_name          = "${var.name}-error-rate"
  alarm_description   = "More than 5 % of the requests fail."
  comparison_operator = "GreaterThanThreshold"
  threshold           = 5
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.topic_arn]
  ok_actions          = [var.topic_arn]
  tags                = var.tags

  metric_query {
    id          = "rate"
    expression  = "IF(requests >= 10, 100 * FILL(errors, 0) / requests, 0)"
    label       = "errors in %"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { errors = var.errors.errors, requests = var.errors.requests }
    content {
      id = metric_query.key
      metric {
        namespace   = var.errors.namespace
        metric_name = metric_query.value
        dimensions  = var.errors.dimensions
        stat        = "Sum"
        period      = 300
      }
    }
  }
}

# The service tells what its models cost in the last day; the rise within an hour is what that hour cost.
resource "aws_cloudwatch_metric_alarm" "cost" {
  alarm_name          = "${var.name}-cost-per-hour"
  alarm_description   = "Chat models cost more in an hour than expected."
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.hourly_dollars
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.topic_arn]
  tags                = var.tags

  metric_query {
    id          = "hour"
    expression  = "day - low"
    label       = "dollars in an hour"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { day = "Maximum", low = "Minimum" }
    content {
      id = metric_query.key
      metric {
        namespace   = var.namespace
        metric_name = "agent_cost_usd"
        dimensions  = local.own
        stat        = metric_query.value
        period      = 3600
      }
    }
  }
}

data "aws_region" "here" {}

locals {
  graphs = merge(
    {
      "Incidents being worked on" = [[var.namespace, "active_agents", "service", var.name]]
      "Approvals waiting"         = [[var.namespace, "agent_approvals_waiting", "service", var.name]]
      "Models: cost of a day ($)" = [[var.namespace, "agent_cost_usd", "service", var.name]]
      "Errors in the log"         = [[var.namespace, "LogErrors"]]
    },
    length(var.queues) == 0 ? {} : {
      "Queues: age of the oldest message (s)" = [for queue in var.queues : ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", queue.name]]
      "Dead letters"                          = [for queue in var.queues : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue.dead_name]]
    },
  )
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = [for index, title in keys(local.graphs) : {
      type   = "metric"
      x      = 8 * (index % 3)
      y      = 6 * floor(index / 3)
      width  = 8
      height = 6
      properties = {
        title   = title
        region  = data.aws_region.here.region
        metrics = local.graphs[title]
        stat    = "Maximum"
        period  = 300
      }
    }]
  })
}
