# For the lab's devices: two zones of one subnet, each with a device at the same address, and what devices can be.

grid "devices" {}

zone "attic" {
  subnets = ["192.168.1.0/24"]
}

zone "office" {
  subnets = ["192.168.1.0/24"] # as many a home has it
}

machine "nas" {
  zone         = "attic"
  never_sleeps = true

  has {
    cpu_mhz   = 2000
    memory_mb = 1024
    drivers   = ["raw_exec"]
  }
}

machine "tower" {
  zone = "attic"

  has {
    cpu_mhz   = 2000
    memory_mb = 1024
    drivers   = ["raw_exec"]
  }
}

machine "mini" {
  zone = "office"

  has {
    cpu_mhz   = 2000
    memory_mb = 1024
    drivers   = ["raw_exec"]
  }
}

machine "desk" {
  zone = "office"

  has {
    cpu_mhz   = 2000
    memory_mb = 1024
    drivers   = ["raw_exec"]
  }
}
