variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "repository" {
  description = "The repository, as OWNER/NAME."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$", var.repository))
    error_message = "OWNER/NAME, without a pattern: a pattern would let other repositories in."
  }
}

variable "environments" {
  description = "Environments of the repository that may deploy."
  type        = list(string)
  default     = ["staging", "production"]
}

variable "provider_arn" {
  description = "GitHub's identity provider, where the account has one already; empty: it is made."
  type        = string
  default     = ""
}

variable "repository_arn" {
  description = "Where images are pushed."
  type        = string
}

variable "passed_role_arns" {
  description = "Roles that deployments run with."
  type        = list(string)
}

variable "state_bucket_arn" {
  description = "Bucket of Terraform's state, for plans on pull requests; empty: no plans."
  type        = string
  default     = ""
}

variable "state_key_arn" {
  description = "Its KMS key."
  type        = string
  default     = ""
}
