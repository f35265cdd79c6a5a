job "own-spread" {
  datacenters = ["home", "office"]
  group "web" {
    count = 4
    spread {
      attribute = "${node.datacenter}"
      target "home" { percent = 75 }
      target "office" { percent = 25 }
    }
    spread {
      attribute = "${meta.rack}"
      weight    = 30
    }
    task "web" {
      driver = "docker"
      config { image = "nginx:1.27" }
    }
  }
  group "plain" {
    count = 2
    task "plain" {
      driver = "docker"
      config { image = "nginx:1.27" }
    }
  }
}
