# Applied in another account whose clusters the responder looks at: a role that reads there, which the responder of the
# home account assumes. Writers there are made with module remedy in the same way.

resource "aws_iam_role" "reader" {
  name = "${var.name}-reader"
  tags = var.tags
  assume_role_policy = templatefile("${path.module}/policies/trust.json", {
    responder_arn = var.responder_arn
    external_id   = var.external_id
  })
}

resource "aws_iam_role_policy" "reader" {
  #checkov:skip=CKV_AWS_355:what is read has no resource to name, except secrets and parameters, which it may not read
  name   = "read"
  role   = aws_iam_role.reader.id
  policy = file("${path.module}/../../../aws/reader.json")
}

module "cluster_access" {
  source        = "../cluster_access"
  clusters      = toset(var.clusters)
  principal_arn = aws_iam_role.reader.arn
  tags          = var.tags
}
