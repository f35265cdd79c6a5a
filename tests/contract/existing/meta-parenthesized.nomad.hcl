job "meta-parenthesized" {
  meta = ( # why not
    { a = "(", b = "{" }
  )
  group "g" {
    task "t" {
      driver = "raw_exec"
      config {
        command = "true"
      }
    }
  }
}
