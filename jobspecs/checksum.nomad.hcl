# Rendered by simulacra: grid "example", service "checksum", from grid/services/work.hcl:63
# Change it there, not here. Run it: simulacra run checksum
#                 or: nomad job run -preserve-counts checksum.nomad.hcl

job "checksum" {
  type = "batch"

  ui {
    description = "Hashes what is handed to it: nomad job dispatch checksum FILE"
  }

  meta {
    simulacra_grid       = "example"
    simulacra_definition = "service.checksum"
  }

  parameterized {
    payload = "required"
  }

  group "checksum" {
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

    task "checksum" {
      driver = "raw_exec"

      config {
        command = "/usr/bin/sha256sum"
        args    = ["local/input"]
      }

      resources {
        cpu    = 50
        memory = 32
      }

      dispatch_payload {
        file = "input"
      }
    }
  }
}
