job "everywhere" {
  type = "system"

  group "everywhere" {
    constraint { # ! a constraint on the zone stands here
      attribute = "${meta.simulacra_zone}"
      value     = "attic"
    }
  }
}
