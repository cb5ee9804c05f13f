variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "key_arn" {
  description = "KMS key of the secrets."
  type        = string
}

variable "secrets" {
  description = "Secrets by name, with what each is for."
  type        = map(string)
}

variable "rotation" {
  description = "Lambda functions that rotate secrets, by the secret's name."
  type        = map(string)
  default     = {}
}

variable "rotation_days" {
  description = "Days between rotations."
  type        = number
  default     = 30
}

variable "parameters" {
  description = "Settings of the service by name, kept in Parameter Store."
  type        = map(string)
  default     = {}
}
