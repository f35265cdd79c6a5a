variable "image_tag" {
  default = "1.32.0"
}

job "vaultwarden" {
  datacenters = ["home"]

  vault {
    policies = ["vaultwarden"]
    role     = "nomad-workloads"
  }

  group "vaultwarden" {
    network {
      mode = "bridge"
      port "http" {
        to = 8080
      }
    }

    consul {
      namespace = "default"
      cluster   = "default"
    }

    task "vaultwarden" {
      driver = "docker"

      vault {
        role          = "vaultwarden"
        namespace     = "house"
        cluster       = "default"
        change_mode   = "signal"
        change_signal = "SIGHUP"
        env           = false
        disable_file  = true
      }

      identity {
        name = "vault_default"
        aud  = ["vault.io"]
        ttl  = "1h"
      }

      config {
        image = "vaultwarden/server:${var.image_tag}"
        ports = ["http"]
      }

      template {
        data = <<EOF
{{ with secret "kv/data/vaultwarden" }}
ADMIN_TOKEN={{ .Data.data.admin_token }}
SMTP_PASSWORD={{ .Data.data.smtp_password | toJSON }}
{{ end }}
ROCKET_PORT=8080
EOF

        destination          = "secrets/env"
        env                  = true
        error_on_missing_key = true
        perms                = "400"
        uid                  = 1000
        gid                  = 1000
        vault_grace          = "15s"
        splay                = "30s"
        wait {
          min = "5s"
          max = "60s"
        }
      }

      resources {
        cpu    = 100
        memory = 128
      }
    }

    service {
      name = "vaultwarden"
      port = "http"

      check {
        type     = "http"
        path     = "/alive"
        interval = "10s"
        timeout  = "2s"
      }
    }
  }
}
