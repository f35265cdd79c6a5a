# Of machines without `has`, and of clouds, only the name, zone and tier count.

grid "unsized" {}

zone "attic" {}

zone "office" {}

zone "rented" {}

tier "phone" {
  rank = 10
}

tier "server" {
  rank = 20

  match {
    memory_mb = 1024
  }
}

tier "hypervisor" {
  rank = 30

  match {
    memory_mb = 16384
  }
}

tier "mainframe" {
  rank = 40
}

machine "small" {
  zone = "attic"
  tier = "phone"
}

machine "anything" {
  zone = "office"
}

cloud "burst" {
  provider = "EC2"
  region   = "eu-west-1"
  zone     = "rented"
  tier     = "server"
  sizes    = ["t3.small"]
  image    = "ami-1"
  max      = 2
}

cloud "never" {
  provider = "EC2"
  region   = "eu-west-1"
  zone     = "rented"
  tier     = "mainframe"
  sizes    = ["t3.small"]
  image    = "ami-1"
  max      = 0
}

service "huge" {
  tier  = "hypervisor"
  count = 20 # nobody knows how many a machine holds

  driver "qemu" {}

  resources {
    memory = 500000

    device "nvidia/gpu" {}
  }

  port "http" {
    static = 80
  }
}

service "rented" {
  zones = ["rented"]
  tier  = "server"

  driver "docker" {}
}

service "too-high" { # ? never-runs: no machine is of tier mainframe or above
  tier = "mainframe"

  driver "docker" {}
}

service "too-high-there" { # ! broken-promise: no machine in zone rented can ever run it: no machine is of tier hypervisor or above
  zones = ["office", "rented"]
  tier  = "hypervisor"

  driver "docker" {}
}

service "two-there" { # ! broken-promise: in zone attic can ever run it: no machine is of tier server or above; name zone rented in `zones` instead
  zones = 2
  tier  = "server"

  driver "docker" {}
}

service "by-name" { # ? never-runs: no machine of those that fit otherwise (anything) meets constraint ${node.unique.name} = tower
  tier = "hypervisor" # the cloud's servers are of a lower one: what they are called nobody knows

  driver "docker" {}

  group {
    constraint {
      attribute = "${node.unique.name}"
      value     = "tower"
    }
  }
}
