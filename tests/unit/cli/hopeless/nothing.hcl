# Where no machine is defined nothing can be said of any.

grid "nothing" {}

zone "attic" {
  subnets = ["192.168.7.0/24"]
}

tier "server" {
  rank = 20
}

service "huge" {
  tier  = "server"
  zones = ["attic"]

  needs {
    machines = 4
  }

  driver "docker" {}

  resources {
    memory = 500000
  }
}
