# Loops that go round no time: what they would make isn't there
variable "careful" {
  type    = bool
  default = false
}

job "dynamic-none" {
  datacenters = ["home"]

  dynamic "ui" {
    for_each = []
    content {
      description = "nobody sees this"
    }
  }

  dynamic "group" {
    for_each = []
    labels   = [group.value]
    content {
      task "never" {
        driver = "raw_exec"
      }
    }
  }

  group "g" {
    dynamic "update" {
      for_each = var.careful ? [1] : []
      content {
        max_parallel = 1
      }
    }
    dynamic "disconnect" {
      for_each = []
      content {
        lost_after = "1h"
      }
    }
    dynamic "affinity" {
      for_each = []
      content {
        attribute = "${node.class}"
        value     = affinity.value
      }
    }
    dynamic "spread" {
      for_each = []
      content {
        attribute = "${meta.rack}"
      }
    }
    task "t" {
      driver = "raw_exec"
      config {
        command = "true"
      }
    }
  }
}
