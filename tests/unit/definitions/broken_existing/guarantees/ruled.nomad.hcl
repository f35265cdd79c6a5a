job "ruled" {
  constraint { # ! a constraint on the zone stands here, and the definition asks for `zones`
    attribute = "${meta.simulacra_zone}"
    value     = "attic"
  }

  group "ruled" {
    dynamic "constraint" { # ! a constraint on the zone stands here
      for_each = ["attic"]

      content {
        attribute = "${meta.simulacra_zone}"
        value     = constraint.value
      }
    }
  }
}
