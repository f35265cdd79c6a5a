# What a definition doesn't say speaks for the machine.

grid "silent" {}

zone "attic" {}

tier "phone" {
  rank = 10

  match {
    memory_mb = 256
  }
}

tier "server" {
  rank = 20

  match {
    memory_mb = 1024
    drivers   = ["exec"]

    attribute "driver.qemu" {
      operator = "is_set"
    }

    attribute "cpu.arch" {
      value = "arm64"
    }

    attribute "os.name" {
      value = "debian"
    }
  }
}

tier "pinned" {
  rank = 90
}

machine "half" {
  zone = "attic"

  has {
    cpu_mhz    = 4000
    memory_mb  = 4096
    attributes = { "cpu.arch" = "arm64" }
  }
}

service "drivers-cores" {
  driver "docker" {}

  resources {
    cores = 64
  }
}

service "driver-attribute" {
  driver "exec" {}

  group {
    constraint {
      attribute = "${attr.driver.qemu}"
      operator  = "is_set"
    }
  }
}

service "only-nomad-knows" {
  tier = "server" # its match looks at os.name and at drivers, of which nothing is said

  driver "exec" {}

  job {
    datacenters = ["elsewhere"]
    node_pool   = "big"

    constraint {
      attribute = "${attr.nomad.version}"
      operator  = "version"
      value     = ">= 99"
    }

    constraint {
      attribute = "${meta.rack}"
      value     = "r1"
    }

    constraint {
      attribute = "${node.class}"
      value     = "fast"
    }

    constraint {
      attribute = "${attr.os.name}"
      value     = "debian"
    }
  }

  group {
    constraint {
      distinct_property = "${meta.rack}"
    }

    network {
      mode = "bridge"

      port "public" {
        static       = 80
        host_network = "public"
      }
    }

    volume "data" {
      type   = "host"
      source = "data"
    }
  }
}

service "worked-out" {
  driver "exec" {}

  job {
    constraint {
      attribute = "${attr.cpu.arch}"
      value     = format("%s", "amd64") # functions aren't worked out here
    }
  }

  task "other" {
    driver = format("%s", "podman")
  }
}

service "stated" { # ? never-runs: no machine meets constraint ${attr.cpu.arch} = amd64
  driver "exec" {}

  group {
    constraint {
      attribute = "${attr.cpu.arch}"
      value     = "amd64"
    }
  }
}

service "linux" { # ? never-runs: no machine meets constraint ${attr.kernel.name} = windows
  driver "exec" {}

  group {
    constraint {
      attribute = "${attr.kernel.name}"
      value     = "windows"
    }
  }
}

service "only-pinned" { # ? never-runs: no machine is of tier pinned or above
  tier = "pinned"

  driver "exec" {}
}
