job "dynamic" {
  dynamic "meta" { # ! `meta` must be a plain block or an attribute here
    for_each = [1]

    content {}
  }
}
