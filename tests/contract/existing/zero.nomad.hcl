job "zero" {
  datacenters = ["home"]
  group "parked" {
    count = 0
    task "t" {
      driver = "raw_exec"
      config {
        command = "true"
      }
    }
  }
}
