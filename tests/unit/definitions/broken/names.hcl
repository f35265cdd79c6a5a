grid "names" {
  mood = "observe" # ! Did you mean 'mode'?
}

grid "second" {} # ! there is a grid already

uplink "a" {
  via = "b" # ! goes in a circle: a → b → a
}

uplink "b" {
  via = "a"
}

uplink "c" {}

uplink "c" {} # ! uplink "c": an uplink of that name is defined at

zone "attic" {
  uplink = "fibre" # ! there is no uplink "fibre"
}

zone "attic" {} # ! a zone of that name is defined at

tier "server" { # ! lacks `rank`
  match {
  }
}

tier "phone" {
  rank = 10
}

machine "tower" {
  zone  = "atic"   # ! Did you mean 'attic'?
  tier  = "sever"  # ! Did you mean 'server'?
  after = ["nas"]
}

machine "nas" {
  zone  = "attic"
  after = ["tower"] # ! goes in a circle: nas → tower → nas

  wake "lan" {
    mac = "aa:bb:cc:dd:ee:ff"
  }
}

machine "pi" {
  zone = "attic"

  wake "lan" {
    mac = "AA-BB-CC-DD-EE-FF" # ! has the MAC address aa:bb:cc:dd:ee:ff of machine "nas"
  }
}

machine "mini" {
  zone  = "attic"
  after = ["tower", "tower"] # ! twice

  has {
    cpu_mhz   = 1
    memory_mb = 1
  }

  has { # ! is already there, at line
    cpu_mhz   = 1
    memory_mb = 1
  }
}

machin "typo" { # ! Did you mean 'machine'?
}

service "blog" {
  tier  = "phones" # ! Did you mean 'phone'?
  zones = ["attic", "cellar"] # ! there is no zone "cellar"

  constraint { # ! It is Nomad's own: put it into `group { }`
    attribute = "x"
  }

  env { # ! put it into `task "blog" { }`
    A = "b"
  }

  memory = 64     # ! `memory` isn't a key of service "blog". A key of that name stands in `resources { }`.
  static = 80     # ! A key of that name stands in `port "…" { }`.
  group  = "blog" # ! is a block: `simulacra reference group` shows how it is written
  needs  = "wiki" # ! is a block: write `needs { … }`

  driver "docker" {}

  needs {
    services = ["jenkin"] # ! there is no service "jenkin"

    tier "servers" { # ! there is no tier "servers"
    }
  }
}

service "wiki" {
  needs {
    services = ["wiki"] # ! goes in a circle: wiki → wiki
  }

  driver "docker" {}
}

service "simulacra-node" { # ! the grid itself runs a job of that name
  driver "docker" {}
}

peripheral "blog" { # ! a service of that name is defined at
  zone    = "attic"
  address = "192.168.1.50"
}

peripheral "printer" { # ! lacks `zone`
  address = "192.168.1.50"
}

peripheral "scanner" {
  zone    = "attic"
  address = "192.168.1.52"

  port "web" { # ! lacks `number`
  }
}

peripheral "camera" { # ! lacks `zone` (or `machines`)
  address = "192.168.1.51"
}

service "a b" { # ! the name of this `service`: "a b" isn't a name of lower case letters
  tier = "sever" # ! service "a b": there is no tier "sever". Did you mean 'server'?

  driver "docker" {}
}

machine "wakes" {
  zone = "attic"
  mac  = "aa:bb:cc:dd:ee:f0" # ! isn't a key of machine "wakes". A key of that name stands in `wake "lan" { }`.
}
