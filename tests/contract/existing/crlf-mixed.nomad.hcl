job "crlf-mixed" {
  group "one" {
    task "t" {
      driver = "raw_exec"
      config { command = "true" }
    }
  }
  group "two" { count = 1 }
  meta { a = "b" }
}
