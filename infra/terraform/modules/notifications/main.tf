# Where the responder and the alarms about it tell people. Only this account publishes.

data "aws_caller_identity" "here" {}

resource "aws_sns_topic" "this" {
  name              = var.name
  kms_master_key_id = var.key_arn
  tags              = var.tags
}

resource "aws_sns_topic_policy" "this" {
  arn = aws_sns_topic.this.arn
  policy = templatefile("${path.module}/policies/topic.json", {
    topic_arn = aws_sns_topic.this.arn
    account   = data.aws_caller_identity.here.account_id
  })
}

resource "aws_sns_topic_subscription" "this" {
  for_each  = var.subscriptions
  topic_arn = aws_sns_topic.this.arn
  endpoint  = each.key
  protocol  = each.value
}
