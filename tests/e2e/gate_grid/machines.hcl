machine "lap" {
  zone         = "attic"
  server       = true
  never_sleeps = true

  has {
    cpu_mhz   = 8000
    memory_mb = 4096
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }
}

machine "fon" {
  zone = "attic"

  has {
    cpu_mhz   = 2000
    memory_mb = 512
    disk_mb   = 20000
    drivers   = ["raw_exec"]
  }
}

machine "big" {
  zone      = "office"
  boot_time = "8s"

  has {
    cpu_mhz   = 16000
    memory_mb = 32768
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }

  wake "lan" {
    mac = "52:54:00:b1:00:11"
  }
}

machine "mini" {
  zone         = "office"
  never_sleeps = true

  has {
    cpu_mhz   = 4000
    memory_mb = 4096
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }
}
