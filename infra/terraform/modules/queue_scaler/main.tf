# The role with which KEDA looks how long the queues are. It sees their length, and no message.

module "trust" {
  source = "../trust"
}

resource "aws_iam_role" "this" {
  name               = "${var.name}-scaler"
  assume_role_policy = module.trust.policies["pods"]
  tags               = var.tags
}

resource "aws_iam_role_policy" "this" {
  name   = "length-of-the-queues"
  role   = aws_iam_role.this.id
  policy = templatefile("${path.module}/policies/length.json", { queue_arns = jsonencode(var.queue_arns) })
}
