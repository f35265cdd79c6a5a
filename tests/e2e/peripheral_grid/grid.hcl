# Three zones, two of them with the same private subnet, and devices that can't join.

grid "things" {
  mode     = "act"
  timezone = "Europe/Amsterdam"

  power {
    evaluate_every = "5s"
  }
}

zone "attic" {
  subnets = ["192.168.1.0/24"]
}

zone "hosting" {}

zone "office" {
  subnets = ["192.168.1.0/24"] # as many a home has it
}

machine "nas" {
  zone         = "attic"
  never_sleeps = true

  has {
    cpu_mhz   = 8000
    memory_mb = 4096
    drivers   = ["raw_exec"]
  }
}

machine "box" {
  zone         = "attic"
  never_sleeps = true

  has {
    cpu_mhz   = 8000
    memory_mb = 4096
    drivers   = ["raw_exec"]
  }
}

machine "mini" {
  zone         = "office"
  server       = true
  never_sleeps = true

  has {
    cpu_mhz   = 8000
    memory_mb = 4096
    drivers   = ["raw_exec"]
  }
}

machine "vps" {
  zone         = "hosting"
  server       = true
  never_sleeps = true

  has {
    cpu_mhz   = 8000
    memory_mb = 4096
    drivers   = ["raw_exec"]
  }
}

machine "root" {
  zone         = "hosting"
  server       = true
  never_sleeps = true

  has {
    cpu_mhz   = 8000
    memory_mb = 4096
    drivers   = ["raw_exec"]
  }
}
