# The example grid: a house, an office and a rented server. It is documentation, the demo and test data at once.
# `simulacra init` writes a first set of files for a grid of your own.

grid "example" {
  mode        = "observe" # plans, logs and explains, but touches nothing; "act" when its owner trusts it
  timezone    = "Europe/Amsterdam"
  description = "A house, an office and a rented server"

  electricity {
    price_per_kwh = 0.31
    currency      = "EUR"
  }
}
