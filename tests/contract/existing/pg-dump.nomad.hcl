job "pg-dump" {
  type        = "batch"
  datacenters = ["home"]
  priority    = 30

  periodic {
    crons = [
      "@daily",
      "0 12 * * 1-5",
    ]
    prohibit_overlap = true
    enabled          = true
  }

  group "dump" {
    task "dump" {
      driver = "raw_exec"

      config {
        command = "/bin/sh"
        args    = ["-c", <<-SCRIPT
          set -eu
          stamp=$(date +%F)
          pg_dump --host "$PGHOST" --format custom --file "/srv/dumps/$${stamp}.dump" all
          find /srv/dumps -name '*.dump' -mtime +14 -delete
        SCRIPT
        ]
      }

      env {
        PGHOST = "postgres.lan"
        PGUSER = "dump"
      }

      resources {
        cpu    = 100
        memory = 64
      }
    }
  }
}
