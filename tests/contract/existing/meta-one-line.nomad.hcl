job "meta-one-line" {
  meta { owner = "me" } # the one
  datacenters = ["home"]
  group "g" {
    meta { owner = "you" }
    task "t" {
      driver = "raw_exec"
      config { command = "true" }
      meta { owner = "they" }
    }
  }
}
