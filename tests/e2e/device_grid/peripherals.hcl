peripheral "printer" {
  zone    = "attic"
  address = "192.168.1.50"

  port "web" {
    number   = 80
    protocol = "http"
  }

  port "raw" {
    number = 9100
  }
}

peripheral "plotter" {
  zone    = "office"
  address = "192.168.1.50"

  port "web" {
    number   = 80
    protocol = "http"
  }
}

peripheral "sensor" {
  machines = ["tower"]
  address  = "10.20.30.40" # in a subnet of its own, on the same cable

  port "readings" {
    number   = 5683
    protocol = "udp"
  }
}

peripheral "camera" {
  zone    = "attic"
  address = "fd12:3456::9"

  port "web" {
    number   = 443
    protocol = "https"
  }
}

peripheral "amplifier" {
  zone    = "office"
  address = "amplifier.local"

  port "web" {
    number   = 8080
    protocol = "http"
  }

  wake "lan" {
    mac = "52:54:00:de:71:ce"
  }
}
