variable "three" {
  default = 3
}

job "web" {
  update {
    canary = 1 # ! canaries can't be placed where each zone holds one and no more
  }

  group "odd" {
    count = var.three # ! 3 instances can't be shared out evenly over 2 zones
  }

  group "computed" {
    count = 1 + 1 # ! `count` must be a plain number here

    disconnect { # ! has both `run_twice` and a `disconnect` of its own
      lost_after = "1h"
    }
  }

  dynamic "group" {
    for_each = ["a", "b"]
    labels   = [group.value]

    content {
      scaling { # ! asks for `zones`, which settles its count, and has a `scaling` of its own
        max = 3
      }

      update {
        canary = 2 # ! canaries can't be placed
      }
    }
  }
}
