# Zones that a service is to stand in. Others may join the garage by its subnet.

grid "promises" {}

zone "attic" {}

zone "office" {}

zone "garage" {
  subnets = ["192.168.7.0/24"]
}

zone "cellar" {
  subnets = ["192.168.8.0/24"]
}

tier "phone" {
  rank = 10
}

tier "server" {
  rank = 20
}

machine "tower" {
  zone = "attic"
  tier = "server"

  has {
    cpu_mhz   = 4000
    memory_mb = 4096
    drivers   = ["docker", "exec"]
  }
}

machine "shelf" {
  zone = "attic"
  tier = "server"

  has {
    cpu_mhz   = 4000
    memory_mb = 4096
    drivers   = ["docker", "exec"]
  }
}

machine "desk" {
  zone = "office"
  tier = "server"

  has {
    cpu_mhz   = 4000
    memory_mb = 1024
    drivers   = ["exec"]
  }
}

machine "phone" {
  zone = "garage"
  tier = "phone"

  has {
    cpu_mhz   = 2000
    memory_mb = 512
    drivers   = ["exec"]
  }
}

service "each" {
  zones = "each"

  driver "exec" {}
}

service "listed" { # ! broken-promise: service "listed" is to stand in zones attic and office, and no machine in zone office can ever run it: no machine has driver docker
  zones = ["attic", "office"]

  driver "docker" {}
}

service "none" { # ! broken-promise: no defined machine can ever run this: no machine has driver podman
  zones = ["attic", "office"]

  driver "podman" {}
}

service "each-of-tier" { # ? broken-promise: no machine in zone garage can ever run it: no machine is of tier server or above
  zones = "each"
  tier  = "server"

  driver "exec" {}
}

service "each-docker" { # ! broken-promise: no machine in zones garage and office can ever run it: no machine has driver docker
  zones = "each"

  driver "docker" {}
}

service "differently" { # ! broken-promise: zone garage: no machine is of tier server or above; zone office: not enough memory: asks 2048 MiB
  zones = "each"
  tier  = "server"

  driver "exec" {}

  resources {
    memory = 2048
  }
}

service "number" { # ! broken-promise: no machine in zones garage and office can ever run it
  zones = 3

  driver "docker" {}
}

service "joined" { # ? broken-promise: is to stand in zone garage, where no machine can ever run it: no machine has driver docker; name zone attic
  zones = ["garage"]

  driver "docker" {}
}

service "nobody-yet" { # ? broken-promise: no machine in zone cellar can ever run it: no machine is defined there
  zones = ["attic", "cellar"]

  driver "exec" {}
}

service "named-wrongly" { # ! broken-promise: zone office, where no machine can ever run it: not enough memory: asks 2048 MiB, the biggest that fits otherwise, desk, has 1024 MiB; name zone attic in `zones` instead
  zones = ["office"]

  driver "exec" {}

  resources {
    memory = 2048
  }
}

service "system" { # ! broken-promise: no machine in zone office can ever run it
  type  = "system"
  zones = ["attic", "office"]

  driver "docker" {}
}
