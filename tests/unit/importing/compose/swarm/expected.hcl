# Made of stack.yml:4 by `simulacra import`. It is yours: change it here.

service "web" {
  count = 3

  driver "docker" {
    image      = "registry.example.org/shop/web:1.4.2"
    ports      = ["port_8000", "port_9100"]
    pids_limit = 200
    labels = {
      "traefik.enable" = "true"
    }
    extra_hosts = ["api:${ADDRESS_OF_API}", "cache:${ADDRESS_OF_CACHE}", "db:${ADDRESS_OF_DB}"]
  }

  resources {
    cpu    = 250 # MHz: 0.25 of a core, a core taken for 1000 MHz
    memory = 256 # MiB
  }

  port "port_8000" {
    static = 80
    to     = 8000

    check {
      type            = "http"
      path            = "/healthz"
      protocol        = "https"
      tls_skip_verify = true
      interval        = "10s"
      timeout         = "2s"
    }
  }

  port "port_9100" {
    static = 9100
    to     = 9100
  }

  group {
    constraint {
      attribute = "${meta.disk}"
      value     = "ssd"
    }

    constraint {
      attribute = "${attr.cpu.arch}"
      value     = "amd64"
    }

    constraint {
      attribute = "${node.unique.name}"
      operator  = "!="
      value     = "nas"
    }

    spread {
      attribute = "${meta.rack}"
    }

    constraint {
      distinct_hosts = true
    }

    update {
      max_parallel      = 1
      min_healthy_time  = "30s"
      auto_revert       = true
      progress_deadline = "8760h" # an instance may wait for a machine that sleeps
    }

    restart {
      attempts = 3
      delay    = "5s"
      interval = "2m"
      mode     = "fail"
    }

    reschedule {
      attempts  = 0
      unlimited = false
    }
  }

  task "web" {
    env {
      DATABASE_URL = "postgresql+psycopg://shop:dev@db:5432/shop"
      CACHES       = "redis://cache:6379/0"
      API_UPSTREAM = "api"
    }

    # where the others are, as Nomad's catalog has it; 192.0.2.1 is nobody's address
    template {
      destination = "local/addresses.env"
      env         = true
      data        = <<-EOT
        ADDRESS_OF_API={{ range nomadService 1 (env "NOMAD_ALLOC_ID") "api" }}{{ .Address }}{{ else }}192.0.2.1{{ end }}
        ADDRESS_OF_CACHE={{ range nomadService 1 (env "NOMAD_ALLOC_ID") "cache" }}{{ .Address }}{{ else }}192.0.2.1{{ end }}
        ADDRESS_OF_DB={{ range nomadService 1 (env "NOMAD_ALLOC_ID") "db" }}{{ .Address }}{{ else }}192.0.2.1{{ end }}
        EOT
    }
  }
}

# Made of stack.yml:56 by `simulacra import`. It is yours: change it here.

service "api" {
  count = 2

  driver "docker" {
    image = "registry.example.org/shop/api:2"
    ports = ["port_9000"]
    args  = ["gunicorn", "--bind", "0.0.0.0:9000", "shop.wsgi:application(debug=False)"]
  }

  resources {
    cpu    = 500 # MHz; Compose says nothing here
    memory = 512 # MiB; Compose says nothing here; what takes more is killed
  }

  port "port_9000" {
    static = 9000
    to     = 9000
  }

  group {
    restart {
      attempts = 10
      delay    = "2s"
      interval = "20s"
      mode     = "delay"
    }
  }
}

# Made of stack.yml:68 by `simulacra import`. It is yours: change it here.

service "db" {
  moves = "never" # what it needs is on one machine

  driver "docker" {
    image = "postgres:15"
    ports = ["postgres"]

    mount {
      type   = "volume"
      source = "stack_pgdata"
      target = "/var/lib/postgresql/data"
    }

    mount {
      type     = "bind"
      source   = "secrets/pg"
      target   = "/run/secrets/pg"
      readonly = true
    }
  }

  resources {
    cpu    = 500 # MHz; Compose says nothing here
    memory = 512 # MiB; Compose says nothing here; what takes more is killed
  }

  port "postgres" {
    static = 5432
    to     = 5432
  }

  group {
    # where Docker may mount what is on the machine
    constraint {
      attribute = "${attr.driver.docker.volumes.enabled}"
      operator  = "is_set"
    }

    constraint {
      attribute = "${node.unique.name}"
      value     = "tower"
    }

    restart {
      attempts = 0
      mode     = "fail"
    }

    reschedule {
      attempts  = 0
      unlimited = false
    }
  }

  task "db" {
    env {
      POSTGRES_PASSWORD_FILE = "/run/secrets/pg"
    }

    template {
      destination = "secrets/pg"
      data        = "{{ with nomadVar \"nomad/jobs/db\" }}{{ .pg }}{{ end }}"
    }
  }
}

# Made of stack.yml:81 by `simulacra import`. It is yours: change it here.

service "cache" {
  driver "docker" {
    image = "redis:7"
    ports = ["redis"]
    args  = ["redis-server", "--save", "", "--maxmemory", "64mb"]
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

# Made of stack.yml:86 by `simulacra import`. It is yours: change it here.

service "agent" {
  type = "system"

  driver "docker" {
    image   = "portainer/agent:2.21.0"
    volumes = ["/var/run/docker.sock:/var/run/docker.sock", "/var/lib/docker/volumes:/var/lib/docker/volumes"]
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

    update {
      max_parallel = 2
      stagger      = "15s"
    }
  }
}

# Made of stack.yml:97 by `simulacra import`. It is yours: change it here.

service "nightly" {
  type = "batch"

  driver "docker" {
    image = "registry.example.org/shop/jobs"
    args  = ["./rebuild-index"]
  }

  resources {
    cpu    = 500 # MHz; Compose says nothing here
    memory = 512 # MiB; Compose says nothing here; what takes more is killed
  }
}

# Made of stack.yml:106 by `simulacra import`. It is yours: change it here.

service "vision" {
  driver "docker" {
    image = "registry.example.org/shop/vision"
  }

  resources {
    cpu    = 500 # MHz; Compose says nothing here
    memory = 512 # MiB; Compose says nothing here; what takes more is killed

    device "nvidia/gpu" {
      count = 2
    }
  }
}
