# A grid of phones and laptops, and a hypervisor that is off: what of it comes online when, and where a stranger belongs.

grid "gates" {
  mode     = "act"
  timezone = "Europe/Amsterdam"

  power {
    evaluate_every = "2s"
    sleep_after    = "1h"
    minimum_uptime = "1h"
    moves_per_day  = 1000
  }

  gates {
    open_after  = "4s"
    close_after = "10s"
    calm        = "10m"
  }
}

zone "attic" {
  subnets = ["192.168.1.0/24"]
}

zone "office" {
  subnets = ["192.168.7.0/24"]
}

tier "phone" {
  rank = 10

  match {
    memory_mb = 256
  }
}

tier "laptop" {
  rank = 20

  match {
    memory_mb = 2048
  }
}

tier "hypervisor" {
  rank = 40

  match {
    memory_mb = 16384
  }
}
