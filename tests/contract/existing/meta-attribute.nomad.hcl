job "meta-attribute" {
  datacenters = ["home"]
  meta = {
    "dotted.key" = "1", plain = "2"
    colon : 3
    (upper("computed")) = true // and a comment
  }
  group "g" {
    meta = {
      simulacra_grid = "a name that is only the job's business"
    }
    task "t" {
      driver = "raw_exec"
      config { command = "true" }
      meta = { owner = "t" }
    }
  }
}
