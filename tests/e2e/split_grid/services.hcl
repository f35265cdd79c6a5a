# Each sleeps for a day: what runs is seen by its process.

service "each-once" {
  zones = "each"

  driver "raw_exec" {
    command = "/bin/sleep"
    args    = ["86400"]
  }

  resources {
    cpu    = 20
    memory = 16
  }
}

service "each-twice" {
  zones     = "each"
  run_twice = true

  driver "raw_exec" {
    command = "/bin/sleep"
    args    = ["86400"]
  }

  resources {
    cpu    = 20
    memory = 16
  }
}

service "everywhere" {
  type = "system"

  driver "raw_exec" {
    command = "/bin/sleep"
    args    = ["86400"]
  }

  resources {
    cpu    = 20
    memory = 16
  }
}

service "lost" {
  # an empty block is as none: what isn't reached is lost at once

  driver "raw_exec" {
    command = "/bin/sleep"
    args    = ["86400"]
  }

  resources {
    cpu    = 20
    memory = 16
  }

  group {
    affinity {
      attribute = "${node.unique.name}"
      value     = "desk"
      weight    = 100
    }

    disconnect {}
  }
}

service "moves" {

  driver "raw_exec" {
    command = "/bin/sleep"
    args    = ["86400"]
  }

  resources {
    cpu    = 20
    memory = 16
  }

  group {
    affinity {
      attribute = "${node.unique.name}"
      value     = "desk"
      weight    = 100
    }

    disconnect {
      # a client whose own server is lost finds another one within 70 s: what is stopped sooner is stopped for nothing
      stop_on_client_after = "80s"
    }
  }
}

service "pair" {
  count     = 2
  run_twice = true

  driver "raw_exec" {
    command = "/bin/sleep"
    args    = ["86400"]
  }

  resources {
    cpu    = 20
    memory = 16
  }
}

service "single-once" {

  driver "raw_exec" {
    command = "/bin/sleep"
    args    = ["86400"]
  }

  resources {
    cpu    = 20
    memory = 16
  }

  group {
    affinity {
      attribute = "${node.unique.name}"
      value     = "desk"
      weight    = 100
    }
  }
}

service "single-twice" {
  run_twice = true

  driver "raw_exec" {
    command = "/bin/sleep"
    args    = ["86400"]
  }

  resources {
    cpu    = 20
    memory = 16
  }

  group {
    affinity {
      attribute = "${node.unique.name}"
      value     = "mini"
      weight    = 100
    }
  }
}
