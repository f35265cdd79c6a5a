# A grid with little of its own, and a cloud for the rest. Everything is quick, so that tests are.

grid "cloudy" {
  mode     = "act"
  timezone = "Europe/Amsterdam"

  nomad {
    servers = ["200:1::1"] # in the lab it has another address
  }

  power {
    evaluate_every = "2s"
    wake_cooldown  = "5s"
    sleep_after    = "5s"
    minimum_uptime = "5s"
    drain_within   = "30s"
    moves_per_day  = 1000
  }
}

zone "attic" {
  subnets = ["192.168.1.0/24"]
}

zone "sky" {}

tier "phone" {
  rank = 10

  match {
    memory_mb = 256
  }
}

tier "server" {
  rank = 20

  match {
    memory_mb = 1500
  }
}

machine "nas" {
  zone         = "attic"
  server       = true
  never_sleeps = true

  has {
    cpu_mhz   = 8000
    memory_mb = 1024
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }

  watts {
    idle = 12
    busy = 36
  }
}

machine "tower" {
  zone      = "attic"
  boot_time = "8s"

  has {
    cpu_mhz   = 8000
    memory_mb = 4096
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }

  watts {
    idle = 60
    busy = 180
  }

  wake "lan" {
    mac = "52:54:00:b3:00:11"
  }

  sleep {
    method = "poweroff"
  }
}

cloud "burst" {
  provider       = "EC2"
  region         = "eu-west-1"
  zone           = "sky"
  tier           = "server"
  sizes          = ["large", "small"]
  image          = "ami-03cf127a"
  max            = 2
  monthly_budget = 1
  billed_by      = "10s"
  boot_time      = "8s"
  peers          = ["tls://home.example.org:9001"]

  size "large" {
    price     = 0.08
    cpu_mhz   = 8000
    memory_mb = 8192
    disk_mb   = 40000
  }

  size "small" {
    price     = 0.02
    cpu_mhz   = 4000
    memory_mb = 2048
    disk_mb   = 20000
  }
}
