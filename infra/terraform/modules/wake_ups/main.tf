# Wake-ups are one-time schedules that put "look at incident X" on the queue. SQS FIFO has no delay of its own.

resource "aws_scheduler_schedule_group" "this" {
  name = var.name
  tags = var.tags
}

data "aws_caller_identity" "here" {}

resource "aws_iam_role" "scheduler" {
  name = "${var.name}-wake-ups"
  tags = var.tags
  assume_role_policy = templatefile("${path.module}/policies/assume.json", {
    account   = data.aws_caller_identity.here.account_id
    group_arn = aws_scheduler_schedule_group.this.arn
  })
}

resource "aws_iam_role_policy" "send" {
  name = "send"
  role = aws_iam_role.scheduler.id
  policy = templatefile("${path.module}/policies/send.json", {
    queue_arns = jsonencode(var.queue_arns)
    key_arn    = var.key_arn
  })
}
