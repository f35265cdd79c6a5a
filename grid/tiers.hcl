# A higher rank can do all that a lower one can. A machine is of the highest tier whose match holds, unless its
# definition says otherwise.

tier "phone" {
  rank = 10

  match {
    memory_mb = 256
  }
}

tier "laptop" {
  rank = 20

  match {
    cpu_mhz   = 4000
    memory_mb = 1024
    drivers   = ["exec"]
  }
}

tier "server" {
  rank        = 30
  description = "Stays where it is and has room for services"

  match {
    cpu_mhz   = 6000
    memory_mb = 2048
    drivers   = ["exec", "java"]
  }
}

tier "hypervisor" {
  rank        = 40
  description = "Runs virtual machines"

  match {
    memory_mb = 16384

    attribute "driver.qemu" {
      operator = "is_set"
    }
  }
}
