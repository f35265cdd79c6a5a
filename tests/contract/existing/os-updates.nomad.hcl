job "os-updates" {
  type        = "sysbatch"
  datacenters = ["*"]

  periodic {
    cron             = "0 4 * * 0"
    prohibit_overlap = true
  }

  constraint {
    attribute = "${attr.kernel.name}"
    value     = "linux"
  }

  constraint {
    attribute    = "${attr.os.name}"
    set_contains = "debian"
  }

  group "apt" {
    restart {
      attempts = 0
      mode     = "fail"
    }

    task "upgrade" {
      driver = "raw_exec"
      config {
        command = "bash"
        args = [
          "-c",
          "export DEBIAN_FRONTEND=noninteractive; apt-get update && apt-get -y upgrade",
        ]
      }
      resources {
        cpu    = 50
        memory = 256
      }
    }
  }
}
