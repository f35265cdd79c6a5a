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

machine "small" {
  zone      = "attic"
  boot_time = "8s"

  has {
    cpu_mhz   = 8000
    memory_mb = 8192
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }

  watts {
    idle = 10
    busy = 30
  }

  wake "lan" {
    mac = "52:54:00:b0:00:11"
  }

  sleep {
    method = "poweroff"
  }
}

machine "medium" {
  zone      = "attic"
  boot_time = "8s"

  has {
    cpu_mhz   = 8000
    memory_mb = 16384
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }

  watts {
    idle = 30
    busy = 90
  }

  wake "lan" {
    mac = "52:54:00:b0:00:12"
  }

  sleep {
    method = "poweroff"
  }
}

machine "tower" {
  zone      = "attic"
  boot_time = "8s"

  has {
    cpu_mhz   = 8000
    memory_mb = 65536
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }

  watts {
    idle = 60
    busy = 180
  }

  wake "lan" {
    mac = "52:54:00:b0:00:13"
  }

  sleep {
    method = "poweroff"
  }
}

machine "mini" {
  zone         = "office"
  never_sleeps = true

  has {
    cpu_mhz   = 8000
    memory_mb = 1024
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }

  watts {
    idle = 9
    busy = 27
  }
}

machine "desk" {
  zone      = "office"
  boot_time = "8s"

  has {
    cpu_mhz   = 8000
    memory_mb = 16384
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }

  watts {
    idle = 40
    busy = 120
  }

  wake "lan" {
    mac = "52:54:00:b0:00:21"
  }

  sleep {
    method = "poweroff"
  }
}
