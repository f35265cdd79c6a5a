grid "guarantees" {}

zone "attic" {}

zone "office" {}

machine "tower" {
  zone = "attic"
}

machine "desk" {
  zone = "office"
}

service "three-zones" {
  zones = 3 # ! machines stand in 2 zones only

  driver "docker" {}
}

service "uneven" {
  zones = "each"
  count = 3 # ! can't be shared out evenly over 2 zones

  driver "docker" {}
}

service "canary" {
  zones = "each"

  driver "docker" {}

  group {
    update {
      max_parallel = 1
      canary       = 1 # ! canaries can't be placed
    }
  }
}

service "everywhere" {
  type  = "system"
  count = 2 # ! runs on every machine that fits: remove `count`

  driver "raw_exec" {}
}

service "work" {
  type  = "batch"
  moves = "any" # ! batch work is never moved

  driver "raw_exec" {}
}

service "nightly" {
  driver "raw_exec" {}

  job { # ! write `type = "batch"`
    periodic {
      crons = ["@daily"]
    }
  }
}

service "nothing" { # ! has nothing to run
}

service "own-keys" {
  driver "docker" {}

  resources {
    memory = 100
  }

  job {
    type     = "batch" # ! is simulacra's own key
    priority = 10      # ! is simulacra's own key
  }

  group {
    count = 3 # ! is simulacra's own key
  }

  task "own-keys" {
    driver = "docker" # ! stands in the block `driver "docker"` already

    resources { # ! stands in the service's block `resources` already
      cpu = 1
    }
  }
}

service "two-wishes" {
  run_twice = true

  driver "docker" {}

  group {
    disconnect { # ! both `run_twice` and a `disconnect` of its own
      replace = false
    }
  }
}

service "marked" {
  driver "docker" {}

  job {
    meta {
      simulacra_grid = "other" # ! simulacra's own mark
    }
  }
}

service "elsewhere" {
  zones = ["attic", "cellar"] # ! nothing stands in zone "cellar"

  driver "docker" {}
}

zone "cellar" {}

service "dynamic-canary" {
  zones = "each"

  driver "docker" {}

  group {
    dynamic "update" {
      for_each = ["a"]

      content {
        canary = 1 # ! canaries can't be placed
      }
    }
  }
}

service "callable" {
  driver "raw_exec" {}

  job { # ! a parameterized job is batch work
    parameterized {}
  }
}

service "others-only" { # ! has nothing to run
  job {
    group "other" {
      task "it" {
        driver = "raw_exec"
      }
    }
  }
}

service "named" {
  driver "raw_exec" {}

  job {
    id   = "other" # ! its job is named as the service is: remove `id`
    name = "other" # ! remove `name`

    group "named" { # ! its own group has that name
    }
  }
}

service "twice" {
  driver "raw_exec" {}

  task "helper" {
    driver = "raw_exec"
  }

  group {
    task "helper" { # ! stands in the service too
      driver = "raw_exec"
    }
  }
}

service "system-wishes" {
  type = "system"

  driver "raw_exec" {}

  job {
    spread { # ! Nomad takes no `spread` in a system job
      attribute = "${node.datacenter}"
    }
  }

  group {
    dynamic "affinity" { # ! Nomad takes no `affinity` in a system job
      for_each = []
      content {}
    }
  }
}

service "batch-wishes" {
  type = "batch"

  driver "raw_exec" {}

  group {
    stop_after_client_disconnect = "5m" # ! Nomad ignores `stop_after_client_disconnect`

    update { # ! Nomad takes no `update` in a batch job
      max_parallel = 1
    }
  }
}

service "labels" {
  driver "raw_exec" {}

  job {
    dynamic "meta" { # ! must be a plain block
      for_each = ["a"]

      content {
        a = "b"
      }
    }
  }

  group {
    network "overlay" { # ! must be a plain block
    }
  }

  task "a/b" { # ! can't hold a slash
    driver = "raw_exec"
  }

  task "é" { # ! isn't in Unicode normal form C
    driver = "raw_exec"
  }
}

service "ports" {
  driver "raw_exec" {}

  port "a" {
    static = 80
  }

  port "b_c" { # ! takes 80 on the machine already
    static = 80
  }

}

service "talkative" {
  description = "ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd" # ! at most 1000 bytes

  driver "raw_exec" {}
}

service "a-service-of-which-the-name-is-quite-long" {
  driver "raw_exec" {}

  port "http" {}

  port "a_port_with_a_rather_long_name" {} # ! which takes 63 characters
}

service "web" {
  driver "raw_exec" {}

  port "http" {}

  port "admin" {} # ! as one of service "web-admin" is
}

service "web-admin" {
  driver "raw_exec" {}

  port "http" {}
}
