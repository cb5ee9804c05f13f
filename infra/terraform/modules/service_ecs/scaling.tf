# As many tasks as the queues ask for, between the bounds; at night none, where that is wanted.

locals {
  queues = { for place, name in var.queue_names : "queue${place}" => name } # by the id of their metric; SQS reports no idle queue
}

resource "aws_appautoscaling_target" "this" {
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.this.name}/${aws_ecs_service.this.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = var.tasks.min
  max_capacity       = var.tasks.max
  tags               = var.tags

  lifecycle {
    ignore_changes = [min_capacity, max_capacity] # the night's
  }
}

resource "aws_appautoscaling_policy" "queue" {
  name               = "${var.name}-messages-per-task"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = var.messages_per_task
    scale_out_cooldown = 60
    scale_in_cooldown  = 600

    customized_metric_specification {
      metrics {
        id          = "per_task"
        expression  = "(${join(" + ", [for id in keys(local.queues) : "FILL(${id}, 0)"])}) / tasks"
        label       = "messages for each task"
        return_data = true
      }
      dynamic "metrics" {
        for_each = local.queues
        content {
          id          = metrics.key
          return_data = false
          metric_stat {
            stat = "Average"
            metric {
              namespace   = "AWS/SQS"
              metric_name = "ApproximateNumberOfMessagesVisible"
              dimensions {
                name  = "QueueName"
                value = metrics.value
              }
            }
          }
        }
      }
      metrics {
        id          = "tasks"
        return_data = false
        metric_stat {
          stat = "Average"
          metric {
            namespace   = "ECS/ContainerInsights"
            metric_name = "RunningTaskCount"
            dimensions {
              name  = "ClusterName"
              value = aws_ecs_cluster.this.name
            }
            dimensions {
              name  = "ServiceName"
              value = aws_ecs_service.this.name
            }
          }
        }
      }
    }
  }
}

resource "aws_appautoscaling_scheduled_action" "night" {
  for_each           = var.night == null ? {} : { stop = { at = var.night.stop, min = 0, max = 0 }, start = merge({ at = var.night.start }, var.tasks) }
  name               = "${var.name}-${each.key}"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  schedule           = each.value.at
  timezone           = var.night.timezone

  scalable_target_action {
    min_capacity = each.value.min
    max_capacity = each.value.max
  }
}
