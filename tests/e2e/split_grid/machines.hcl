machine "box" {
  zone         = "shed"
  server       = true
  never_sleeps = true

  has {
    cpu_mhz   = 4000
    memory_mb = 1024
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }

  watts {
    idle = 10
    busy = 30
  }
}

machine "desk" {
  zone         = "attic"
  server       = false
  never_sleeps = true

  has {
    cpu_mhz   = 4000
    memory_mb = 1024
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }

  watts {
    idle = 10
    busy = 30
  }
}

machine "mini" {
  zone         = "office"
  server       = true
  never_sleeps = true

  has {
    cpu_mhz   = 4000
    memory_mb = 1024
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }

  watts {
    idle = 10
    busy = 30
  }
}

machine "nas" {
  zone         = "attic"
  server       = true
  never_sleeps = true

  has {
    cpu_mhz   = 4000
    memory_mb = 1024
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }

  watts {
    idle = 10
    busy = 30
  }
}
