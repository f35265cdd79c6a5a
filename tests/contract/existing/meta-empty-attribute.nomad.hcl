job "meta-empty-attribute" {
  meta = {
    # nothing yet
  }
  group "g" {
    task "t" {
      driver = "raw_exec"
      config { command = "true" }
    }
  }
}
