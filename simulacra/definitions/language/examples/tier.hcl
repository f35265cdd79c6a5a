tier "server" {
  rank = 30

  match {
    memory_mb = 2048
    drivers   = ["docker"]
    mains     = true

    attribute "cpu.arch" {
      operator = "set_contains_any"
      value    = "amd64,arm64"
    }
  }
}
