# A grid whose machines sleep: two zones, in each one machine that is always on. Everything is quick, so that tests are.

grid "power" {
  mode     = "act"
  timezone = "Europe/Amsterdam"

  power {
    evaluate_every = "2s"
    wake_cooldown  = "5s"
    sleep_after    = "5s"
    minimum_uptime = "5s"
    moves_per_day  = 1000
  }
}

zone "attic" {}

zone "office" {}

tier "server" {
  rank = 20

  match {
    memory_mb = 1024
  }
}

tier "hypervisor" {
  rank = 40

  match {
    memory_mb = 32768
  }
}
