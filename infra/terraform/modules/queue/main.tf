# The queue says "look at incident X" and nothing else: the incident is the message group, so its messages stay in order,
# and what is due, cancelled or seen before is decided in the table.

locals {
  queues = { work = aws_sqs_queue.work, dead = aws_sqs_queue.dead }
}

resource "aws_sqs_queue" "work" {
  name                        = "${var.name}.fifo"
  fifo_queue                  = true
  content_based_deduplication = true # EventBridge Scheduler cannot give an id of its own
  deduplication_scope         = "messageGroup"
  fifo_throughput_limit       = "perMessageGroupId"
  visibility_timeout_seconds  = var.visibility_seconds
  receive_wait_time_seconds   = 20
  message_retention_seconds   = 1209600
  kms_master_key_id           = var.key_arn
  tags                        = var.tags

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    maxReceiveCount     = var.most_receives
  })
}

resource "aws_sqs_queue" "dead" {
  name                        = "${var.name}-dead.fifo"
  fifo_queue                  = true
  content_based_deduplication = true
  deduplication_scope         = "messageGroup"
  fifo_throughput_limit       = "perMessageGroupId"
  message_retention_seconds   = 1209600
  kms_master_key_id           = var.key_arn
  tags                        = var.tags
}

resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  queue_url = aws_sqs_queue.dead.id
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.work.arn]
  })
}

resource "aws_sqs_queue_policy" "encrypted" {
  for_each  = local.queues
  queue_url = each.value.id
  policy    = templatefile("${path.module}/policies/queue.json", { queue_arn = each.value.arn })
}
