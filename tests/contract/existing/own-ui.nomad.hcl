job "own-ui" {
  datacenters = ["home"]
  ui {
    description = "A **bold** thing, with `ui { }` in its words"
    link {
      label = "Docs"
      url   = "https://wiki.example/own-ui"
    }
    link {
      label = "Chat"
      url   = "https://chat.example/own-ui"
    }
  }
  group "g" {
    task "t" {
      driver = "docker"
      config { image = "nginx:1.27" }
    }
  }
}
