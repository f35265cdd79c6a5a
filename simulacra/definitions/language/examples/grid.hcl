grid "home" {
  mode     = "observe"
  timezone = "Europe/Amsterdam"

  nomad {
    address = "http://[200:1:2:3::1]:4646"
    servers = ["[200:1:2:3::1]:4647"]
  }

  electricity {
    price_per_kwh = 0.31
    currency      = "EUR"
  }

  overlay {
    interface = "ygg0"
  }

  power {
    evaluate_every = "10s"
    sleep_after    = "30m"
    moves_per_day  = 8
    machines_min   = 1
  }

  gates {
    open_after  = "10s"
    close_after = "5m"
  }

  consul {
    address = "http://127.0.0.1:8500"
  }

  autoscaler {
    job   = true
    count = 2
  }
}
