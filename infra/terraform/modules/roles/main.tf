# Reading and running are two roles. The responder's own role reaches its queue, table, bucket, secrets and models, and
# may assume the reader and the writers that are named; it sees nothing of the systems that it looks at by itself.

data "aws_partition" "here" {}

data "aws_region" "here" {}

data "aws_caller_identity" "here" {}

resource "aws_iam_role" "responder" {
  name               = "${var.name}-responder"
  assume_role_policy = var.responder_trust
  tags               = var.tags
}

resource "aws_iam_role_policy" "responder" {
  name = "own-state"
  role = aws_iam_role.responder.id
  policy = templatefile("${path.module}/policies/responder.json", {
    partition          = data.aws_partition.here.partition
    region             = data.aws_region.here.region
    account            = data.aws_caller_identity.here.account_id
    name               = var.name
    queue_arns         = jsonencode(var.foundation.queue_arns)
    table_arns         = jsonencode(flatten([for slot, arn in var.foundation.store.table_arns : [arn, "${arn}/index/*"] if slot != "used_permits"]))
    used_permits_arn   = var.foundation.store.table_arns["used_permits"]
    bucket_arn         = var.foundation.store.bucket_arn
    key_arn            = var.foundation.key_arn
    topic_arn          = var.foundation.topic_arn
    schedule_group     = var.foundation.wake_ups.group
    scheduler_role_arn = var.foundation.wake_ups.role_arn
  })
}

resource "aws_iam_role_policy" "assume" {
  name = "reader-and-writers"
  role = aws_iam_role.responder.id
  policy = templatefile("${path.module}/policies/assume.json", {
    roles = jsonencode(concat([aws_iam_role.reader.arn], var.reader_arns, var.writer_arns))
  })
}

resource "aws_iam_role_policy" "permits" {
  count  = var.sign_permits ? 1 : 0
  name   = "sign-permits"
  role   = aws_iam_role.responder.id
  policy = templatefile("${path.module}/policies/permits.json", { key_arn = var.foundation.permits_key_arn })
}

resource "aws_iam_role" "reader" {
  name               = "${var.name}-reader"
  assume_role_policy = var.reader_trust != "" ? var.reader_trust : templatefile("${path.module}/policies/trust_responder.json", { role_arn = aws_iam_role.responder.arn })
  tags               = var.tags
}

# The same file that infra/README.md gives to whoever makes the role by hand.
resource "aws_iam_role_policy" "reader" {
  #checkov:skip=CKV_AWS_355:what is read has no resource to name, except secrets and parameters, which it may not read
  name   = "read"
  role   = aws_iam_role.reader.id
  policy = file("${path.module}/../../../aws/reader.json")
}

# Where the reader's servers run on their own, they themselves assume the readers of other accounts.
resource "aws_iam_role_policy" "reader_elsewhere" {
  count  = var.reader_trust != "" && length(var.reader_arns) > 0 ? 1 : 0
  name   = "readers-elsewhere"
  role   = aws_iam_role.reader.id
  policy = templatefile("${path.module}/policies/assume.json", { roles = jsonencode(var.reader_arns) })
}

# Where nothing can assume a second role, as in AgentCore Runtime, the responder reads with its own.
resource "aws_iam_role_policy" "responder_reads" {
  #checkov:skip=CKV_AWS_355:as above
  count  = var.responder_reads ? 1 : 0
  name   = "read"
  role   = aws_iam_role.responder.id
  policy = file("${path.module}/../../../aws/reader.json")
}
