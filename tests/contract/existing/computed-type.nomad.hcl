variable "nightly" {
  default = true
}

job "computed-type" {
  type = var.nightly ? "batch" : "service"
  group "g" {
    task "t" {
      driver = "raw_exec"
      config {
        command = "true"
      }
    }
  }
}
