job "unknown" {
  dynamic "group" {
    for_each = ["a"]

    content {}
  }
}
