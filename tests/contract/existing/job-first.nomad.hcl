job "job-first" {
  datacenters = var.datacenters
  priority    = var.priority

  group "g" {
    count = var.count
    task "t" {
      driver = "docker"
      config {
        image = local.image
      }
    }
  }
}

locals {
  image = "redis:${var.redis["tag"]}"
}

variable "datacenters" {
  type = list(string)
}

variable "priority" {
  type    = number
  default = 50
}

variable "count" {
  type    = number
  default = 1
}

variable "redis" {
  type = object({ tag = string })
}
