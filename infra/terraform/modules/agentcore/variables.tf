variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "image" {
  description = "The image (linux/arm64), as REPOSITORY:TAG."
  type        = string
}

variable "repository_arn" {
  description = "The repository that it is pulled from."
  type        = string
}

variable "role_arn" {
  description = "Role that the runtime runs with (module roles, trusted by bedrock-agentcore.amazonaws.com)."
  type        = string
}

variable "role_name" {
  description = "Its name."
  type        = string
}

variable "environment" {
  description = "Environment of the container; at most 50 variables. What is secret comes from Secrets Manager."
  type        = map(string)
  default     = {}

  validation {
    condition     = length(var.environment) <= 50
    error_message = "AgentCore Runtime takes 50 variables."
  }
}

variable "live_version" {
  description = "Version that the endpoint `live` shows; empty: the newest."
  type        = string
  default     = ""
}

variable "subnet_ids" {
  description = "Private subnets, where the agent has to reach a private API server; none: it runs outside of any VPC."
  type        = list(string)
  default     = []
}

variable "security_group_ids" {
  description = "Security groups in them."
  type        = list(string)
  default     = []
}

variable "discovery_url" {
  description = "OIDC discovery of the callers' tokens; empty: callers sign with AWS credentials."
  type        = string
  default     = ""
}

variable "allowed_clients" {
  description = "Clients of the OIDC issuer that may call."
  type        = list(string)
  default     = []
}

variable "memory" {
  description = "Make a memory, in which past incidents are remembered."
  type        = bool
  default     = true
}

variable "key_arn" {
  description = "KMS key of the memory and of the log."
  type        = string
}

variable "log_days" {
  description = "Days that the log of the endpoint is kept; one of the numbers that CloudWatch offers."
  type        = number
  default     = 365
}
