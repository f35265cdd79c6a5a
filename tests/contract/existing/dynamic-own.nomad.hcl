variable "careful" {
  type    = bool
  default = true
}

job "dynamic-own" {
  datacenters = ["home"]

  dynamic "ui" {
    for_each = ["Made by a loop"]
    content {
      description = ui.value
    }
  }

  group "a" {
    count = 2

    dynamic "update" {
      for_each = var.careful ? [1] : []
      content {
        max_parallel = update.value
      }
    }

    dynamic "disconnect" {
      for_each = ["1h"]
      content {
        lost_after = disconnect.value
      }
    }

    dynamic "affinity" {
      for_each = ["tower", "desk"]
      content {
        attribute = "${node.unique.name}"
        value     = affinity.value
        weight    = 10 + 10 * affinity.key
      }
    }

    dynamic "spread" {
      for_each = ["rack"]
      content {
        attribute = "${meta.rack}"
      }
    }

    dynamic "task" {
      for_each = ["x", "y"]
      labels   = ["t-${task.value}"]
      content {
        driver = "raw_exec"
        config {
          command = task.value
        }
        dynamic "resources" {
          for_each = [64]
          content {
            memory = resources.value
          }
        }
      }
    }
  }
}
