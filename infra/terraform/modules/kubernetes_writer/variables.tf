variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "foundation" {
  description = "Module `foundation`, for the table of used permits and its key."
  type = object({
    key_arn = string
    store   = object({ table_arns = map(string) })
  })
}
