variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "responder_trust" {
  description = "Who runs the responder, as a trust policy (ECS tasks, pods, AgentCore Runtime)."
  type        = string
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

variable "sign_permits" {
  description = "Permits are signed with the foundation's key."
  type        = bool
  default     = false
}

variable "reader_arns" {
  description = "Readers in other accounts (module member_account)."
  type        = list(string)
  default     = []
}

variable "writer_arns" {
  description = "Writers, one for each remedy (module remedy); none: it cannot write to AWS."
  type        = list(string)
  default     = []
}

variable "responder_reads" {
  description = "The responder's own role reads what the reader reads, where it cannot assume another one."
  type        = bool
  default     = false
}

variable "reader_trust" {
  description = "Who may read, as a trust policy, where servers run on their own (pods); empty: the responder assumes the reader."
  type        = string
  default     = ""
}
