job "meta-last" {
  group "g" {
    task "t" {
      driver = "raw_exec"
      config { command = "true" }
    }
  }
  # a poem
  meta {
    poem = <<-EOF
      Roses {
      are }
    EOF
  }
}
