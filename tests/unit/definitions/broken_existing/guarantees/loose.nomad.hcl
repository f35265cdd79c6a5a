job "loose" {
  task "loose" {
    driver = "docker"
  }
}
