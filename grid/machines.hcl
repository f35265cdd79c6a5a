# attic: a small server that is always on, the big machine that sleeps, and an old phone with Linux on it.

machine "nas" {
  zone         = "attic"
  server       = true
  never_sleeps = true

  has {
    cpu_mhz   = 8000
    memory_mb = 4096
    disk_mb   = 200000
    cores     = 4
    drivers   = ["exec", "raw_exec", "java"]
  }

  watts {
    idle = 12
    busy = 25
  }
}

machine "tower" {
  zone        = "attic"
  tier        = "hypervisor"    # pinned: it counts as one also where qemu isn't installed, as in the lab
  after       = ["nas"]         # its disks are on the nas
  quiet_hours = ["23:00-07:00"] # its fans wake the house
  boot_time   = "90s"

  has {
    cpu_mhz   = 28000
    memory_mb = 65536
    disk_mb   = 500000
    cores     = 8
    drivers   = ["exec", "raw_exec", "java", "qemu"]
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

machine "phone" {
  zone        = "attic"
  description = "An old phone with postmarketOS"

  has {
    cpu_mhz   = 4800
    memory_mb = 768
    disk_mb   = 8000
    cores     = 4
    drivers   = ["raw_exec"]
  }

  watts {
    idle = 1
    busy = 4
  }
}

# office: a small server, a desktop and a laptop that comes and goes.

machine "mini" {
  zone         = "office"
  server       = true
  never_sleeps = true

  has {
    cpu_mhz   = 8000
    memory_mb = 4096
    disk_mb   = 100000
    cores     = 4
    drivers   = ["exec", "raw_exec", "java"]
  }

  watts {
    idle = 9
    busy = 22
  }
}

machine "desk" {
  zone      = "office"
  boot_time = "45s"

  has {
    cpu_mhz   = 16000
    memory_mb = 16000
    disk_mb   = 250000
    cores     = 6
    drivers   = ["exec", "raw_exec", "java"]
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

machine "laptop" {
  zone = "office"
  tier = "laptop" # it could count as more, but it is carried away

  has {
    cpu_mhz   = 9600
    memory_mb = 8192
    disk_mb   = 50000
    cores     = 4
    drivers   = ["exec", "raw_exec", "java"]
  }

  watts {
    idle = 6
    busy = 28
  }
}

# hosting: a rented server, and more of them when there is too much work.

machine "vps" {
  zone         = "hosting"
  server       = true
  never_sleeps = true

  has {
    cpu_mhz   = 6000
    memory_mb = 2048
    disk_mb   = 40000
    cores     = 2
    drivers   = ["exec", "raw_exec", "java"]
  }

  watts {
    idle = 0 # somebody else's electricity
    busy = 0
  }
}

cloud "burst" {
  provider       = "EC2"
  region         = "eu-west-1"
  zone           = "hosting"
  tier           = "server"
  sizes          = ["t3.small", "t3.medium"]
  image          = "ami-03cf127a"
  max            = 3
  monthly_budget = 20
  peers          = ["tls://vps.example.org:9001"] # where a new server finds the overlay
}
