# A small grid for the lab: three zones of two machines, two of the zones on one street.

grid "e2e" {
  mode     = "act"
  timezone = "Europe/Amsterdam"
}

uplink "street" {}

zone "attic" {
  uplink  = "street"
  subnets = ["192.168.1.0/24"]
}

zone "office" {
  uplink  = "street"
  subnets = ["192.168.1.0/24"] # as many a home has it
}

zone "shed" {}

tier "phone" {
  rank = 10
}

tier "server" {
  rank = 20

  match {
    memory_mb = 4096
  }
}

tier "hypervisor" {
  rank = 40

  match {
    memory_mb = 16384
  }
}
