# Made of compose.yaml:4 by `simulacra import`. It is yours: change it here.

service "jellyfin" {
  moves = "never" # what it needs is on one machine

  driver "docker" {
    image       = "jellyfin/jellyfin"
    ports       = ["port_8096", "port_8920", "port_7359", "port_1900"]
    group_add   = ["109"]
    volumes     = ["/srv/jellyfin/config:/config", "/srv/jellyfin/cache:/cache", "/etc/localtime:/etc/localtime:ro"]
    extra_hosts = ["host.docker.internal:host-gateway"]

    mount {
      type     = "bind"
      source   = "/mnt/media"
      target   = "/media"
      readonly = true

      bind_options {
        propagation = "rslave"
      }
    }

    mount {
      type   = "tmpfs"
      target = "/transcodes"

      tmpfs_options {
        size = 2147483648
        mode = 1023 # 1777 in octal
      }
    }

    devices {
      host_path      = "/dev/dri/renderD128"
      container_path = "/dev/dri/renderD128"
    }
  }

  resources {
    cpu    = 2500 # MHz: 2.5 of a core, a core taken for 1000 MHz
    memory = 2048 # MiB
  }

  port "port_8096" {
    static = 8096
    to     = 8096
  }

  port "port_8920" {
    static = 8920
    to     = 8920
  }

  port "port_7359" {
    static = 7359
    to     = 7359
  }

  port "port_1900" {
    static = 1900
    to     = 1900
  }

  group {
    # where Docker may mount what is on the machine
    constraint {
      attribute = "${attr.driver.docker.volumes.enabled}"
      operator  = "is_set"
    }
  }

  task "jellyfin" {
    user         = "1000:1000"
    kill_timeout = "1m"

    env {
      TZ                          = "Europe/Amsterdam"
      JELLYFIN_PublishedServerUrl = "http://media.example.org"
    }
  }
}

# Made of compose.yaml:43 by `simulacra import`. It is yours: change it here.

service "jellyseerr" {
  moves = "never" # what it needs is on one machine

  driver "docker" {
    image       = "fallenbagel/jellyseerr:latest"
    ports       = ["port_5055"]
    init        = true
    volumes     = ["/home/me/jellyseerr:/app/config"]
    extra_hosts = ["jellyfin:${ADDRESS_OF_JELLYFIN}"]
  }

  resources {
    cpu    = 500 # MHz; Compose says nothing here
    memory = 512 # MiB; Compose says nothing here; what takes more is killed
  }

  port "port_5055" {
    static = 5055
    to     = 5055

    check {
      type     = "http"
      path     = "/api/v1/status"
      interval = "15s"
      timeout  = "3s"
    }
  }

  group {
    # where Docker may mount what is on the machine
    constraint {
      attribute = "${attr.driver.docker.volumes.enabled}"
      operator  = "is_set"
    }

    restart {
      attempts = 3
      delay    = "15s"
      interval = "24h"
      mode     = "fail"
    }

    reschedule {
      attempts  = 0
      unlimited = false
    }
  }

  task "jellyseerr" {
    env {
      LOG_LEVEL     = "debug"
      PORT          = "5055"
      JELLYFIN_HOST = "http://jellyfin:8096"
    }

    # where the others are, as Nomad's catalog has it; 192.0.2.1 is nobody's address
    template {
      destination = "local/addresses.env"
      env         = true
      data        = <<-EOT
        ADDRESS_OF_JELLYFIN={{ range nomadService 1 (env "NOMAD_ALLOC_ID") "jellyfin" }}{{ .Address }}{{ else }}192.0.2.1{{ end }}
        EOT
    }
  }
}
