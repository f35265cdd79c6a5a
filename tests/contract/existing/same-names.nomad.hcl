# Names and words that look like something else
job "same-names" {
  datacenters = ["job"]
  group "group" {
    count = 1
    service {
      name     = "update"
      provider = "nomad"
      port     = "scaling"
      tags     = ["count = 3", "meta { }", "}", "{", "# no comment", "// nor this", "/* nor this */"]
    }
    network {
      port "scaling" {}
    }
    task "task" {
      driver = "raw_exec"
      config {
        command = "job"
        count   = 5
        update  = "disconnect"
        spread {
          attribute = "x"
        }
        affinity {
          attribute = "y"
        }
      }
      env {
        count      = "2"
        meta       = "{"
        disconnect = "}"
        job        = "job \"x\" {"
        scaling    = "\\"
        escaped    = "\" } \\\" {"
      }
    }
  }
  group "job" {
    task "group" {
      driver = "raw_exec"
      config { command = "meta" }
    }
  }
}
