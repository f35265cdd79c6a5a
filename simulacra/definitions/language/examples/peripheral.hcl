peripheral "printer" {
  zone    = "attic"
  address = "192.168.1.50"

  port "ipp" {
    number   = 631
    protocol = "http"
  }
}
