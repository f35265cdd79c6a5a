# More instances than the machines can hold at once, needs that they don't meet together, and ports that are there once on each.

grid "instances" {}

zone "attic" {}

zone "office" {}

tier "server" {
  rank = 20
}

tier "hypervisor" {
  rank = 30
}

machine "one" {
  zone = "attic"
  tier = "server"

  has {
    cpu_mhz   = 4000
    memory_mb = 4096
    drivers   = ["exec"]
  }
}

machine "two" {
  zone = "attic"
  tier = "hypervisor"

  has {
    cpu_mhz   = 4000
    memory_mb = 4096
    drivers   = ["exec"]
  }
}

machine "three" {
  zone = "office"
  tier = "server"

  has {
    cpu_mhz   = 4000
    memory_mb = 4096
    drivers   = ["exec"]
  }
}

service "apart" { # ? never-all: the defined machines can never hold more than 3 of its 4 instances at once
  count = 4

  driver "exec" {}

  group {
    constraint {
      distinct_hosts = true
    }
  }
}

service "big" { # ? never-all: more than 3 of its 5 instances
  count = 5

  driver "exec" {}

  resources {
    memory = 3000
  }
}

service "small" {
  count = 30

  driver "exec" {}

  resources {
    cpu    = 20
    memory = 10
  }
}

service "two-in-each" { # ? never-all: more than 3 of its 4 instances
  zones = "each"
  count = 4

  driver "exec" {}

  resources {
    memory = 3000
  }
}

service "met" {
  driver "exec" {}

  needs {
    machines  = 3
    memory_mb = 12288
    zones     = 2
    services  = ["small"]

    tier "hypervisor" {}
  }
}

service "machines" { # ? never-online: service "machines" can never come online: it needs 4 machines, 3 are defined
  driver "exec" {}

  needs {
    machines = 4
  }
}

service "memory" { # ? never-online: it needs 12289 MiB of memory, 12288 are defined
  driver "exec" {}

  needs {
    memory_mb = 12289
  }
}

service "zones" { # ? never-online: it needs 3 zones, 2 are defined
  driver "exec" {}

  needs {
    zones = 3
  }
}

service "tier" { # ? never-online: it needs 2 machines of tier hypervisor or above, 1 is defined
  driver "exec" {}

  needs {
    tier "hypervisor" {
      machines = 2
    }
  }
}

service "ports-a" {
  zones = "each"

  driver "exec" {}

  port "http" {
    static = 80
  }
}

service "ports-b" {
  zones = ["office"]

  driver "exec" {}

  group {
    network {
      port "other" {
        static = 80 # of another host network
      }
    }
  }
}

service "ports-c" { # ? port-taken: it and service "ports-a" ask for port 80 in zone office 2 times in all, and only 1 machine could give it
  zones = ["office"]

  driver "exec" {}

  port "http" {
    static = 80
  }
}

service "door-a" {
  count = 2

  driver "exec" {}

  port "http" {
    static = 443
  }
}

service "door-b" { # ? port-taken: it and service "door-a" ask for port 443 4 times in all, and only 3 machines could give it
  count = 2

  driver "exec" {}

  port "http" {
    static = 443
  }
}

service "everywhere" {
  type = "system"

  driver "exec" {}

  port "metrics" {
    static = 9100
  }
}

service "metrics" { # ? port-taken: service "everywhere" runs on every machine that could run this, and takes port 9100 there
  driver "exec" {}

  port "http" {
    static = 9100
  }
}

service "metrics-too" { # ? port-taken: service "everywhere" runs on every machine that could run this
  type = "system"

  driver "exec" {}

  port "http" {
    static = 9100
  }
}

service "metrics-at-night" {
  type = "batch"

  driver "exec" {}

  port "http" {
    static = 9100
  }
}

service "twice" { # ! service: two of its ports are 5000 on the machine: change one
  driver "exec" {}

  group {
    network {
      port "a" {
        static = 5000
      }

      port "b" {
        static = 5000
      }
    }
  }
}
