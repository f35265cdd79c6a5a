machine "tower" {
  zone        = "attic"
  after       = ["nas"]
  quiet_hours = ["23:00-07:00"]
  boot_time   = "90s"

  has {
    cpu_mhz   = 28000
    memory_mb = 65536
    disk_mb   = 500000
    drivers   = ["docker", "exec", "qemu"]
    devices   = ["nvidia/gpu/1080ti"]
  }

  watts {
    idle   = 60
    busy   = 180
    asleep = 1.5
  }

  wake "lan" {
    mac = "52:54:00:12:34:56"
  }

  sleep {
    method     = "suspend"
    busy_ports = [22, 445]
  }
}

machine "nas" {
  zone   = "attic"
  server = true

  wake "command" {
    command = ["/usr/bin/ipmitool", "-H", "nas-bmc", "chassis", "power", "on"]
  }
}
