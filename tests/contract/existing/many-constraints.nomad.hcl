locals {
  kernels = ["linux"]
  nothing = []
  racks   = { r1 = 70, r2 = 30 }
}

job "many-constraints" {
  datacenters = ["home"]

  dynamic "constraint" {
    for_each = local.kernels
    content {
      attribute = "${attr.kernel.name}"
      value     = constraint.value
    }
  }

  group "web" {
    count = 2

    dynamic "constraint" {
      for_each = local.nothing
      content {
        attribute = "${attr.cpu.arch}"
        value     = constraint.value
      }
    }

    constraint {
      attribute = "${attr.nomad.version}"
      operator  = "semver"
      value     = ">= 1.6.0"
    }

    constraint {
      attribute = "${meta.ssd}"
      operator  = "is_set"
    }

    constraint {
      distinct_property = "${meta.rack}"
      value             = 2
    }

    constraint {
      attribute = "${meta.roles}"
      operator  = "set_contains_any"
      value     = "web,proxy"
    }

    constraint {
      attribute = "${attr.cpu.arch}"
      operator  = "!="
      value     = "arm"
    }

    affinity {
      attribute    = "${meta.roles}"
      set_contains = "web"
      weight       = -25
    }

    affinity {
      attribute = "${attr.kernel.version}"
      operator  = "version"
      value     = "> 5.10"
    }

    spread {
      attribute = "${meta.rack}"
      dynamic "target" {
        for_each = local.racks
        labels   = [target.key]
        content {
          percent = target.value
        }
      }
    }

    task "web" {
      driver = "docker"
      constraint {
        attribute = "${attr.driver.docker.privileged.enabled}"
        value     = true
      }
      affinity {
        attribute = "${node.class}"
        value     = "fast"
      }
      config {
        image = "nginx:1.27"
      }
    }
  }
}
