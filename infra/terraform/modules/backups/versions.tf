terraform {
  required_version = ">= 1.11" # locking of state in S3 without a table (`use_lockfile`)
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.25, < 7.0"
    }
  }
}
