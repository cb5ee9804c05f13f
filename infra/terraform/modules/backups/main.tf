# Where backups are kept, what their keys are encrypted with, and the role that makes them: it reads the state and changes none
# of it. In another region than the state, a region that is lost takes neither the bucket nor the key with it. What makes the
# backups is the module backup_task, or the CronJob of infra/helm and infra/kubernetes.

data "aws_partition" "here" {}

data "aws_region" "here" {}

data "aws_caller_identity" "here" {}

module "trust" {
  source = "../trust"
}

locals {
  region = var.region == "" ? data.aws_region.here.region : var.region
}

resource "aws_kms_key" "this" {
  region                  = local.region
  description             = "${var.name}: backups, and the keys in them"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = var.tags
  policy = templatefile("${path.module}/policies/key.json", {
    partition = data.aws_partition.here.partition
    account   = data.aws_caller_identity.here.account_id
  })
}

resource "aws_kms_alias" "this" {
  region        = local.region
  name          = "alias/${var.name}-backups"
  target_key_id = aws_kms_key.this.key_id
}

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_144:it is in another region than the state where var.region says so
  #checkov:skip=CKV2_AWS_62:sre-agent ops daily says when a backup is missing
  #checkov:skip=CKV_AWS_18:who read a backup is in CloudTrail's data events, where the account has them on
  region        = local.region
  bucket_prefix = "${var.name}-backups-"
  force_destroy = !var.keep
  tags          = var.tags
}

resource "aws_s3_bucket_versioning" "this" {
  region = local.region
  bucket = aws_s3_bucket.this.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  region = local.region
  bucket = aws_s3_bucket.this.id
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.this.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  region                  = local.region
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# The role removes old backups, and cannot remove a version: what it removes can be had back for these days.
resource "aws_s3_bucket_lifecycle_configuration" "this" {
  region = local.region
  bucket = aws_s3_bucket.this.id
  rule {
    id     = "backups"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = var.removed_days
    }
    expiration {
      expired_object_delete_marker = true
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 2
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  region = local.region
  bucket = aws_s3_bucket.this.id
  policy = templatefile("${path.module}/policies/bucket.json", { bucket_arn = aws_s3_bucket.this.arn })
}

resource "aws_iam_role" "backup" {
  name               = "${var.name}-backup"
  assume_role_policy = module.trust.policies[var.runs_in]
  tags               = var.tags
}

resource "aws_iam_role_policy" "backup" {
  name = "backup"
  role = aws_iam_role.backup.id
  policy = templatefile("${path.module}/policies/backup.json", {
    partition        = data.aws_partition.here.partition
    region           = data.aws_region.here.region
    account          = data.aws_caller_identity.here.account_id
    name             = var.name
    identifier       = replace(var.name, "-", "_") # as module agentcore names the memory
    table_arns       = jsonencode(values(var.foundation.store.table_arns))
    state_bucket_arn = var.foundation.store.bucket_arn
    state_key_arn    = var.foundation.key_arn
    bucket_arn       = aws_s3_bucket.this.arn
    key_arn          = aws_kms_key.this.arn
  })
}

# The service tells how old the last backup is, by its name.
resource "aws_iam_role_policy" "age" {
  name   = "see-backups"
  role   = var.responder_name
  policy = templatefile("${path.module}/policies/age.json", { bucket_arn = aws_s3_bucket.this.arn })
}
