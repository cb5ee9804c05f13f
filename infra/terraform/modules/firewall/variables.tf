variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "load_balancer_arn" {
  description = "What it protects."
  type        = string
}

variable "requests_per_5_minutes" {
  description = "Requests of one address in 5 minutes before it is blocked."
  type        = number
  default     = 3000
}

variable "managed_rules" {
  description = "AWS's rule groups, in their order."
  type        = list(string)
  default = [
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesCommonRuleSet",
  ]
}

variable "log_days" {
  description = "Days that the firewall's log is kept."
  type        = number
  default     = 365
}

variable "key_arn" {
  description = "KMS key of its log."
  type        = string
}
