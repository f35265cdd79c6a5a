job "meta-inline-attribute" {
  meta = { a = "b", } # with a comma
  group "g" {
    meta = {}
    task "t" {
      driver = "raw_exec"
      config { command = "true" }
    }
  }
}
