job "beside" {
  group "beside" {
  }

  task "bare" {
    driver = "docker"
  }
}
