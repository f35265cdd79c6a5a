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
