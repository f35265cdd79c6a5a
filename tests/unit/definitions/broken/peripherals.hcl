grid "peripherals" {}

zone "attic" {}

zone "cellar" {}

zone "on-nas" {}

zone "z35" {}

zone "z105" {}

zone "a-zone-whose-name-is-longer-than-most-people-would-care-to-type" {}

machine "nas" {
  zone = "attic"
}

machine "pi" {
  zone = "on-nas"
}

machine "mini" {
  zone = "cellar"
}

service "web" {
  driver "raw_exec" {
    command = "true"
  }

  port "http" {
    static = 12000
  }
}

service "proxy-cellar" {
  driver "raw_exec" {
    command = "true"
  }
}

service "lamp-log" {
  driver "raw_exec" {
    command = "true"
  }

  port "web" {}
}

peripheral "nowhere" { # ! lacks `zone` (or `machines`)
  address = "192.168.1.1"
}

peripheral "elsewhere" {
  zone    = "atic" # ! Did you mean 'attic'?
  address = "192.168.1.2"
}

peripheral "alone" {
  machines = ["nas"]
  address  = "192.168.1.3"
  replicas = 2 # ! 2 replicas need as many machines, and 1 reach it
}

peripheral "contrary" {
  zone     = "attic"
  machines = ["mini"] # ! machine "mini" is in zone "cellar", not in "attic"
  address  = "192.168.1.4"
}

peripheral "mistyped" {
  zone    = "attic"
  address = "192.168.1.300" # ! isn't an IP address, a host name or a MAC address
}

peripheral "with-a-port" {
  zone    = "attic"
  address = "printer.lan:631" # ! isn't an IP address, a host name or a MAC address
}

peripheral "everybody" {
  zone    = "attic"
  address = "224.0.0.251" # ! isn't the address of one device
}

peripheral "link-local" {
  zone    = "attic"
  address = "fe80::1" # ! isn't the address of one device
}

peripheral "broadcast" {
  zone    = "attic"
  address = "FF-FF-FF-FF-FF-FF" # ! isn't the address of one network card
}

peripheral "shown-wrongly" {
  zone    = "attic"
  address = "192.168.1.6"

  port "web" {
    number      = 443
    protocol    = "https"
    fingerprint = "sha256:00:11" # ! 32 pairs of hexadecimal digits
  }
}

peripheral "shown-in-vain" {
  zone    = "attic"
  address = "192.168.1.7"

  port "web" {
    number      = 443
    fingerprint = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff" # ! is for `protocol = "https"`, not "tcp"
  }
}

peripheral "wrapped" {
  zone    = "attic"
  address = "192.168.1.8"

  port "time" {
    number   = 123
    protocol = "udp"
    tls      = true # ! can't be put around "udp"
  }
}

peripheral "asked" {
  zone    = "attic"
  address = "192.168.1.9"

  port "web" {
    number = 80
  }

  check {
    path = "/status" # ! is for `type = "http"`, not "tcp"
  }
}

peripheral "asked-oddly" {
  zone    = "attic"
  address = "192.168.1.10"

  port "web" {
    number = 80
  }

  check {
    type = "http"
    path = "/a b" # ! isn't a path
  }
}

peripheral "asked-elsewhere" {
  zone    = "attic"
  address = "192.168.1.11"

  port "web" {
    number = 80
  }

  port "time" {
    number   = 123
    protocol = "udp"
  }

  check {
    port = "time" # ! there is no port "time" that can be looked at: it takes "web"
  }
}

peripheral "asked-in-vain" {
  zone    = "attic"
  address = "192.168.1.12"

  port "time" {
    number   = 123
    protocol = "udp"
  }

  check { # ! has no port that can be looked at
  }
}

peripheral "by-its-card" {
  zone    = "attic"
  address = "52:54:00:a7:1c:01" # ! is found out for connections only, and "time" is udp

  port "time" {
    number   = 123
    protocol = "udp"
  }
}

peripheral "by-its-call" {
  zone    = "attic"
  address = "clock.local" # ! is found out for connections only, and "time" is udp

  port "time" {
    number   = 124
    protocol = "udp"
  }
}

peripheral "fast-asleep" {
  zone    = "attic"
  address = "192.168.1.13"

  port "time" {
    number   = 123
    protocol = "udp"
  }

  wake "lan" { # ! a connection wakes it, and it has no port that takes one
    mac = "52:54:00:a7:1c:02"
  }
}

peripheral "secret" {
  zone    = "attic"
  address = "192.168.1.27"

  port "web" {
    number = 80
  }

  wake "lan" {
    mac      = "52:54:00:a7:1c:03"
    secureon = "01:02:03:04:05:06" # ! would stand in the job of its proxy
  }
}

peripheral "guarded" {
  zone    = "attic"
  address = "192.168.1.14"

  port "web" {
    number = 80
  }

  allow {
    services = ["wbe"]   # ! Did you mean 'web'?
    zones    = ["atitc"] # ! Did you mean 'attic'?
  }
}

peripheral "in-the-cellar" { # ! its proxy's job would be called "proxy-cellar", as the service at
  zone    = "cellar"
  address = "192.168.1.15"

  port "web" {
    number = 80
  }
}

peripheral "on-the-nas" {
  machines = ["nas"]
  address  = "192.168.1.16"

  port "web" {
    number = 80
  }
}

peripheral "by-the-zone" { # ! its proxy's job would be called "proxy-on-nas", as that of peripheral "on-the-nas" at
  zone    = "on-nas"
  address = "192.168.1.17"

  port "web" {
    number = 80
  }
}

peripheral "first" {
  zone    = "attic"
  address = "192.168.1.18"

  port "web" {
    number = 80
    listen = 12001
  }
}

peripheral "second" {
  zone    = "attic"
  address = "192.168.1.19"

  port "web" { # ! would be 12001 on the overlay, as port "web" of peripheral "first" is: give it another, `listen = 10000`
    number = 80
    listen = 12001
  }

  port "also" { # ! would be 12000 on the overlay, as port "http" of service "web" is
    number = 81
    listen = 12000
  }
}

peripheral "device-31" {
  zone    = "attic"
  address = "192.168.1.22"

  port "web" { # ! would be 16675 on the overlay, as port "web" of peripheral "device-142" is
    number = 80
  }
}

peripheral "device-142" {
  zone    = "attic"
  address = "192.168.1.23"

  port "web" {
    number = 80
  }
}

peripheral "in-z35" { # ! the health of proxy-z35 would be 17602 on the overlay, as the health of proxy-z105 is
  zone    = "z35"
  address = "192.168.1.24"

  port "web" {
    number = 80
  }
}

peripheral "in-z105" {
  zone    = "z105"
  address = "192.168.1.25"

  port "web" {
    number = 80
  }
}

peripheral "far" {
  zone    = "a-zone-whose-name-is-longer-than-most-people-would-care-to-type" # ! is too long: shorten the zone's name
  address = "192.168.1.26"

  port "web" {
    number = 80
  }
}

peripheral "lamp" {
  zone    = "attic"
  address = "192.168.1.20"

  port "web" {
    number = 80
  }

  port "log" { # ! would be "lamp-log" in Nomad's service catalog, as one of service "lamp-log" is
    number = 81
  }
}

peripheral "web" { # ! a service of that name is defined at
  zone    = "attic"
  address = "192.168.1.21"
}
