peripheral "printer" {
  description = "Two machines serve it, so that one may go without a word."
  zone        = "attic"
  address     = "192.168.1.50"
  replicas    = 2

  port "web" {
    number   = 80
    protocol = "http"
  }

  port "raw" {
    number = 9100
  }

  check {
    type  = "http"
    path  = "/"
    every = "1s"
  }
}

peripheral "lamp" {
  zone    = "attic"
  address = "192.168.1.60"

  port "say" {
    number   = 5683
    protocol = "udp"
  }

  port "web" {
    number   = 80
    protocol = "http"
  }
}

peripheral "camera" {
  zone    = "attic"
  address = "192.168.1.61"

  port "web" {
    number   = 443
    protocol = "https"
  }
}

peripheral "safe" {
  description = "Only the office may use it."
  zone        = "attic"
  address     = "192.168.1.62"

  port "web" {
    number   = 80
    protocol = "http"
  }

  allow {
    zones = ["office"]
  }
}

peripheral "tv" {
  description = "It sleeps until somebody wants it."
  zone        = "attic"
  address     = "192.168.1.63"

  port "web" {
    number   = 80
    protocol = "http"
  }

  wake "lan" {
    mac = "52:54:00:00:63:01"
  }
}

peripheral "scanner" {
  description = "Another LAN, the same address."
  zone        = "office"
  address     = "192.168.1.50"

  port "web" {
    number   = 80
    protocol = "http"
  }
}
