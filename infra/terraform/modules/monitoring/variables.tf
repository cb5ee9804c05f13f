variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "topic_arn" {
  description = "Topic that is told of alarms."
  type        = string
}

variable "namespace" {
  description = "Namespace of the service's own metrics."
  type        = string
  default     = "SreAgent"
}

variable "queues" {
  description = "Queues, with the name of their dead letters and how many seconds a message may wait."
  type        = map(object({ name = string, dead_name = string, longest_wait = number }))
  default     = {}
}

variable "undelivered_name" {
  description = "Queue of alarms that could not be delivered; empty: none."
  type        = string
  default     = ""
}

variable "errors" {
  description = "Which metrics count failed and all requests."
  type        = object({ namespace = string, errors = string, requests = string, dimensions = map(string) })
  default     = null
}

variable "latency" {
  description = "Which metric measures answers, and from which 95th percentile on (in its own unit) it is an alarm."
  type        = object({ namespace = string, metric = string, dimensions = map(string), threshold = number })
  default     = null
}

variable "hourly_dollars" {
  description = "What chat models may cost in an hour, in US dollars."
  type        = number
  default     = 5
}
