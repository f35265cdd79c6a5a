# Made of compose.yml:5 by `simulacra import`. It is yours: change it here.

service "traefik" {
  moves = "never" # what it needs is on one machine

  driver "docker" {
    image = "traefik:v3.1"
    ports = ["http", "https"]
    args = [
      "--providers.docker=true",
      "--providers.docker.exposedbydefault=false",
      "--entrypoints.web.address=:80",
      "--entrypoints.websecure.address=:443",
      "--certificatesresolvers.le.acme.email=admin@example.org",
      "--certificatesresolvers.le.acme.storage=/letsencrypt/acme.json",
      "--ping=true",
    ]
    cap_add         = ["NET_BIND_SERVICE"]
    cap_drop        = ["ALL"]
    readonly_rootfs = true
    security_opt    = ["no-new-privileges:true"]
    volumes         = ["/var/run/docker.sock:/var/run/docker.sock:ro"]
    labels = {
      "traefik.http.routers.dashboard.rule"           = "Host(`traefik.example.org`)"
      "traefik.http.routers.dashboard.service"        = "api@internal"
      "traefik.http.middlewares.auth.basicauth.users" = "admin:$apr1$x7Pz$Qw5"
      "traefik.enable"                                = "true"
    }

    mount {
      type   = "volume"
      source = "stack_letsencrypt"
      target = "/letsencrypt"
    }
  }

  resources {
    cpu    = 500 # MHz; Compose says nothing here
    memory = 512 # MiB; Compose says nothing here; what takes more is killed
  }

  port "http" {
    static = 80
    to     = 80

    check {
      type     = "tcp"
      interval = "30s"
      timeout  = "30s"
    }
  }

  port "https" {
    static = 443
    to     = 443
  }

  group {
    # where Docker may mount what is on the machine
    constraint {
      attribute = "${attr.driver.docker.volumes.enabled}"
      operator  = "is_set"
    }
  }
}

# Made of compose.yml:42 by `simulacra import`. It is yours: change it here.

service "whoami" {
  driver "docker" {
    image = "traefik/whoami"
    ports = ["http"]
    labels = {
      "traefik.enable"                   = "true"
      "traefik.http.routers.whoami.rule" = "Host(`whoami.example.org`) && PathPrefix(`/`)"
    }
  }

  resources {
    cpu    = 500 # MHz; Compose says nothing here
    memory = 512 # MiB; Compose says nothing here; what takes more is killed
  }

  port "http" {
    to = 80
  }

  task "whoami" {
    env {
      WHOAMI_NAME = "%%{HOSTNAME} "
    }
  }
}

# Made of compose.yml:52 by `simulacra import`. It is yours: change it here.

service "socket-proxy" {
  driver "docker" {
    image = "stack-socket-proxy"
  }

  resources {
    cpu    = 500 # MHz; Compose says nothing here
    memory = 512 # MiB; Compose says nothing here; what takes more is killed
  }
}
