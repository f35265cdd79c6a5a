uplink "home-fiber" {
  via = "city-ring"
}

uplink "city-ring" {}
