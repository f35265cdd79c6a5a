# What can't join the grid, and is reached through a machine that can.

peripheral "printer" {
  zone        = "attic"
  address     = "192.168.1.50"
  description = "The laser printer on the landing"

  port "ipp" {
    number   = 631
    protocol = "http" # as IPP is
  }
}

peripheral "thermostat" {
  machines = ["nas"] # it hangs on the second network card of the nas
  address  = "192.168.1.60"

  port "web" {
    number   = 80
    protocol = "http"
  }
}
