job "metas" {
  meta {}

  meta { # ! `meta` is already there, at line 2
    a = "b"
  }
}
