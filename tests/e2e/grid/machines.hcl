machine "nas" {
  zone         = "attic"
  never_sleeps = true

  has {
    cpu_mhz   = 8000
    memory_mb = 8192
    disk_mb   = 200000
    drivers   = ["exec", "raw_exec"]
  }

  watts {
    idle = 12
    busy = 25
  }
}

machine "tower" {
  zone = "attic"

  has {
    cpu_mhz   = 28000
    memory_mb = 65536
    disk_mb   = 500000
    drivers   = ["docker", "exec", "raw_exec"]
  }

  watts {
    idle   = 60
    busy   = 180
    asleep = 1.5
  }

  wake "lan" {
    mac = "52:54:00:a7:1c:01"
  }

  sleep {
    method = "poweroff"
  }
}

machine "mini" {
  zone         = "office"
  never_sleeps = true

  has {
    cpu_mhz   = 6000
    memory_mb = 4096
    disk_mb   = 100000
    drivers   = ["exec", "raw_exec"]
  }

  watts {
    idle = 9
    busy = 22
  }
}

machine "desk" {
  zone = "office"

  has {
    cpu_mhz   = 16000
    memory_mb = 16384
    disk_mb   = 250000
    drivers   = ["exec", "raw_exec"]
  }

  watts {
    idle   = 35
    busy   = 110
    asleep = 2
  }

  wake "lan" {
    mac = "52:54:00:a7:1c:02"
  }

  sleep {
    method = "suspend"
  }
}

machine "vps" {
  zone         = "shed"
  never_sleeps = true

  has {
    cpu_mhz   = 4000
    memory_mb = 4096
    disk_mb   = 40000
    drivers   = ["exec", "raw_exec"]
  }

  watts {
    idle = 5
    busy = 10
  }
}

machine "phone" {
  zone = "shed"
  tier = "phone"

  has {
    cpu_mhz   = 2400
    memory_mb = 1024
    disk_mb   = 8000
    drivers   = ["raw_exec"]
  }

  watts {
    idle = 6
    busy = 9
  }
}
