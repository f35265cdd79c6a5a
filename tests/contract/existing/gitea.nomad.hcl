job "gitea" {
  datacenters = ["home"]
  type        = "service"

  group "svc" {
    count = 1

    migrate {
      max_parallel     = 1
      health_check     = "checks"
      min_healthy_time = "10s"
      healthy_deadline = "5m"
    }

    restart {
      attempts         = 5
      delay            = "30s"
      render_templates = true
    }

    volume "gitea-data" {
      type      = "host"
      source    = "gitea-data"
      read_only = false
    }

    network {
      port "http" {
        to = 3000
      }
      port "ssh" {
        static = 2222
        to     = 22
      }
    }

    task "app" {
      driver = "docker"

      volume_mount {
        volume      = "gitea-data"
        destination = "/data"
        read_only   = false
      }

      config {
        image = "gitea/gitea:1.22"
        ports = ["http", "ssh"]
      }

      env = {
        "APP_NAME"   = "Gitea: Git with a cup of tea"
        "RUN_MODE"   = "prod"
        "SSH_DOMAIN" = "git.example.org"
        "SSH_PORT"   = "${NOMAD_HOST_PORT_ssh}"
        "ROOT_URL"   = "http://git.example.org"
        "USER_UID"   = "1002"
        "DB_TYPE"    = "sqlite3"
      }

      resources {
        cpu    = 200
        memory = 256
      }

      service {
        name     = "gitea-gui"
        port     = "http"
        provider = "nomad"

        check {
          name     = "gui"
          type     = "http"
          path     = "/api/healthz"
          method   = "GET"
          interval = "30s"
          timeout  = "4s"
          check_restart {
            limit = 2
            grace = "1m"
          }
        }
      }
      service {
        name     = "gitea-ssh"
        port     = "ssh"
        provider = "nomad"
      }
    }
  }
}
