job "meta-empty" {
  group "g" {
    meta {}
    task "t" {
      driver = "raw_exec"
      config { command = "true" }
      meta {
      }
    }
  }
  meta {}
}
