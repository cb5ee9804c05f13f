# The role with which KEDA looks how long the queue is. It sees the queue's length, and no message.

module "trust" {
  source = "../trust"
}

resource "aws_iam_role" "this" {
  name               = "${var.name}-scaler"
  assume_role_policy = module.trust.policies["pods"]
  tags               = var.tags
}

resource "aws_iam_role_policy" "this" {
  name   = "length-of-the-queue"
  role   = aws_iam_role.this.id
  policy = templatefile("${path.module}/policies/length.json", { queue_arn = var.queue_arn })
}
