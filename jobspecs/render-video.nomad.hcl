# Rendered by simulacra: grid "example", service "render-video", from grid/services/work.hcl:3
# Change it there, not here. Run it: simulacra run render-video
#                 or: nomad job run -preserve-counts render-video.nomad.hcl

job "render-video" {
  type = "batch"

  ui {
    description = "Heavy work for the big machine: counts primes on every core it gets"
  }

  meta {
    simulacra_grid       = "example"
    simulacra_definition = "service.render-video"
  }

  # machines of tier "hypervisor" or a higher one
  constraint {
    attribute = "${meta.simulacra_rank}"
    operator  = ">="
    value     = "40"
  }

  group "render-video" {
    count = 1

    # rather where a machine is on anyway, then where it costs few watts: sleepers stay free to sleep
    affinity {
      attribute = "${meta.simulacra_watts}"
      operator  = "="
      value     = "0"
      weight    = 100
    }

    affinity {
      attribute = "${meta.simulacra_watts}"
      operator  = "<="
      value     = "20"
      weight    = 50
    }

    # at most one anywhere: an unreachable instance isn't replaced, it may still be running
    disconnect {
      lost_after = "8760h"
      replace    = false
      reconcile  = "keep_original"
    }

    task "render-video" {
      driver = "exec"

      config {
        command = "/usr/bin/python3"
        args    = ["-c", "print(sum(all(n % d for d in range(2, int(n**0.5) + 1)) for n in range(2, 200000)))"]
      }

      resources {
        cpu    = 8000
        memory = 1024
      }
    }
  }
}
