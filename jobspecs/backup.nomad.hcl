# Rendered by simulacra: grid "example", service "backup", from grid/services/work.hcl:19
# Change it there, not here. Run it: simulacra run backup
#                 or: nomad job run -preserve-counts backup.nomad.hcl

job "backup" {
  type     = "batch"
  priority = 70

  ui {
    description = "Packs the machine's /etc every night, reads the archive back and keeps seven"
  }

  meta {
    simulacra_grid       = "example"
    simulacra_definition = "service.backup"
  }

  # machines of tier "server" or a higher one
  constraint {
    attribute = "${meta.simulacra_rank}"
    operator  = ">="
    value     = "30"
  }

  periodic {
    crons            = ["30 3 * * *"]
    time_zone        = "Europe/Amsterdam"
    prohibit_overlap = true
  }

  group "backup" {
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

    task "backup" {
      driver = "raw_exec"

      config {
        command = "/bin/sh"
        args    = ["local/backup.sh"]
      }

      resources {
        cpu    = 200
        memory = 64
      }

      template {
        destination = "local/backup.sh"
        perms       = "755"
        data        = <<-SH
        set -eu
        keep=/var/tmp/simulacra-backup
        mkdir -p "$keep" && chmod 700 "$keep"
        new="$keep/etc-$(date +%Y%m%d-%H%M%S).tar.gz"
        tar -C / -czf "$new.part" etc
        tar -tzf "$new.part" >/dev/null
        mv "$new.part" "$new"
        ls -1t "$keep"/etc-*.tar.gz | tail -n +8 | xargs -r rm --
        ls -l "$new"
        SH
      }
    }
  }
}
