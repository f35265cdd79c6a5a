variable "group" {
  default = "group \"x\" {"
}

variables {
  job  = "job"
  meta = "meta"
}

locals {
  group = { job = var.job, count = 1 }
  meta  = { (var.meta) = "b" }
}

# a second look at them
locals {
  both = "${var.job}-${local.group.count}"
}

job "job-last" {
  meta = local.meta
  group "g" {
    count = local.group.count
    task "t" {
      driver = "raw_exec"
      config {
        command = "echo"
        args    = [var.group, local.both]
      }
    }
  }
}
