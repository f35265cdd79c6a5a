variable "meta" {
  type    = map(string)
  default = null
}
job "meta-null" {
  meta = var.meta
  group "g" {
    task "t" {
      driver = "raw_exec"
      config {
        command = "true"
      }
    }
  }
}
