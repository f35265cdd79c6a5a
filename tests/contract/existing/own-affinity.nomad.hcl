job "own-affinity" {
  datacenters = ["home"]
  affinity {
    attribute = "${node.class}"
    operator  = "="
    value     = "fast"
    weight    = 80
  }
  group "a" {
    task "a" {
      driver = "docker"
      config { image = "redis:7" }
    }
  }
  group "b" {
    affinity {
      attribute = "${attr.cpu.arch}"
      regexp    = "^arm"
      weight    = -100
    }
    task "b" {
      driver = "docker"
      config { image = "redis:7" }
    }
  }
}
