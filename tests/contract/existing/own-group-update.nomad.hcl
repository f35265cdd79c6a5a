job "own-group-update" {
  datacenters = ["home"]
  group "api" {
    count = 3
    update {
      max_parallel      = 1
      canary            = 1
      auto_promote      = true
      auto_revert       = true
      healthy_deadline  = "5m"
      progress_deadline = "10m"
    }
    task "api" {
      driver = "docker"
      config {
        image = "registry.example/api:7"
      }
    }
  }
  group "worker" {
    count = 2
    task "worker" {
      driver = "docker"
      config {
        image   = "registry.example/api:7"
        command = "work"
      }
    }
  }
}
