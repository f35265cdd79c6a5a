# A grid to be cut: three zones, in each a Nomad server that is always on, and in two of them a second machine.

grid "cut" {
  mode     = "act"
  timezone = "Europe/Amsterdam"
}

zone "attic" {}

zone "hosting" {}

zone "office" {}

machine "nas" {
  zone         = "attic"
  server       = true
  never_sleeps = true

  has {
    cpu_mhz   = 8000
    memory_mb = 2048
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }
}

machine "box" {
  zone = "attic"

  has {
    cpu_mhz   = 8000
    memory_mb = 2048
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }
}

machine "mini" {
  zone         = "office"
  server       = true
  never_sleeps = true

  has {
    cpu_mhz   = 8000
    memory_mb = 2048
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }
}

machine "desk" {
  zone = "office"

  has {
    cpu_mhz   = 8000
    memory_mb = 2048
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }
}

machine "vps" {
  zone         = "hosting"
  server       = true
  never_sleeps = true

  has {
    cpu_mhz   = 8000
    memory_mb = 2048
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }
}
