job "restic-backup" {
  datacenters = ["home"]
  type        = "batch"

  periodic {
    cron             = "15 3 * * *"
    prohibit_overlap = true
    time_zone        = "Europe/Amsterdam"
  }

  group "restic" {
    restart {
      attempts = 1
      interval = "1h"
      delay    = "5m"
      mode     = "fail"
    }

    reschedule {
      attempts  = 3
      interval  = "6h"
      unlimited = false
    }

    volume "files" {
      type      = "host"
      source    = "files"
      read_only = true
    }

    task "backup" {
      driver = "docker"

      config {
        image   = "restic/restic:0.17.1"
        command = "backup"
        args    = ["--verbose", "--exclude-caches", "/files"]
      }

      volume_mount {
        volume      = "files"
        destination = "/files"
        read_only   = true
      }

      template {
        destination = "secrets/restic.env"
        env         = true
        data        = <<EOF
RESTIC_REPOSITORY=sftp:backup@vps.example:/backup
{{ with nomadVar "nomad/jobs/restic-backup" -}}
RESTIC_PASSWORD={{ .password }}
{{- end }}
EOF
      }

      resources {
        cpu    = 300
        memory = 512
      }
    }

    task "prune" {
      driver = "docker"

      lifecycle {
        hook    = "poststop"
        sidecar = false
      }

      config {
        image   = "restic/restic:0.17.1"
        command = "forget"
        args    = ["--prune", "--keep-daily", "7", "--keep-weekly", "5", "--keep-monthly", "12"]
      }
    }
  }
}
