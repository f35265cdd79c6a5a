job "marked" {
  meta = {
    # simulacra_grid may stand in a comment
    "simulacra_grid" = "mine" # ! simulacra's own mark
  }

  group "marked" {}
}
