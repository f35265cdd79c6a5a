job "number-cruncher" {
  datacenters = ["home"]
  type        = "batch"
  all_at_once = true

  group "crunch" {
    count = 4

    reschedule {
      attempts       = 2
      interval       = "12h"
      delay          = "1m"
      delay_function = "fibonacci"
      max_delay      = "1h"
      unlimited      = false
    }

    task "crunch" {
      driver = "exec"
      user   = "nobody"

      config {
        command = "/usr/local/bin/crunch"
        args    = ["--part", "${NOMAD_ALLOC_INDEX}", "--of", "4"]
      }

      resources {
        cores   = 4
        memory  = 4096
        secrets = 2

        numa {
          affinity = "require"
          devices  = ["nvidia/gpu/Tesla T4"]
        }

        device "nvidia/gpu/Tesla T4" {}
      }
    }
  }
}
