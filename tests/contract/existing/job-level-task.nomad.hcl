job "job-level-task" {
  datacenters = ["home"]

  task "alone" {
    driver = "docker"
    config {
      image = "redis:7"
    }
    resources {
      cpu    = 100
      memory = 64
    }
  }
}
