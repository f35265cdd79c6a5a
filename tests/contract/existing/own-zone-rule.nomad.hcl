job "own-zone-rule" {
  datacenters = ["home"]
  group "here" {
    constraint {
      attribute = "${meta.simulacra_zone}"
      value     = "attic"
    }
    task "t" {
      driver = "raw_exec"
      config {
        command = "true"
      }
    }
  }
}
