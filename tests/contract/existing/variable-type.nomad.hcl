variable "type" {
  type    = string
  default = "service"
}

variable "count" {
  type    = number
  default = 1
}

job "variable-type" {
  type        = var.type
  datacenters = ["home"]
  group "g" {
    count = var.count
    task "t" {
      driver = "raw_exec"
      config {
        command = "true"
      }
    }
  }
}
