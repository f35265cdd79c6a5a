# Made of compose.yaml:13 by `simulacra import`. It is yours: change it here.

service "cloud-db" {
  moves = "never" # what it needs is on one machine

  driver "docker" {
    image = "mariadb:11.4"
    ports = ["mysql"]
    args  = ["--transaction-isolation=READ-COMMITTED", "--log-bin=binlog", "--binlog-format=ROW"]

    logging {
      type = "json-file"
      config = {
        max-size = "10m"
        max-file = "3"
      }
    }

    mount {
      type   = "volume"
      source = "cloud_db"
      target = "/var/lib/mysql"
    }
  }

  resources {
    cpu    = 500 # MHz; Compose says nothing here
    memory = 512 # MiB; Compose says nothing here; what takes more is killed
  }

  port "mysql" {
    static = 3306
    to     = 3306

    check {
      type     = "tcp"
      interval = "10s"
      timeout  = "5s"
    }
  }

  group {
    # where Docker may mount what is on the machine
    constraint {
      attribute = "${attr.driver.docker.volumes.enabled}"
      operator  = "is_set"
    }
  }

  task "cloud-db" {
    env {
      MYSQL_ROOT_PASSWORD  = "s3cret$root"
      MYSQL_PASSWORD       = "p@ss"
      MYSQL_DATABASE       = "nextcloud"
      MYSQL_USER           = "nextcloud"
      MARIADB_AUTO_UPGRADE = "1"
    }
  }
}

# Made of compose.yaml:31 by `simulacra import`. It is yours: change it here.

service "cloud-redis" {
  driver "docker" {
    image = "redis:7-alpine"
    ports = ["redis"]

    logging {
      type = "json-file"
      config = {
        max-size = "10m"
        max-file = "3"
      }
    }
  }

  resources {
    cpu    = 500 # MHz; Compose says nothing here
    memory = 512 # MiB; Compose says nothing here; what takes more is killed
  }

  port "redis" {
    static = 6379
    to     = 6379
  }
}

# Made of compose.yaml:35 by `simulacra import`. It is yours: change it here.

service "cloud-app" {
  moves = "never" # what it needs is on one machine

  driver "docker" {
    image       = "nextcloud:29-apache"
    ports       = ["http"]
    volumes     = ["/srv/stack/php.ini:/usr/local/etc/php/conf.d/zz.ini:ro"]
    extra_hosts = ["database:${ADDRESS_OF_CLOUD_DB}", "db:${ADDRESS_OF_CLOUD_DB}", "redis:${ADDRESS_OF_CLOUD_REDIS}"]

    logging {
      type = "json-file"
      config = {
        max-size = "10m"
        max-file = "3"
      }
    }

    mount {
      type   = "volume"
      source = "cloud_nextcloud"
      target = "/var/www/html"
    }
  }

  resources {
    cpu    = 500  # MHz; Compose says nothing here
    memory = 1024 # MiB
  }

  port "http" {
    static = 8080
    to     = 80

    check {
      type     = "http"
      path     = "/status.php"
      interval = "30s"
      timeout  = "10s"
    }
  }

  group {
    # where Docker may mount what is on the machine
    constraint {
      attribute = "${attr.driver.docker.volumes.enabled}"
      operator  = "is_set"
    }
  }

  task "cloud-app" {
    env {
      MYSQL_HOST                = "db"
      MYSQL_PASSWORD            = "p@ss"
      MYSQL_DATABASE            = "nextcloud"
      MYSQL_USER                = "nextcloud"
      REDIS_HOST                = "redis"
      NEXTCLOUD_TRUSTED_DOMAINS = "cloud.example.org"
      PHP_MEMORY_LIMIT          = "512M"
    }

    # where the others are, as Nomad's catalog has it; 192.0.2.1 is nobody's address
    template {
      destination = "local/addresses.env"
      env         = true
      data        = <<-EOT
        ADDRESS_OF_CLOUD_DB={{ range nomadService 1 (env "NOMAD_ALLOC_ID") "cloud-db" }}{{ .Address }}{{ else }}192.0.2.1{{ end }}
        ADDRESS_OF_CLOUD_REDIS={{ range nomadService 1 (env "NOMAD_ALLOC_ID") "cloud-redis" }}{{ .Address }}{{ else }}192.0.2.1{{ end }}
        EOT
    }
  }
}

# Made of compose.yaml:71 by `simulacra import`. It is yours: change it here.

service "cloud-cron" {
  driver "docker" {
    image      = "nextcloud:29-apache"
    entrypoint = ["/cron.sh"]

    logging {
      type = "json-file"
      config = {
        max-size = "10m"
        max-file = "3"
      }
    }
  }

  resources {
    cpu    = 500 # MHz; Compose says nothing here
    memory = 512 # MiB; Compose says nothing here; what takes more is killed
  }
}
