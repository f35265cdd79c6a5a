# What a cable cut takes away: the house and the office hang on the same ring, each by a line of its own.

uplink "city-ring" {}

uplink "home-fiber" {
  via = "city-ring"
}

uplink "office-dsl" {
  via = "city-ring"
}

uplink "datacenter" {}

zone "attic" {
  uplink  = "home-fiber"
  subnets = ["192.168.1.0/24"] # machines not defined here join the zone by their LAN address
}

zone "office" {
  uplink  = "office-dsl"
  subnets = ["192.168.7.0/24"]
}

zone "hosting" {
  uplink = "datacenter"
}
