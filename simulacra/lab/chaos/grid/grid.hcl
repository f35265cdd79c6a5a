# The grid of `simulacra lab chaos`: three zones, in each a machine that is always on, with a Nomad server; and three sleepers.
# Everything is quick, and its own autoscaler runs on it twice.

grid "chaos" {
  mode     = "act"
  timezone = "Europe/Amsterdam"

  autoscaler {
    job   = true
    count = 2
  }

  power {
    evaluate_every = "3s"
    wake_cooldown  = "5s"
    sleep_after    = "10s"
    minimum_uptime = "10s"
    moves_per_day  = 1000
    drain_within   = "2m"
    machines_min   = 4 # those that are always on, and one that would sleep
    machines_max   = 5
  }
}

zone "attic" {}

zone "hosting" {}

zone "office" {}
