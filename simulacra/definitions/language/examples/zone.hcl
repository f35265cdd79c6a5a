zone "attic" {
  uplink  = "home-fiber"
  subnets = ["192.168.1.0/24"]
  rtt_ms  = { hosting = 12 }
}

zone "hosting" {}
