job "nextcloud" {
  datacenters = ["home"]
  type        = "service"

  update {
    max_parallel      = 1
    health_check      = "checks"
    min_healthy_time  = "10s"
    healthy_deadline  = "10m"
    progress_deadline = "20m"
    auto_revert       = true
    stagger           = "30s"
  }

  meta {
    owner  = "family"
    backup = "nightly"
  }

  group "db" {
    network {
      port "mysql" {
        to = 3306
      }
    }

    service {
      name     = "nextcloud-db"
      port     = "mysql"
      provider = "nomad"
    }

    volume "db" {
      type   = "host"
      source = "nextcloud-db"
    }

    task "mariadb" {
      driver = "docker"

      config {
        image = "mariadb:11"
        ports = ["mysql"]
        args  = ["--transaction-isolation=READ-COMMITTED", "--log-bin=binlog", "--binlog-format=ROW"]
      }

      volume_mount {
        volume      = "db"
        destination = "/var/lib/mysql"
      }

      template {
        data        = <<EOT
{{ with nomadVar "nomad/jobs/nextcloud/db" }}
MYSQL_ROOT_PASSWORD={{ .root }}
MYSQL_PASSWORD={{ .password }}
{{ end }}
EOT
        destination = "secrets/db.env"
        env         = true
      }

      resources {
        cpu    = 400
        memory = 512
      }
    }
  }

  group "cache" {
    count = 1
    network {
      port "redis" {}
    }
    service {
      name     = "nextcloud-redis"
      port     = "redis"
      provider = "nomad"
    }
    task "redis" {
      driver = "docker"
      config {
        image   = "redis:7-alpine"
        command = "redis-server"
        args    = ["--port", "${NOMAD_PORT_redis}"]
        network_mode = "host"
      }
    }
  }

  group "app" {
    count = 1

    network {
      port "http" {
        to = 80
      }
    }

    volume "files" {
      type   = "host"
      source = "nextcloud-files"
    }

    service {
      name     = "nextcloud"
      port     = "http"
      provider = "nomad"
      tags     = ["traefik.enable=true", "traefik.http.middlewares.nc.redirectregex.regex=https://(.*)/.well-known/(card|cal)dav"]
    }

    task "nextcloud" {
      driver = "docker"
      config {
        image = "nextcloud:29"
        ports = ["http"]
      }
      volume_mount {
        volume      = "files"
        destination = "/var/www/html"
      }
      resources {
        cpu    = 1000
        memory = 1024
      }
    }

    task "cron" {
      driver = "docker"
      lifecycle {
        hook    = "poststart"
        sidecar = true
      }
      config {
        image      = "nextcloud:29"
        entrypoint = ["/cron.sh"]
      }
      volume_mount {
        volume      = "files"
        destination = "/var/www/html"
      }
      resources {
        cpu    = 100
        memory = 128
      }
    }

    task "goodbye" {
      lifecycle {
        hook = "poststop"
      }
      driver = "raw_exec"
      config {
        command = "/usr/bin/logger"
        args    = ["nextcloud has stopped"]
      }
    }
  }
}
