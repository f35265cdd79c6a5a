# Made of docker-compose.yaml:3 by `simulacra import`. It is yours: change it here.

service "server" {
  moves = "never" # what it needs is on one machine

  driver "docker" {
    image       = "docker.gitea.com/gitea:1.22"
    ports       = ["port_3000", "ssh"]
    volumes     = ["/srv/stack/gitea:/data", "/etc/timezone:/etc/timezone:ro"]
    extra_hosts = ["db:${ADDRESS_OF_DB}"]
  }

  resources {
    cpu    = 500 # MHz; Compose says nothing here
    memory = 512 # MiB; Compose says nothing here; what takes more is killed
  }

  port "port_3000" {
    static = 3000
    to     = 3000
  }

  port "ssh" {
    static = 222
    to     = 22
  }

  group {
    # where Docker may mount what is on the machine
    constraint {
      attribute = "${attr.driver.docker.volumes.enabled}"
      operator  = "is_set"
    }

    # what it needs is there
    constraint {
      attribute = "${node.unique.name}"
      value     = "nas"
    }
  }

  task "server" {
    env = {
      USER_UID                 = "1000"
      USER_GID                 = "1000"
      GITEA__database__DB_TYPE = "postgres"
      GITEA__database__HOST    = "db:5432"
      GITEA__database__NAME    = "gitea"
      GITEA__database__USER    = "gitea"
      GITEA__database__PASSWD  = "gitea"
      GITEA__server__SSH_PORT  = "146"
      GITEA__mailer__ENABLED   = "yes"
      "GITEA.dotted-name"      = "a value"
    }

    # where the others are, as Nomad's catalog has it; 192.0.2.1 is nobody's address
    template {
      destination = "local/addresses.env"
      env         = true
      data        = <<-EOT
        ADDRESS_OF_DB={{ range nomadService 1 (env "NOMAD_ALLOC_ID") "db" }}{{ .Address }}{{ else }}192.0.2.1{{ end }}
        EOT
    }
  }
}

# Made of docker-compose.yaml:30 by `simulacra import`. It is yours: change it here.

service "db" {
  moves = "never" # what it needs is on one machine

  driver "docker" {
    image   = "docker.io/library/postgres:14"
    ports   = ["postgres"]
    volumes = ["/srv/stack/postgres:/var/lib/postgresql/data:z"]
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

    # what it needs is there
    constraint {
      attribute = "${node.unique.name}"
      value     = "nas"
    }
  }

  task "db" {
    env {
      POSTGRES_USER     = "gitea"
      POSTGRES_PASSWORD = "gitea"
      POSTGRES_DB       = "gitea"
    }
  }
}

# Made of docker-compose.yaml:62 by `simulacra import`. It is yours: change it here.

service "migrate" {
  type = "batch"

  driver "docker" {
    image       = "gitea/migrate"
    args        = ["sh", "-c", "until nc -z db 5432; do sleep 1; done; ./migrate"]
    extra_hosts = ["db:${ADDRESS_OF_DB}"]
  }

  resources {
    cpu    = 500 # MHz; Compose says nothing here
    memory = 512 # MiB; Compose says nothing here; what takes more is killed
  }

  group {
    # the image is for linux/arm64/v8
    constraint {
      attribute = "${attr.cpu.arch}"
      value     = "arm64"
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

  task "migrate" {
    # where the others are, as Nomad's catalog has it; 192.0.2.1 is nobody's address
    template {
      destination = "local/addresses.env"
      env         = true
      data        = <<-EOT
        ADDRESS_OF_DB={{ range nomadService 1 (env "NOMAD_ALLOC_ID") "db" }}{{ .Address }}{{ else }}192.0.2.1{{ end }}
        EOT
    }
  }
}
