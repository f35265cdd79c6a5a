grid "values" {
  mode     = "watch"      # ! "watch" isn't one of "observe", "act"
  timezone = "Amsterdam"  # ! isn't a time zone

  nomad {
    address = "somewhere" # ! isn't an address
  }

  electricity {
    price_per_kwh = -1     # ! out of range
    currency      = "euro" # ! isn't a currency's code
  }
}

zone "attic" {
  subnets = ["192.168.1.7/24"] # ! did you mean "192.168.1.0/24"
}

tier "server" {
  rank = 1.5 # ! takes a whole number

  match {
    memory_mb = "much" # ! takes a whole number

    attribute "cpu.arch" { # ! lacks `value`
      operator = "="
    }

    attribute "driver.qemu" {
      operator = "is_set"
      value    = "1" # ! has no meaning
    }

    attribute "os.name" {
      operator = "like" # ! isn't one of
      value    = "debian"
    }

    attribute "os.version" {
      operator = "regexp"
      value    = "(" # ! isn't a regular expression
    }
  }
}

machine "tower" {
  zone         = "attic"
  quiet_hours  = ["23:00-25:00"] # ! isn't hours of local time
  never_sleeps = "yes"           # ! takes true or false
  boot_time    = "soon"          # ! takes a duration
  address      = "tower.local"   # ! isn't an IP address

  has { # ! lacks `memory_mb`
    cpu_mhz = 0 # ! out of range
    drivers = "docker" # ! put it in brackets
  }

  watts {
    idle = 60
    busy = "lots" # ! takes a number
  }

  wake "lan" {
    mac  = "aa:bb:cc:dd:ee"  # ! isn't a MAC address
    port = 70000             # ! out of range
  }

  sleep { # ! lacks `command`
    method = "command"
  }
}

machine "printer server" { # ! the name of this `machine`
  zone = "attic"
}

machine "nas" {
  zone = "attic"

  wake "lan" {
    mac = "01:00:5e:00:00:01" # ! isn't the address of one network card
  }
}

machine "pi" {
  zone = "attic"

  wake "bell" { # ! `wake "lan" {` or `wake "command" {`
  }
}

machine "old" {
  zone = null # ! takes the name of a zone, not null

  wake "command" {
    command = [] # ! empty list
  }
}

cloud "burst" {
  provider       = "EC2"
  zone           = "attic"
  tier           = "server"
  sizes          = []  # ! empty list
  image          = "x"
  max            = -1 # ! out of range
  monthly_budget = -3 # ! out of range
}

service "Blog" { # ! the name of this `service`
  driver "docker" {}
}

service "wiki" {
  zones    = "attic" # ! for a single zone write ["attic"]
  moves    = "sometimes" # ! isn't one of
  priority = 101 # ! out of range

  driver "docker" {}

  resources {
    memory = 0   # ! out of range
    memroy = 100 # ! Did you mean 'memory'?
  }

  port "http-8080" { # ! a port's name
    to = 80
  }

  port "web" {
    check { # ! lacks `type`
      path = "/"
    }
  }

  link "docs" {
    url = "not an address" # ! isn't an address
  }
}

service "composed" {
  image   = "caddy:2"   # ! `image` isn't a key of service "composed". It is Nomad's own: put it into `driver "<the task driver's name>" { }`
  ports   = ["80:80"]   # ! Did you mean the block 'port'? (`simulacra reference port` shows how it is written)
  volumes = ["/a:/b"]   # ! put it into `driver "<the task driver's name>" { }`
  zone    = "attic"     # ! Did you mean 'zones'?
}

machine "odd-digits" {
  zone        = "attic"
  boot_time   = "٣s"            # ! takes a duration
  quiet_hours = ["٢٣:00-07:00"] # ! isn't hours of local time
  tier        = "a\nb\u001b"    # ! there is no tier "a\nb\u001b"
  description = false           # ! takes a string, not false
}

service "greedy" {
  driver "raw_exec" {}

  resources {
    cpu   = 100
    cores = 1 # ! takes the place of `cpu`
  }
}

service "tight" {
  driver "raw_exec" {}

  resources {
    memory_max = 200 # ! is less than `memory` (300, what Nomad takes
  }
}

service "tiny" {
  driver "raw_exec" {}

  resources {
    memory = 9 # ! from 10 to
  }

  port "http_" {} # ! isn't a port's name
}

machine "upside-down" {
  zone = "attic"

  watts {
    idle = 60
    busy = 50 # ! is less than `idle` (60 W)
  }
}

machine "restless" {
  zone = "attic"

  watts {
    idle   = 5
    busy   = 50
    asleep = 6 # ! is more than `idle` (5 W)
  }
}

service "wrapped" {
  driver "raw_exec" {}

  config { # ! put it into `driver "<the task driver's name>" { }`
    command = "/bin/true"
  }
}
