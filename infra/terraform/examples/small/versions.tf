terraform {
  required_version = ">= 1.11"

  # bucket, region and kms_key_id come with `terraform init -backend-config=state.hcl`.
  backend "s3" {
    key          = "sre-agent/small.tfstate"
    encrypt      = true
    use_lockfile = true
  }

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.25, < 7.0"
    }
    archive = {
      source  = "hashicorp/archive"
      version = ">= 2.7, < 3.0"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}

locals {
  tags = merge({ "sre-agent:deployment" = var.name, "sre-agent:size" = "small", managed-by = "terraform" }, var.tags)
}
