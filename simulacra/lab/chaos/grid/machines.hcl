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
  boot_time = "10s"

  has {
    cpu_mhz   = 8000
    memory_mb = 4096
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }

  watts {
    idle = 10
    busy = 30
  }

  wake "lan" {
    mac = "52:54:00:c4:05:11"
  }

  sleep {
    method = "poweroff"
  }
}

machine "tower" {
  zone      = "attic"
  boot_time = "10s"

  has {
    cpu_mhz   = 8000
    memory_mb = 16384
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }

  watts {
    idle = 60
    busy = 180
  }

  wake "lan" {
    mac = "52:54:00:c4:05:12"
  }

  sleep {
    method = "poweroff"
  }
}

machine "vps" {
  zone         = "hosting"
  server       = true
  never_sleeps = true

  has {
    cpu_mhz   = 8000
    memory_mb = 1024
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }

  watts {
    idle = 5
    busy = 15
  }
}

machine "mini" {
  zone         = "office"
  server       = true
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
  boot_time = "10s"

  has {
    cpu_mhz   = 8000
    memory_mb = 12288
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }

  watts {
    idle = 40
    busy = 120
  }

  wake "lan" {
    mac = "52:54:00:c4:05:21"
  }

  sleep {
    method = "poweroff"
  }
}
