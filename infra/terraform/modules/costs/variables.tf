variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "monthly_dollars" {
  description = "What it may cost in a month, in US dollars; at 80 % a notice is sent."
  type        = number
}

variable "anomaly_dollars" {
  description = "Unusual costs of this many US dollars are worth a notice."
  type        = number
  default     = 20
}

variable "cost_tag" {
  description = "Cost allocation tag by which costs belong to this deployment; activate it in the billing console."
  type        = object({ key = string, value = string })
}

variable "topic_arn" {
  description = "Topic that is told."
  type        = string
}
