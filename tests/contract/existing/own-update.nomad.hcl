job "own-update" {
  datacenters = ["home"]

  update {
    max_parallel = 2
  }

  group "blue" {
    count = 2
    update {
      max_parallel     = 1
      min_healthy_time = "30s"
      health_check     = "task_states"
    }
    task "t" {
      driver = "raw_exec"
      config {
        command = "sleep"
        args    = ["infinity"]
      }
    }
  }

  group "green" {
    task "t" {
      driver = "raw_exec"
      config {
        command = "sleep"
        args    = ["infinity"]
      }
    }
  }
}
