job "task-beside-group" {
  datacenters = ["home"]
  task "alone" {
    driver = "raw_exec"
    config { command = "true" }
  }
  group "together" {
    task "a" {
      driver = "raw_exec"
      config { command = "true" }
    }
    task "b" {
      driver = "raw_exec"
      config { command = "true" }
    }
  }
}
