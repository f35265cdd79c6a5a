service "page" {
  description = "A page in each zone"
  tier        = "server"
  zones       = "each"
  run_twice   = true

  driver "docker" {
    image = "caddy:2"
  }

  resources {
    cpu    = 100
    memory = 64
  }

  port "http" {
    to = 80

    check {
      type = "http"
      path = "/"
    }
  }
}

service "wiki" {
  priority = 40
  moves    = "never"

  driver "docker" {
    image = "requarks/wiki:2"
  }

  link "Handbook" {
    url = "https://wiki.example/"
  }

  needs {
    machines  = 2
    memory_mb = 4096
    services  = ["database"]

    tier "server" {
      machines = 1
    }
  }

  job {
    namespace = "family"
  }

  group {
    ephemeral_disk {
      size   = 500
      sticky = true
    }
  }

  task "wiki" {
    env {
      ZONE = "${meta.simulacra_zone}"
    }
  }
}

service "database" {
  driver "docker" {
    image = "postgres:17"
  }
}
