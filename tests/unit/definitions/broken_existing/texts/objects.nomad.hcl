job "objects" {
  meta = { simulacra_grid = "mine" } # ! own mark
}
