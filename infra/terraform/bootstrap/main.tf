# Applied once in an account, with local state: the bucket in which the state of everything else is kept. Locks are files
# in the same bucket (`use_lockfile`), so no table is needed.

terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.25, < 7.0"
    }
  }
}

provider "aws" {
  region = var.region
  default_tags {
    tags = { "sre-agent:deployment" = "terraform-state", managed-by = "terraform" }
  }
}

variable "region" {
  description = "Region of the bucket."
  type        = string
}

variable "bucket" {
  description = "Name of the bucket; names of buckets are the whole world's."
  type        = string
}

module "key" {
  source = "../modules/key"
  name   = "sre-agent-terraform-state"
}

resource "aws_s3_bucket" "state" {
  #checkov:skip=CKV_AWS_144:state can be made anew from the account (terraform import); older versions are kept
  #checkov:skip=CKV2_AWS_62:nobody has to know when state changes
  #checkov:skip=CKV_AWS_18:who read it is in CloudTrail's data events, where the account has them on
  bucket = var.bucket

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "state" {
  bucket = aws_s3_bucket.state.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "state" {
  bucket = aws_s3_bucket.state.id
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = module.key.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "state" {
  bucket                  = aws_s3_bucket.state.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_lifecycle_configuration" "state" {
  bucket = aws_s3_bucket.state.id
  rule {
    id     = "older-versions"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = 90
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}

resource "aws_s3_bucket_policy" "state" {
  bucket = aws_s3_bucket.state.id
  policy = templatefile("${path.module}/../modules/store/policies/bucket.json", { bucket_arn = aws_s3_bucket.state.arn })
}

output "bucket" {
  description = "For `terraform init -backend-config=bucket=...`."
  value       = aws_s3_bucket.state.bucket
}

output "key_arn" {
  description = "For `terraform init -backend-config=kms_key_id=...`."
  value       = module.key.arn
}
