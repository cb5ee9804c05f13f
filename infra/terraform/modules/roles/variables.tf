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

variable "queue_arn" {
  description = "Queue of the responder."
  type        = string
}

variable "dead_arn" {
  description = "Dead letters of the responder."
  type        = string
}

variable "table_arn" {
  description = "Table of the responder."
  type        = string
}

variable "bucket_arn" {
  description = "Bucket of the responder."
  type        = string
}

variable "key_arn" {
  description = "Key with which they are encrypted."
  type        = string
}

variable "topic_arn" {
  description = "Topic of its notifications."
  type        = string
}

variable "schedule_group" {
  description = "Schedule group of its wake-ups."
  type        = string
}

variable "scheduler_role_arn" {
  description = "Role with which wake-ups are sent."
  type        = string
}

variable "permits_key_arn" {
  description = "Key that signs permits; empty: the responder keeps one itself."
  type        = string
  default     = ""
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
