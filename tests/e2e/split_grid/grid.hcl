# Three zones, two of them behind one uplink, and a service of each kind that fares differently when a cable is cut.

grid "split" {
  timezone = "Europe/Amsterdam"
}

uplink "street" {}

zone "attic" {
  uplink = "street"
}

zone "shed" {
  uplink = "street"
}

zone "office" {}

tier "server" {
  rank = 20

  match {
    memory_mb = 512
  }
}
