# The database that everything else in the house leans on.
job "postgres" {
  datacenters = ["home"]
  type        = "service"
  priority    = 80

  group "postgres" {
    count = 1

    network {
      mode = "bridge"
      port "db" {
        static = 5432
        to     = 5432
      }
    }

    volume "data" {
      type            = "csi"
      source          = "postgres"
      read_only       = false
      access_mode     = "single-node-writer"
      attachment_mode = "file-system"

      mount_options {
        fs_type     = "ext4"
        mount_flags = ["noatime"]
      }
    }

    restart {
      attempts = 10
      interval = "5m"
      delay    = "25s"
      mode     = "delay"
    }

    task "postgres" {
      driver       = "docker"
      kill_timeout = "2m"
      kill_signal  = "SIGINT"

      volume_mount {
        volume      = "data"
        destination = "/var/lib/postgresql/data"
      }

      config {
        image = "postgres:16"
        ports = ["db"]
        shm_size = 268435456
        args = [
          "-c", "shared_buffers=512MB",
          "-c", "max_connections=200", # grafana is greedy
        ]
      }

      template {
        destination = "${NOMAD_SECRETS_DIR}/env"
        env         = true
        data        = <<-EOH
          {{ with nomadVar "nomad/jobs/postgres" }}
          POSTGRES_USER="{{ .user }}"
          POSTGRES_PASSWORD="{{ .password }}"
          {{ end }}
        EOH
      }

      env {
        PGDATA = "/var/lib/postgresql/data/pgdata"
      }

      service {
        name     = "postgres"
        port     = "db"
        provider = "nomad"
        tags     = ["db", "v16"]

        check {
          type     = "tcp"
          interval = "10s"
          timeout  = "2s"
        }
      }

      logs {
        max_files     = 5
        max_file_size = 10
      }

      resources {
        cpu        = 500
        memory     = 1024
        memory_max = 2048
      }
    }
  }
}
