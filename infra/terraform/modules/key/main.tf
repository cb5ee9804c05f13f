# The key that encrypts everything the responder keeps, and, where it is wanted, the key that signs permits.

data "aws_caller_identity" "here" {}

data "aws_partition" "here" {}

data "aws_region" "here" {}

resource "aws_kms_key" "data" {
  description             = "${var.name}: data at rest"
  enable_key_rotation     = true
  deletion_window_in_days = var.deletion_days
  tags                    = var.tags
  policy = templatefile("${path.module}/policies/data_key.json", {
    partition = data.aws_partition.here.partition
    account   = data.aws_caller_identity.here.account_id
    region    = data.aws_region.here.region
  })
}

resource "aws_kms_alias" "data" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.data.key_id
}

# A key that signs cannot be rotated by KMS: a new one is made, and both public keys are listed until the last permit is old.
resource "aws_kms_key" "permits" {
  #checkov:skip=CKV_AWS_7:KMS cannot rotate asymmetric keys
  count                    = var.sign_permits ? 1 : 0
  description              = "${var.name}: signatures of permits"
  key_usage                = "SIGN_VERIFY"
  customer_master_key_spec = "ECC_NIST_EDWARDS25519"
  deletion_window_in_days  = var.deletion_days
  tags                     = var.tags
  policy = templatefile("${path.module}/policies/signing_key.json", {
    partition = data.aws_partition.here.partition
    account   = data.aws_caller_identity.here.account_id
  })
}

resource "aws_kms_alias" "permits" {
  count         = var.sign_permits ? 1 : 0
  name          = "alias/${var.name}-permits"
  target_key_id = aws_kms_key.permits[0].key_id
}
