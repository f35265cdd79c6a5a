variable "meta" {
  type = map(string)
}
job "meta-variable" {
  datacenters = ["home"]
  meta        = var.meta
  group "g" {
    task "t" {
      driver = "raw_exec"
      config {
        command = "true"
      }
    }
  }
}
