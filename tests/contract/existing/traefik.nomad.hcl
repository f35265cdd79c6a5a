job "traefik" {
  datacenters = ["dc1"]
  type        = "service"

  group "traefik" {
    count = 1

    network {
      port "http" {
        static = 80
      }

      port "https" {
        static = 443
      }

      port "dashboard" {
        static = 8081
      }
    }

    service {
      name     = "traefik"
      port     = "http"
      provider = "nomad"

      check {
        name     = "alive"
        type     = "tcp"
        port     = "http"
        interval = "10s"
        timeout  = "2s"
      }
    }

    volume "acme" {
      type   = "host"
      source = "acme"
    }

    task "traefik" {
      driver = "docker"

      config {
        image        = "traefik:v3.1"
        network_mode = "host"

        volumes = [
          "local/traefik.toml:/etc/traefik/traefik.toml",
        ]
      }

      volume_mount {
        volume      = "acme"
        destination = "/acme"
        read_only   = false
      }

      template {
        data = <<EOF
[entryPoints]
  [entryPoints.http]
  address = ":80"
    [entryPoints.http.http.redirections.entryPoint]
    to = "https"
  [entryPoints.https]
  address = ":443"
  [entryPoints.dashboard]
  address = ":8081"

[api]
  dashboard = true
  insecure  = true

# Find services by the tags that they carry
[providers.nomad]
  exposedByDefault = false

  [providers.nomad.endpoint]
    address = "http://{{ env "attr.unique.network.ip-address" }}:4646"

[certificatesResolvers.le.acme]
  email   = "me@example.org"
  storage = "/acme/acme.json"
EOF

        destination = "local/traefik.toml"
      }

      resources {
        cpu    = 200
        memory = 128
      }
    }
  }
}
