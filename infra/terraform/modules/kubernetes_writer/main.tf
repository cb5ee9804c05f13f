# The role of a Kubernetes writer that runs as pods of its own. What it may do in a cluster is RBAC's to say
# (infra/kubernetes/writer.yaml); here it records that a permit is used, and reads who signs permits.

module "trust" {
  source = "../trust"
}

resource "aws_iam_role" "this" {
  name               = "${var.name}-writer-kubernetes"
  assume_role_policy = module.trust.policies["pods"]
  tags               = var.tags
}

resource "aws_iam_role_policy" "this" {
  name = "used-permits"
  role = aws_iam_role.this.id
  policy = templatefile("${path.module}/policies/used_permits.json", {
    region           = data.aws_region.here.region
    used_permits_arn = var.foundation.store.table_arns["used_permits"]
    key_arn          = var.foundation.key_arn
  })
}

data "aws_region" "here" {}
