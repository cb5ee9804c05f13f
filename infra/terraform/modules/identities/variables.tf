variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "runs_in" {
  description = "Where the responder runs: agentcore, ecs_tasks or pods."
  type        = string

  validation {
    condition     = contains(["agentcore", "ecs_tasks", "pods"], var.runs_in)
    error_message = "It runs in agentcore, ecs_tasks or pods."
  }
}

variable "region" {
  description = "Region of the deployment."
  type        = string
}

variable "clusters" {
  description = "EKS clusters that are looked at; role: in another account (module member_account)."
  type        = list(object({ region = string, cluster = string, role = string }))
}

variable "remedies" {
  description = "What may be done on AWS: one remedy on one cluster, by a document of infra/runbooks or by your own; none: it only reads AWS."
  type        = map(object({ remedy = string, document = optional(string, ""), cluster = string, stop_alarm = optional(string, "") }))
  default     = {}
}

variable "foundation" {
  description = "The outputs of module foundation."
  type = object({
    key_arn         = string
    permits_key_arn = string
    topic_arn       = string
    queue_arns      = list(string)
    store           = object({ table_arns = map(string), bucket_arn = string })
    wake_ups        = object({ group = string, role_arn = string })
  })
}
