# Rendered by simulacra: grid "example", service "sweep", from grid/services/work.hcl:145
# Change it there, not here. Run it: simulacra run sweep
#                 or: nomad job run -preserve-counts sweep.nomad.hcl

job "sweep" {
  type = "sysbatch"

  ui {
    description = "Says once on every machine how full its disks are"
  }

  meta {
    simulacra_grid       = "example"
    simulacra_definition = "service.sweep"
  }

  group "sweep" {

    task "sweep" {
      driver = "raw_exec"

      config {
        command = "/bin/df"
        args    = ["-h", "-x", "tmpfs", "-x", "devtmpfs"]
      }

      resources {
        cpu    = 50
        memory = 32
      }
    }
  }
}
