# Made of compose.yaml:4 by `simulacra import`. It is yours: change it here.

service "prometheus" {
  moves = "never" # what it needs is on one machine

  driver "docker" {
    image = "prom/prometheus:v2.54.1"
    ports = ["port_9090"]
    args = [
      "--config.file=/etc/prometheus/prometheus.yml",
      "--storage.tsdb.path=/prometheus",
      "--storage.tsdb.retention.time=30d",
      "--web.enable-lifecycle",
    ]
    sysctl = {
      "net.core.somaxconn" = "1024"
    }
    ulimit = {
      nproc  = "65535"
      nofile = "20000:40000"
    }

    mount {
      type   = "volume"
      source = "monitoring_prometheus-data"
      target = "/prometheus"
    }

    mount {
      type     = "bind"
      source   = "local/prometheus_yml"
      target   = "/etc/prometheus/prometheus.yml"
      readonly = true
    }
  }

  resources {
    cpu    = 500 # MHz; Compose says nothing here
    memory = 512 # MiB; Compose says nothing here; what takes more is killed
  }

  port "port_9090" {
    static = 9090
    to     = 9090
  }

  group {
    # where Docker may mount what is on the machine
    constraint {
      attribute = "${attr.driver.docker.volumes.enabled}"
      operator  = "is_set"
    }
  }

  task "prometheus" {
    template {
      destination     = "local/prometheus_yml"
      left_delimiter  = "[[[["
      right_delimiter = "]]]]"
      data            = <<-EOT
        global:
          scrape_interval: 15s

        scrape_configs:
          - job_name: node
            static_configs:
              - targets: ["localhost:9100"]
            relabel_configs:
              - source_labels: [__address__]
                regex: '(.*):\d+'
                replacement: '$${1}'
                target_label: host
          - job_name: alerts
            params:
              summary: ['{{ $labels.instance }} is down']
        EOT
    }
  }
}

# Made of compose.yaml:27 by `simulacra import`. It is yours: change it here.

service "grafana" {
  moves = "never" # what it needs is on one machine

  driver "docker" {
    image       = "grafana/grafana-oss:11.2.0"
    ports       = ["port_3000"]
    extra_hosts = ["postgres:${ADDRESS_OF_POSTGRES}", "prometheus:${ADDRESS_OF_PROMETHEUS}"]

    mount {
      type   = "volume"
      source = "monitoring_grafana-data"
      target = "/var/lib/grafana"

      volume_options {
        labels = {
          backup = "daily"
        }
      }
    }

    mount {
      type     = "bind"
      source   = "secrets/grafana_admin"
      target   = "/run/secrets/grafana_admin"
      readonly = true
    }

    mount {
      type     = "bind"
      source   = "secrets/tls.key"
      target   = "/etc/grafana/tls.key"
      readonly = true
    }
  }

  resources {
    cpu    = 500 # MHz; Compose says nothing here
    memory = 512 # MiB; Compose says nothing here; what takes more is killed
  }

  port "port_3000" {
    static = 3000
    to     = 3000

    check {
      type     = "http"
      path     = "/api/health"
      interval = "15s"
      timeout  = "30s"
    }
  }

  group {
    # where Docker may mount what is on the machine
    constraint {
      attribute = "${attr.driver.docker.volumes.enabled}"
      operator  = "is_set"
    }
  }

  task "grafana" {
    user = "472"

    env {
      GF_SECURITY_ADMIN_PASSWORD__FILE = "/run/secrets/grafana_admin"
      GF_DATABASE_TYPE                 = "postgres"
      GF_DATABASE_HOST                 = "postgres:5432"
      GF_DATABASE_URL                  = "postgres://grafana:hunter2@postgres/grafana?sslmode=disable"
      GF_INSTALL_PLUGINS               = "grafana-clock-panel,grafana-piechart-panel"
    }

    template {
      destination = "secrets/grafana_admin"
      data        = "{{ with nomadVar \"nomad/jobs/grafana\" }}{{ .grafana_admin }}{{ end }}"
    }

    template {
      destination = "secrets/tls.key"
      uid         = 472
      gid         = 472
      perms       = "400"
      data        = "{{ with nomadVar \"nomad/jobs/grafana\" }}{{ .tls_key }}{{ end }}"
    }

    # where the others are, as Nomad's catalog has it; 192.0.2.1 is nobody's address
    template {
      destination = "local/addresses.env"
      env         = true
      data        = <<-EOT
        ADDRESS_OF_POSTGRES={{ range nomadService 1 (env "NOMAD_ALLOC_ID") "postgres" }}{{ .Address }}{{ else }}192.0.2.1{{ end }}
        ADDRESS_OF_PROMETHEUS={{ range nomadService 1 (env "NOMAD_ALLOC_ID") "prometheus" }}{{ .Address }}{{ else }}192.0.2.1{{ end }}
        EOT
    }
  }
}

# Made of compose.yaml:53 by `simulacra import`. It is yours: change it here.

service "postgres" {
  moves = "never" # what it needs is on one machine

  driver "docker" {
    image    = "docker.io/library/postgres:16-alpine"
    ports    = ["postgres"]
    shm_size = 134217728

    mount {
      type   = "volume"
      source = "monitoring_pg"
      target = "/var/lib/postgresql/data"

      volume_options {
        no_copy = true
      }
    }
  }

  resources {
    cpu    = 500 # MHz; Compose says nothing here
    memory = 512 # MiB; Compose says nothing here; what takes more is killed
  }

  port "postgres" {
    static = 5432
    to     = 5432

    check {
      type     = "tcp"
      interval = "5s"
      timeout  = "1s"
    }
  }

  group {
    # where Docker may mount what is on the machine
    constraint {
      attribute = "${attr.driver.docker.volumes.enabled}"
      operator  = "is_set"
    }
  }

  task "postgres" {
    env {
      POSTGRES_PASSWORD = "hunter2"
      POSTGRES_USER     = "grafana"
      POSTGRES_DB       = "grafana"
    }
  }
}

# Made of compose.yaml:71 by `simulacra import`. It is yours: change it here.

service "node-exporter" {
  type = "system"

  driver "docker" {
    image        = "quay.io/prometheus/node-exporter:latest"
    args         = ["--path.rootfs=/host", "--collector.filesystem.mount-points-exclude=^/(sys|proc|dev)($|/)"]
    pid_mode     = "host"
    network_mode = "host"
    volumes      = ["/:/host:ro,rslave"]
  }

  resources {
    cpu    = 500 # MHz; Compose says nothing here
    memory = 512 # MiB; Compose says nothing here; what takes more is killed
  }

  group {
    # where Docker may mount what is on the machine
    constraint {
      attribute = "${attr.driver.docker.volumes.enabled}"
      operator  = "is_set"
    }
  }
}

# Made of compose.yaml:81 by `simulacra import`. It is yours: change it here.

service "backup" {
  driver "docker" {
    image      = "postgres:16-alpine"
    entrypoint = ["/bin/sh", "-c"]
    args = [
      "while true; do pg_dump -h $$${PGHOST:-postgres} -U grafana > /backup/$(date +%F).sql; sleep $$${EVERY}; done",
    ]
    extra_hosts = ["postgres:${ADDRESS_OF_POSTGRES}"]

    mount {
      type   = "volume"
      source = "monitoring_nfs-backup"
      target = "/backup"

      volume_options {
        driver_config {
          name = "local"
          options = {
            type   = "nfs"
            o      = "addr=10.0.0.5,rw,nfsvers=4"
            device = ":/export/backup"
          }
        }
      }
    }
  }

  resources {
    cpu    = 500 # MHz; Compose says nothing here
    memory = 512 # MiB; Compose says nothing here; what takes more is killed
  }

  group {
    # where Docker may mount what is on the machine
    constraint {
      attribute = "${attr.driver.docker.volumes.enabled}"
      operator  = "is_set"
    }
  }

  task "backup" {
    env {
      PGHOST = "postgres"
      EVERY  = "86400"
    }

    # where the others are, as Nomad's catalog has it; 192.0.2.1 is nobody's address
    template {
      destination = "local/addresses.env"
      env         = true
      data        = <<-EOT
        ADDRESS_OF_POSTGRES={{ range nomadService 1 (env "NOMAD_ALLOC_ID") "postgres" }}{{ .Address }}{{ else }}192.0.2.1{{ end }}
        EOT
    }
  }
}
