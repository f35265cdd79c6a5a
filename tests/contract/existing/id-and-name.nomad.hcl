job "label" {
  id          = "id-and-name"
  name        = "What people see"
  datacenters = ["home"]
  group "g" {
    task "t" {
      driver = "raw_exec"
      config {
        command = "true"
      }
    }
  }
}
