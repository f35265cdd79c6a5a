variables {
  prod = true
}
job "meta-conditional" {
  meta = var.prod ? { stage = "prod" } : { stage = "test" }
  group "g" {
    task "t" {
      driver = "raw_exec"
      config {
        command = "true"
      }
    }
  }
}
