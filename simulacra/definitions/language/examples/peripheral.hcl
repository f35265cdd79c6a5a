peripheral "printer" {
  zone     = "attic"
  address  = "192.168.1.50" # or "printer.lan", "printer.local", or a MAC address
  replicas = 2

  port "web" {
    number      = 443
    protocol    = "https"
    fingerprint = "5f:3c:9a:01:7e:22:b4:6d:88:0f:91:e3:4a:c7:56:1d:fe:20:73:b9:08:d5:6c:3e:a1:94:47:eb:12:60:8f:cd"
  }

  port "raw" {
    number = 9100
    listen = 9100
  }

  check {
    port  = "raw"
    every = "10s"
  }

  allow {
    services = ["wiki"]
    zones    = ["attic"]
  }

  wake "lan" {
    mac = "52:54:00:a7:1c:02"
  }
}
