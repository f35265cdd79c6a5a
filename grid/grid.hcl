# The example grid: a house, an office and a rented server. It is documentation, the demo and test data at once.
# `simulacra init` writes a first set of files for a grid of your own.

grid "example" {
  mode        = "observe" # plans, logs and explains, but touches nothing; "act" when its owner trusts it
  timezone    = "Europe/Amsterdam"
  description = "A house, an office and a rented server"

  nomad {
    servers = ["200:c0de:1::1", "200:c0de:2::1", "200:c0de:3::1"] # whom a machine that joins asks; NOMAD_ADDR says whom commands ask
  }

  electricity {
    price_per_kwh = 0.31
    currency      = "EUR"
  }
}
