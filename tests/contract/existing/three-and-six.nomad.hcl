job "three-and-six" {
  datacenters = ["home"]
  type        = "batch"
  group "three" {
    count = 3
    task "t" {
      driver = "raw_exec"
      config {
        command = "true"
      }
    }
  }
  group "six" {
    count = 6
    task "t" {
      driver = "raw_exec"
      config {
        command = "true"
      }
    }
  }
}
