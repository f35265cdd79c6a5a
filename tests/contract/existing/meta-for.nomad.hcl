locals { names = ["a", "b"] }
job "meta-for" {
  meta = { /* each of them */
    # by name
    for name in local.names : name => "yes"
  }
  group "g" {
    task "t" {
      driver = "raw_exec"
      config { command = "true" }
    }
  }
}
