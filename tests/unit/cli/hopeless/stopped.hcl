# Services that their machines stop once they hear of no server.

grid "stopped" {}

zone "attic" {}

machine "one" {
  zone = "attic"

  has {
    cpu_mhz   = 4000
    memory_mb = 4096
    drivers   = ["exec"]
  }
}

service "late-enough" {
  driver "exec" {
    command = "/bin/true"
  }

  group {
    disconnect {
      stop_on_client_after = "80s"
    }
  }
}

service "too-soon" { # ? service: it is stopped after 60 s without a server, and a machine may hear of no server for 80 s
  driver "exec" {
    command = "/bin/true"
  }

  group {
    disconnect {
      stop_on_client_after = "1m"
    }
  }
}

service "gated" { # ! service: has both `needs` and `stop_on_client_after`
  needs {
    machines = 1
  }

  driver "exec" {
    command = "/bin/true"
  }

  group {
    disconnect {
      stop_on_client_after = "2m"
    }
  }
}
