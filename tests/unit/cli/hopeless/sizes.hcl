# What a machine must have enough of. Two machines, each better at something.

grid "sizes" {}

zone "attic" {}

machine "wide" {
  zone = "attic"

  has {
    cpu_mhz   = 4000
    memory_mb = 32768
    disk_mb   = 20000
    cores     = 4
    drivers   = ["docker", "exec"]
    devices   = ["intel/gpu/uhd"]
  }
}

machine "quick" {
  zone = "attic"

  has {
    cpu_mhz   = 16000
    memory_mb = 2048
    disk_mb   = 100000
    cores     = 8
    drivers   = ["exec"]
  }
}

service "fits" {
  driver "docker" {}

  resources {
    cpu    = 4000
    memory = 32768

    device "gpu" {
      count = 2 # how many of a device there are, definitions don't say

      constraint {
        attribute = "${device.attr.memory}"
        operator  = ">"
        value     = "1 GiB"
      }
    }
  }

  group {
    ephemeral_disk {
      size = 20000
    }
  }
}

service "memory" { # ? never-runs: not enough memory: asks 65536 MiB, the biggest that fits otherwise, wide, has 32768 MiB
  driver "exec" {}

  resources {
    memory = 65536
  }
}

service "cpu" { # ? never-runs: not enough CPU: asks 16001 MHz, the biggest that fits otherwise, quick, has 16000 MHz
  driver "exec" {}

  resources {
    cpu = 16001
  }
}

service "disk" { # ? never-runs: not enough disk: asks 200000 MiB
  driver "exec" {}

  group {
    ephemeral_disk {
      size = 200000
    }
  }
}

service "cores" { # ? never-runs: not enough cores to reserve: asks 9
  driver "exec" {}

  resources {
    cores = 9
  }
}

service "driver" { # ? never-runs: no machine has driver qemu
  driver "qemu" {}
}

service "device" { # ? never-runs: no machine has 1 of device nvidia/gpu
  driver "exec" {}

  resources {
    device "nvidia/gpu" {}
  }
}

service "both" { # ? never-runs: no machine that fits has room for all of it: quick has too little memory; wide has too little CPU
  driver "exec" {}

  resources {
    cpu    = 8000
    memory = 8192
  }
}

service "elsewhere" { # ? never-runs: not enough memory: asks 4096 MiB, the biggest that fits otherwise, quick, has 2048 MiB
  driver "exec" {}

  resources {
    memory = 4096
  }

  group {
    constraint {
      attribute = "${node.unique.name}"
      value     = "quick"
    }
  }
}

service "nightly" { # ? never-runs: no machine has driver podman
  type = "batch"

  driver "podman" {}

  job {
    periodic {
      crons = ["@daily"]
    }
  }
}

service "everywhere" { # ? never-runs: no machine has driver podman
  type = "system"

  driver "podman" {}
}

service "second-task" { # ? never-runs: not enough memory: asks 33068 MiB
  driver "exec" {}

  task "helper" {
    driver = "exec"

    resources {
      memory = 32768
    }
  }
}
